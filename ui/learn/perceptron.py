"""Scene: three sliders make a perceptron, and a line across the plane."""

import streamlit as st

from mlp.charts.layout import Spec
from mlp.charts.lessons import line_and_points
from mlp.lessons.perceptron import EXPERIMENT, SOURCE, Line, points, says_yes, trained_line
from ui.learn.prediction import predict
from ui.learn.source import code
from ui.parts.charts import board
from ui.parts.component import THEMED


def draw() -> None:
    """Draw the scene."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "A **perceptron** multiplies each of its inputs by a **weight**, adds everything up, and adds one more "
            "number, its **bias**. If the sum is above zero, its answer is *class 1*."
        )
        st.latex(r"z = w_1 x_1 + w_2 x_2 + b", width="content")
        line = Line(
            st.slider("Weight w₁", -3.0, 3.0, 1.0, 0.1, key="line_first", persist_state="session"),
            st.slider("Weight w₂", -3.0, 3.0, 1.0, 0.1, key="line_second", persist_state="session"),
            st.slider("Bias b", -2.0, 2.0, 0.0, 0.05, key="line_bias", persist_state="session"),
        )
        st.caption("Move the sliders until few points are circled. The weights turn the line; the bias shifts it.")
    with right:
        board({"line": _chart("Your line", line)}, key="perceptron_line")
    predict(EXPERIMENT, line, key="perceptron", draw=lambda: _both(line))
    code(SOURCE, key="perceptron")


def _both(line: Line) -> None:
    """Show both lines, each with the points it gets wrong."""
    left, right = st.columns(2)
    with left:
        board({"mine": _chart("Your line", line)}, key="perceptron_mine")
    with right:
        board({"trained": _chart("Trained line", trained_line(), rival=line)}, key="perceptron_trained")


def _chart(title: str, line: Line, rival: Line | None = None) -> Spec:
    at, labels = points()
    return line_and_points(title, line, at, labels, says_yes(line, at) == labels, rival=rival, palette=THEMED)
