"""Scene: the first weights."""

import streamlit as st

from mlp.charts.lessons import curves
from mlp.lessons.source import excerpt
from mlp.lessons.start import DEPTH, EXPERIMENT, signals
from mlp.network.initializers import INITIALIZERS
from ui.learn.prediction import predict
from ui.learn.source import code
from ui.parts.charts import board
from ui.parts.component import THEMED


def draw() -> None:
    """Draw the scene."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "Training has to start from some weights. If they are too small, the signal fades on its way through the "
            "layers; if they are too large, it explodes. If they are all the same, the units stay the same forever. "
            "So weights are **drawn at random**, with a spread that fits the layer."
        )
        name = st.selectbox(
            "Initial weights",
            list(INITIALIZERS),
            format_func=lambda name: INITIALIZERS[name].label,
            key="start_name",
            persist_state="session",
        )
        st.latex(INITIALIZERS[name].formula, width="content")
        st.caption("The more inputs a unit adds up, the smaller each weight must be; otherwise the sum grows.")
    others = [other for other in INITIALIZERS if other in ("he", "zeros") and other != name]
    with right:
        chart = curves(
            f"Signal through {DEPTH} ReLU layers, before training",
            [signals(each) for each in (name, *others)],
            "layer",
            "typical size",
            range_y=(-0.02, 0.55),
            height=330,
            palette=THEMED,
        )
        board({"signal": chart}, key="start_chart")
    predict(EXPERIMENT, key="start")
    code(excerpt(INITIALIZERS[name].draw), key="start")
