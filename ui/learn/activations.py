"""Scene: ReLU and relatives: what they pass on, and how much of the gradient they pass back."""

import streamlit as st

from mlp.charts.lessons import curves
from mlp.lessons.activations import EXPERIMENT, REACH, activation_curve
from mlp.lessons.source import excerpt
from mlp.network.layers import ACTIVATIONS
from mlp.text import short
from ui.learn.prediction import predict
from ui.learn.source import code
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED


def draw() -> None:
    """Draw the scene."""
    st.markdown(
        "An **activation** is the bend between two layers. **ReLU** is the simplest: it turns negative numbers into "
        "zero and passes positive ones on. Its **slope** matters too: on the way back, it multiplies the gradient."
    )
    name = choose("Activation", {name: layer.label for name, layer in ACTIVATIONS.items()}, key="kin_name")
    left, right = st.columns([2, 3], gap="large")
    with left:
        at = st.slider("Weighted sum z", -REACH, REACH, 1.0, 0.1, key="kin_at", persist_state="session")
        shown = activation_curve(name, at)
        st.latex(ACTIVATIONS[name].formula, width="content")
        st.markdown(f"Output: **{short(shown.output)}**  \nSlope here: **{short(shown.slope)}**")
    with right:
        chart = curves(
            ACTIVATIONS[name].label,
            shown.lines,
            "weighted sum z",
            "",
            mark=(at, shown.output),
            range_y=(-1.3, REACH),
            height=300,
            palette=THEMED,
        )
        board({"bend": chart}, key="kin_chart")
    predict(EXPERIMENT, key="kin")
    code(excerpt(ACTIVATIONS[name].forward), excerpt(ACTIVATIONS[name].backward), key="kin")
