"""Scene: ReLU and its kin, what they let through, and what they let back."""

import streamlit as st

from mlp.charts.lessons import curves
from mlp.layers import ACTIVATIONS
from mlp.lessons.activations import PREDICTION, REACH, bend, sources
from mlp.lessons.prediction import Curve
from ui.board import board
from ui.component import THEMED
from ui.how.prediction import predict
from ui.source import source


def draw() -> None:
    """Draw the scene."""
    st.markdown(
        "An **activation** is the bend between two layers. **ReLU** is the simplest: below zero nothing, above zero "
        "everything. What also counts is the **slope**: on the way back, the gradient is multiplied by it."
    )
    name = str(
        st.segmented_control(
            "Activation",
            list(ACTIVATIONS),
            default="relu",
            required=True,
            format_func=lambda name: ACTIVATIONS[name].label,
            key="kin_name",
        )
    )
    left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
    with left:
        st.latex(ACTIVATIONS[name].formula)
        at = st.slider("Sum z", -REACH, REACH, 1.0, 0.1, key="kin_at")
        shown = bend(name, at)
        st.markdown(f"Out comes **{shown.output:.3f}**. The slope here is **{shown.slope:.3f}**.")
    with right:
        lines = (Curve("output a", shown.z, shown.outputs), Curve("slope da/dz", shown.z, shown.slopes))
        chart = curves(
            ACTIVATIONS[name].label,
            lines,
            "sum z",
            "",
            mark=(at, shown.output),
            range_y=(-1.3, REACH),
            height=300,
            palette=THEMED,
        )
        board({"bend": chart}, key="kin_chart")
    for excerpt, way in zip(sources(name), ("forward", "backward"), strict=True):
        source(excerpt, key=f"kin_{way}")
    predict(PREDICTION, key="kin")
