"""Scene: drag logits, see probabilities, loss and gradient; then break the naive formula."""

import math

import streamlit as st

from mlp.charts.lessons import bars
from mlp.lessons.softmax import MOST_SHIFT, PREDICTION, START, answered, sources
from ui.board import board
from ui.component import THEMED
from ui.how.prediction import predict
from ui.source import source

CLASSES = ("A", "B", "C")
BROKEN = "The naive one says :red[:material/error: **no number**]: a power of e has grown too large."


def draw() -> None:
    """Draw the scene."""
    left, middle, right = st.columns([4, 3, 3], gap="medium")
    with left:
        st.markdown(
            "The last layer gives one number for each class, its **logit**. **Softmax** makes probabilities of them. "
            "The **loss** asks only: how probable was the right class?"
        )
        logits = tuple(
            st.slider(f"Logit of {name}", -5.0, 5.0, START[index], 0.1, key=f"logit_{index}")
            for index, name in enumerate(CLASSES)
        )
        answer = st.segmented_control(
            "Right class",
            range(len(CLASSES)),
            default=0,
            required=True,
            format_func=CLASSES.__getitem__,
            key="logit_answer",
        )
        right_class = int(answer or 0)
    found = answered(logits, right_class)
    with middle:
        words = [f"{100 * share:.1f}\u202f%" for share in found.probabilities]
        chart = bars("Probabilities", CLASSES, found.probabilities, (0, 1.15), words=words, palette=THEMED)
        board({"probabilities": chart}, key="softmax_probabilities")
        st.latex(rf"L = -\log {found.probabilities[right_class]:.3f} = {found.loss:.3f}")
    with right:
        words = [f"{slope:+.3f}" for slope in found.gradient]
        chart = bars("Gradient", CLASSES, found.gradient, (-1.2, 1.2), words=words, palette=THEMED)
        board({"gradient": chart}, key="softmax_gradient")
        st.caption("Raise a logit with a negative bar, and the loss falls. Probability, minus one for the right class.")
    st.markdown("**Why log-softmax?** Add the same to every logit. In mathematics nothing changes. In a computer …")
    shift = st.slider("Added to every logit", 0.0, MOST_SHIFT, 0.0, 1.0, key="logit_shift")
    moved = answered(logits, right_class, shift)
    ours, naive = sources()
    st.markdown(f"Our formula says **{moved.loss:.3f}**.")
    source(ours, key="softmax_ours")
    st.markdown(f"The naive one says **{moved.naive:.3f}**." if math.isfinite(moved.naive) else BROKEN)
    source(naive, key="softmax_naive")
    predict(PREDICTION, logits, right_class, key="softmax")
