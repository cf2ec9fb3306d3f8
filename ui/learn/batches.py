"""Scene: mini-batches and epochs."""

import streamlit as st

from mlp.charts.lessons import curves, pictures, strips
from mlp.lessons import normalization
from mlp.lessons.batches import CHOICES, EXPERIMENT, SOURCE, agreement, batch
from mlp.lessons.normalization import REACH, UNIT, normalized
from mlp.text import counted
from ui.learn.prediction import predict
from ui.learn.source import code
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED

MOST_SHOWN = 32
PER_ROW = 11
EPOCHS = 3
DECIDES = {"direction": "Gradient", "scale": "Batch normalization"}


def draw() -> None:
    """Draw the scene."""
    st.markdown(
        "One example's gradient is noisy, and averaging over all examples takes too long. So take a handful, a "
        "**mini-batch**: average its gradients, take a step, go on to the next handful. When every example has had "
        "its turn, one **epoch** is over. Then shuffle and start again."
    )
    columns = st.columns(3)
    size = int(columns[0].select_slider("Batch size", CHOICES, 32, key="batch_size", persist_state="session"))
    epoch = columns[1].slider("Epoch", 1, EPOCHS, 1, key="batch_epoch", persist_state="session")
    steps = batch(size, epoch, 1).of
    number = columns[2].slider("Mini-batch", 1, steps, 1, key=f"batch_number_{size}", persist_state="session")
    shown = batch(size, epoch, number)
    st.markdown(
        f"**{shown.examples:,}** digits in mini-batches of {size} make **{counted(shown.of, 'step')}** per epoch. "
        f"The last mini-batch has the remaining {shown.last_size}."
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        rest = f", the first {MOST_SHOWN} of {len(shown.labels)}" if len(shown.labels) > MOST_SHOWN else ""
        title = f"Epoch {epoch}, mini-batch {number}{rest}"
        labels = [str(label) for label in shown.labels[:MOST_SHOWN]]
        chart = pictures(title, shown.images[:MOST_SHOWN], labels, PER_ROW, palette=THEMED)
        board({"batch": chart}, key="batch_pictures")
    with right:
        decides = choose("What a mini-batch decides", DECIDES, key="batch_decides")
        if decides == "direction":
            _direction()
        else:
            _scale(size, epoch, number, labels[0])
    predict(EXPERIMENT, key="batches")
    code(*([SOURCE] if decides == "direction" else normalization.SOURCES), key=f"batch_{decides}")


def _direction() -> None:
    """Show how well gradients of mini-batches agree with that of all examples."""
    chart = curves(
        "Does it point the right way?",
        [agreement()],
        "batch size",
        "agreement",
        range_y=(0, 1.05),
        log_x=True,
        height=215,
        palette=THEMED,
    )
    board({"agreement": chart}, key="batch_agreement")
    st.caption("How well a mini-batch's gradient agrees with the gradient over all digits; 1: same direction.")


def _scale(size: int, epoch: int, number: int, first: str) -> None:
    """Show what batch normalization does to a unit's sums over this mini-batch, in training and in predictions.

    `first` is the label of its first digit.
    """
    shown = normalized(size, epoch, number)
    sums, training, prediction = shown.strips
    board({"strips": strips(f"Hidden unit {UNIT + 1}", shown.strips, REACH, palette=THEMED)}, key="batch_strips")
    own = f"they are this mini-batch's: {sums.mean:.3f} and {sums.deviation:.3f}"
    if len(sums.values) == 1:
        own = "they are the running ones, too: one digit has no deviation"
    st.caption(
        f"Each sum, minus a mean, divided by a deviation. **In training** {own}. **In predictions** they are running "
        f"ones, of past mini-batches: {shown.running_mean:.3f} and {shown.running_deviation:.3f}. The large dot, the "
        f"first digit ({first}): {sums.values[0]:.3f} becomes {training.values[0]:.2f} or {prediction.values[0]:.2f}."
    )
