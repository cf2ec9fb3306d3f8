"""Scene: without a bend, two layers are one."""

import streamlit as st

from mlp.charts.layout import Spec
from mlp.charts.lessons import curves
from mlp.charts.lessons import decided as decided_chart
from mlp.layers import ACTIVATIONS
from mlp.lessons.bend import BENT, LINEAR, PREDICTION, decided, folded, source
from mlp.lessons.prediction import Curve, Trial, trial
from ui.board import board
from ui.component import THEMED
from ui.how.prediction import predict
from ui.source import source as show_source


def draw() -> None:
    """Draw the scene."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "Two layers, one after the other, ought to do more than one. But adding and multiplying alone only ever "
            "make a **straight line** of a straight line. Take the bend out, and both layers fold into one:"
        )
        st.latex(r"\begin{aligned} & (x W_1 + b_1)\,W_2 + b_2 \\ ={} & x\,(W_1 W_2) + (b_1 W_2 + b_2) \end{aligned}")
        activation = st.segmented_control(
            "Between the two layers",
            ["identity", "relu"],
            default="identity",
            required=True,
            format_func=lambda name: ACTIVATIONS[name].label,
            key="bend_activation",
        )
        units = st.slider("Hidden units", 1, 12, 6, key="bend_units")
        seed = st.slider("Another draw of weights", 1, 20, 1, key="bend_seed")
    shown = folded(units, str(activation), seed)
    with right:
        lines = (Curve("two layers", shown.x, shown.two), Curve("folded into one", shown.x, shown.one))
        chart = curves("What the network says", lines, "input", "output", height=330, palette=THEMED)
        board({"folded": chart}, key="bend_folded")
        said = "They are the same line." if shown.apart < 1e-9 else "ReLU bends it: no single layer can do this."
        st.markdown(f"Farthest apart: **{shown.apart:.3f}**. {said}")
    show_source(source(), key="bend_source")
    predict(PREDICTION, key="bend", draw=lambda finding: _maps())


def _maps() -> None:
    left, right = st.columns(2)
    with left:
        board({"linear": _map(trial(LINEAR), "Without ReLU")}, key="bend_linear")
    with right:
        board({"bent": _map(trial(BENT), "With ReLU")}, key="bend_bent")


def _map(of: Trial, title: str) -> Spec:
    dataset, plane, answers = decided(of)
    points, labels = dataset.validation
    return decided_chart(title, plane, points, labels, answers, dataset.class_names, palette=THEMED)
