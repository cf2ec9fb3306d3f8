"""Scene: one step of gradient descent, by hand."""

import streamlit as st

from mlp.charts.lessons import curves
from mlp.lessons.nudge import steepest
from mlp.lessons.step import EXPERIMENT, FACTORS, RATES, SOURCES, losses_by_rate, step
from mlp.text import short
from ui.learn.chain import walked
from ui.learn.prediction import predict
from ui.learn.source import code
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED

MOST_LOSS = 3.0  # that the chart shows


def draw() -> None:
    """Draw the scene."""
    left, right = st.columns([2, 3], gap="large")
    sample, steps = walked()
    weight = steepest(sample, steps)
    with left:
        st.markdown(
            "Now use the gradient. Every number moves **against** its slope, so the loss falls. How far? By slope "
            "times **learning rate** η. That is all there is to *gradient descent*."
        )
        rate = float(st.select_slider("Learning rate η", RATES, 0.3, key="step_rate", persist_state="session"))
        taken = step(sample, steps, rate)
        st.markdown("One weight of the network you just walked through:")
        st.latex(
            rf"\begin{{aligned}} w - \eta\,\tfrac{{\partial L}}{{\partial w}} ={{}} "
            rf"& {weight.value:.3f} \\ & - {rate:g} \cdot ({weight.slope:.3g}) \\ "
            rf"={{}} & {weight.value - rate * weight.slope:.3f} \end{{aligned}}",
            width="content",
        )
        st.markdown(
            f"All {taken.parameters} numbers move this way. This example's loss goes from "
            f"**{short(taken.loss_before)}** to **{short(taken.loss_after)}**."
        )
    with right:
        chart = curves(
            "Loss after one step",
            losses_by_rate(sample, steps),
            "learning rate",
            "loss",
            mark=(rate, taken.loss_after),
            range_y=(-0.1, MOST_LOSS),
            log_x=True,
            height=300,
            palette=THEMED,
        )
        board({"step": chart}, key="step_chart")
        st.caption("A large step can help this one example and ruin the others.")
    words = {name: factor for name, (factor, _) in FACTORS.items()}
    factor = choose("For the prediction, make the learning rate", words, key="step_factor", labeled=True)
    predict(EXPERIMENT, factor, key="step")
    code(*SOURCES, key="step")
