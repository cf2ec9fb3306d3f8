"""Scene: several perceptrons side by side, with one matrix for all of them."""

import streamlit as st

from mlp.lessons.dense import EXPERIMENT, MOST_UNITS, layer_stage
from mlp.network.network import count_parameters
from mlp.text import counted
from ui.learn.matrices import arithmetic
from ui.learn.prediction import predict
from ui.learn.source import code

START = (1.0, -0.5, 2.0)


def draw() -> None:
    """Draw the scene."""
    st.markdown(
        "Put several perceptrons side by side and give them all the same inputs: that is a **dense layer**. One matrix "
        "**W** holds their weights, one column per unit, and one matrix product computes all the units at once."
    )
    columns = st.columns(4)
    inputs = [
        column.slider(
            f"Input x{'₁₂₃'[index]}", -2.0, 2.0, START[index], 0.1, key=f"dense_x{index}", persist_state="session"
        )
        for index, column in enumerate(columns[:3])
    ]
    units = columns[3].slider("Units", 1, MOST_UNITS, 4, key="dense_units", persist_state="session")
    stage = layer_stage(inputs, units)
    left, right = st.columns(2, vertical_alignment="center")
    left.latex(stage.formula, width="content")
    right.markdown(
        f"This layer learns **{count_parameters((len(inputs), units))}** numbers: {len(inputs)} × {units} weights and "
        f"{counted(units, 'bias', 'biases')}. A layer from 784 pixels to 100 units learns "
        f"**{count_parameters((784, 100)):,}**."
    )
    arithmetic(stage, key="dense")
    predict(EXPERIMENT, key="dense")
    code(stage.source, key="dense")
