"""Scene: mini-batches and epochs."""

import streamlit as st

from mlp.charts.lessons import curves, pictures
from mlp.lessons.batches import CHOICES, PREDICTION, agreement, batch, source
from ui.board import board
from ui.component import THEMED
from ui.how.prediction import predict
from ui.source import source as show_source

MOST_SHOWN = 32
EPOCHS = 3


def draw() -> None:
    """Draw the scene."""
    st.markdown(
        "One example's gradient is a rumour, and all examples together take long. So take a handful: a "
        "**mini-batch**. Average its gradients, make a step, take the next handful. When every example had its turn, "
        "an **epoch** is over. Then shuffle, and begin again."
    )
    columns = st.columns(3)
    size = int(columns[0].select_slider("Batch size", CHOICES, 32, key="batch_size"))
    epoch = columns[1].slider("Epoch", 1, EPOCHS, 1, key="batch_epoch")
    steps = batch(size, epoch, 1).of
    number = columns[2].slider("Mini-batch", 1, steps, 1, key=f"batch_number_{size}")
    shown = batch(size, epoch, number)
    st.markdown(
        f"**{shown.examples:,}** digits in mini-batches of {size} make **{shown.of} steps** an epoch. "
        f"The last one has the remaining {shown.last_size}."
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        rest = f", the first {MOST_SHOWN} of {len(shown.labels)}" if len(shown.labels) > MOST_SHOWN else ""
        title = f"Epoch {epoch}, mini-batch {number}{rest}"
        labels = [str(label) for label in shown.labels[:MOST_SHOWN]]
        board({"batch": pictures(title, shown.images[:MOST_SHOWN], labels, 8, palette=THEMED)}, key="batch_pictures")
    with right:
        chart = curves(
            "Does it point the right way?",
            [agreement()],
            "batch size",
            "agreement",
            range_y=(0, 1.05),
            log_x=True,
            height=270,
            palette=THEMED,
        )
        board({"agreement": chart}, key="batch_agreement")
        st.caption("Agreement of a mini-batch's gradient with that of all digits: 1 is the same direction.")
    show_source(source(), key="batch_source")
    predict(PREDICTION, key="batches")
