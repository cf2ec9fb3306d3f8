"""Scene: one example forward through a real network and back, one number at a time."""

import streamlit as st

from mlp.charts.walks import network
from mlp.datasets import load_dataset
from mlp.lessons.nudge import EXPERIMENT, steepest
from mlp.lessons.stages import Stage
from mlp.lessons.walk import CONFIG, SAMPLES, STEPS, walk
from mlp.text import percent
from ui.learn.matrices import arithmetic, pressed
from ui.learn.position import Position, position
from ui.learn.prediction import predict
from ui.learn.source import code
from ui.parts.charts import board
from ui.parts.choice import kept
from ui.parts.component import THEMED

KEY = "walk"
FIRST, TAKEN = 1, STEPS[1]  # the example, counted from 1, and the steps of training, until others are chosen


def walked() -> tuple[int, int]:
    """Return which example is walked through the network, counted from 0, and after how many steps of training."""
    return kept("walk_sample", FIRST) - 1, kept("walk_steps", TAKEN)


def draw() -> None:
    """Draw the scene."""
    keys = [stage.key for stage in walk().stages]  # the same for every example
    at = position("stage", keys)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(
            "Follow **one example** forward through a real network, then its **gradient** back, layer by layer: how "
            "would the loss change with each number?"
        )
        which, trained, _ = st.columns([2, 3, 2], vertical_alignment="bottom")
        which.number_input("Example", 1, SAMPLES, FIRST, key="walk_sample", persist_state="session")
        trained.select_slider("Training steps so far", STEPS, TAKEN, key="walk_steps", persist_state="session")
        sample, steps = walked()
        with st.container(horizontal=True, gap="small"):
            at.button("Previous stage", "arrow_back", -1, "P")
            at.button("Next stage", "arrow_forward", 1, "N")
    way = walk(sample, steps)
    stages = {stage.key: stage for stage in way.stages}
    stage = stages[at.current]
    with right:
        board({"network": network(way, stage, pressed(stage, key=KEY), palette=THEMED)}, key="walk_network")
        given = percent(float(way.probabilities[way.label]))
        st.caption(f"Example {sample + 1} is in class {way.class_name}, which gets {given}.")
    _jump(stages, at)
    _show(stage, at.number, len(keys))
    weight = steepest(sample, steps)
    pulled = load_dataset(CONFIG.dataset).info.class_names[weight.column]
    given = (
        f"In the last layer, the weight from unit {weight.row + 1} to class {pulled} is {weight.value:.3f}; "
        f"its slope is **{weight.slope:+.3g}**."
    )
    predict(EXPERIMENT, sample, steps, key="chain", given=given)
    code(stage.source, key="walk")


def _jump(stages: dict[str, Stage], at: Position) -> None:
    """Draw the way to any stage."""
    at.choose(
        st.segmented_control,
        "Stage: forward, then back",
        format_func=lambda name: stages[name].result.name,
        required=True,
        label_visibility="collapsed",
    )


def _show(stage: Stage, number: int, count: int) -> None:
    """Show one stage."""
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    left.markdown(f"**{number} of {count}: {stage.title}**  \n{stage.story}")
    right.latex(stage.formula, width="content")
    arithmetic(stage, key=KEY)
