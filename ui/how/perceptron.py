"""Scene: three sliders are a perceptron, and a line across the plane."""

import streamlit as st

from mlp.charts.layout import Spec
from mlp.charts.lessons import line_and_points
from mlp.lessons.perceptron import PREDICTION, Line, points, says_yes, source, trained_line
from ui.board import board
from ui.component import THEMED
from ui.how.prediction import predict
from ui.source import source as show_source


def draw() -> None:
    """Draw the scene."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "A **perceptron** gets some numbers. It multiplies each by a **weight**, adds everything up, and adds one "
            "more number, its **bias**. If the sum is above zero it says *class 1*."
        )
        st.latex(r"z = w_1 x_1 + w_2 x_2 + b")
        line = Line(
            st.slider("Weight w₁", -3.0, 3.0, 1.0, 0.1, key="line_first"),
            st.slider("Weight w₂", -3.0, 3.0, 1.0, 0.1, key="line_second"),
            st.slider("Bias b", -2.0, 2.0, 0.0, 0.05, key="line_bias"),
        )
        st.caption("Move them until few points are ringed. Weights turn the line, the bias shifts it.")
    with right:
        board({"line": _chart(line)}, key="perceptron_line")
    show_source(source(), key="perceptron_source")
    predict(
        PREDICTION,
        line,
        key="perceptron",
        draw=lambda finding: board({"rival": _chart(line, trained_line())}, key="perceptron_rival"),
    )


def _chart(line: Line, rival: Line | None = None) -> Spec:
    at, labels = points()
    return line_and_points(line, at, labels, says_yes(line, at) == labels, rival=rival, palette=THEMED)
