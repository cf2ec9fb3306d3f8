"""Scene: several perceptrons beside each other, and one matrix for all of them."""

import streamlit as st

from mlp.lessons.dense import MOST_UNITS, PREDICTION, layer_stage, learned_numbers
from ui.how.prediction import predict
from ui.how.stage import arithmetic
from ui.source import source

START = (1.0, -0.5, 2.0)


def draw() -> None:
    """Draw the scene."""
    st.markdown(
        "Put several perceptrons side by side and give them all the same inputs: a **dense layer**. Their weights "
        "stand in one matrix **W**, a column for each unit. One product of matrices works all of them out at once."
    )
    columns = st.columns(4)
    inputs = [
        column.slider(f"Input x{'₁₂₃'[index]}", -2.0, 2.0, START[index], 0.1, key=f"dense_x{index}")
        for index, column in enumerate(columns[:3])
    ]
    units = columns[3].slider("Units", 1, MOST_UNITS, 4, key="dense_units")
    stage = layer_stage(inputs, units)
    st.latex(stage.formula)
    arithmetic(stage, key="dense")
    st.markdown(
        f"This layer learns **{learned_numbers(len(inputs), units)}** numbers: {len(inputs)} × {units} weights "
        f"and {units} {'bias' if units == 1 else 'biases'}. From 784 pixels to 100 units it would be "
        f"**{learned_numbers(784, 100):,}**."
    )
    source(stage.source, key="dense_source")
    predict(PREDICTION, key="dense")
