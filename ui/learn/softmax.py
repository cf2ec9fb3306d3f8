"""Scene: drag logits; see probabilities, loss and gradient; then break the naive formula."""

import math

import streamlit as st

from mlp.charts.lessons import bars
from mlp.lessons.softmax import EXPERIMENT, MOST_SHIFT, SOURCES, START, answered
from mlp.text import short
from ui.learn.prediction import predict
from ui.learn.source import code
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED

CLASSES = ("A", "B", "C")
BROKEN = ":red[:material/error: **{}**], {}: a power of e became too large"


def draw() -> None:
    """Draw the scene."""
    left, middle, right = st.columns([4, 3, 3], gap="medium")
    with left:
        st.markdown(
            "The last layer gives one number per class, its **logit**. **Softmax** turns logits into probabilities. "
            "The **loss** depends only on the probability of the correct class."
        )
        logits = tuple(
            st.slider(f"Logit of {name}", -5.0, 5.0, START[index], 0.1, key=f"logit_{index}", persist_state="session")
            for index, name in enumerate(CLASSES)
        )
        answers = {index: f"{name} is correct" for index, name in enumerate(CLASSES)}
        correct = choose("Correct class", answers, key="logit_answer")
    found = answered(logits, correct)
    with middle:
        words = [f"{100 * share:.1f}\u202f%" for share in found.probabilities]
        chart = bars("Probabilities", CLASSES, found.probabilities, (0, 1.15), words=words, palette=THEMED)
        board({"probabilities": chart}, key="softmax_probabilities")
        share = short(float(found.probabilities[correct]))
        st.markdown(rf"$L = -\log {share} = {found.loss:.3f}$")  # set as text, it wraps if it is too long
    with right:
        words = [f"{slope:+.3f}" for slope in found.gradient]
        chart = bars("Gradient", CLASSES, found.gradient, (-1.2, 1.2), words=words, palette=THEMED)
        board({"gradient": chart}, key="softmax_gradient")
        st.caption("Probability, minus one for the correct class. Raise a logit whose bar is negative: the loss falls.")
    left, right = st.columns([4, 6], gap="medium", vertical_alignment="center")
    shift = left.slider("Add to every logit", 0.0, MOST_SHIFT, 0.0, 1.0, key="logit_shift", persist_state="session")
    moved = answered(logits, correct, shift)
    right.markdown(
        "**Why log-softmax?** Adding the same number to every logit changes nothing in mathematics. On a computer, "
        f"our formula gives **{moved.loss:.3f}**; the naive formula gives {_written(moved.naive)}."
    )
    predict(EXPERIMENT, logits, correct, key="softmax")
    code(*SOURCES, key="softmax")


def _written(loss: float) -> str:
    """Return a loss by the naive formula in Markdown."""
    if math.isnan(loss):
        return BROKEN.format("NaN", "not a number")
    return BROKEN.format("∞", "an infinite loss") if math.isinf(loss) else f"**{loss:.3f}**"
