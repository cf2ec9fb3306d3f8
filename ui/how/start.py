"""Scene: the first weights."""

import streamlit as st

from mlp.charts.lessons import curves
from mlp.initializers import INITIALIZERS
from mlp.lessons.start import DEPTH, PREDICTION, signals, source
from ui.board import board
from ui.component import THEMED
from ui.how.prediction import predict
from ui.source import source as show_source


def draw() -> None:
    """Draw the scene."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "Before the first step somebody has to choose the weights. Too small, and the signal fades on its way. Too "
            "large, and it explodes. All the same, and the units stay the same for ever. So they are **drawn by "
            "chance**, with a spread that fits the layer."
        )
        name = st.selectbox(
            "Initial weights",
            list(INITIALIZERS),
            format_func=lambda name: INITIALIZERS[name].label,
            key="start_name",
        )
        st.latex(INITIALIZERS[name].formula)
        st.caption("The more numbers a unit adds up, the smaller each weight must be, or the sum grows.")
    others = [other for other in INITIALIZERS if other in ("he", "zeros") and other != name]
    with right:
        chart = curves(
            f"The signal through {DEPTH} ReLU layers, before training",
            [signals(each) for each in (name, *others)],
            "layer",
            "size of the numbers",
            range_y=(-0.02, 0.55),
            height=330,
            palette=THEMED,
        )
        board({"signal": chart}, key="start_chart")
    show_source(source(name), key="start_source")
    predict(PREDICTION, key="start")
