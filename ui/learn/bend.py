"""Scene: without an activation between them, two layers are one."""

import streamlit as st

from mlp.charts.layout import Spec
from mlp.charts.lessons import curves, decided
from mlp.inspection.plane import decision_map
from mlp.inspection.predictions import Predictions
from mlp.lessons.bend import BENT, EXPERIMENT, LINEAR, SOURCE, folded, is_bent
from mlp.lessons.experiment import Trial, trial
from mlp.network.layers import ACTIVATIONS
from ui.learn.prediction import predict
from ui.learn.source import code
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED

STRAIGHT = "Each unit is on, or off, for all of these inputs, so ReLU bends nothing here. Draw other weights."


def draw() -> None:
    """Draw the scene."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "Two layers ought to do more than one. But multiplying and adding a **straight line** only ever gives "
            "another straight line. Without a bend between them, two layers collapse into one:"
        )
        st.latex(
            r"\begin{aligned} & (x W_1 + b_1)\,W_2 + b_2 \\ ={} & x\,(W_1 W_2) + (b_1 W_2 + b_2) \end{aligned}",
            width="content",
        )
        words = {name: ACTIVATIONS[name].label for name in ("identity", "relu")}
        activation = choose("Between the two layers", words, key="bend_activation", labeled=True)
        units = st.slider("Hidden units", 1, 12, 6, key="bend_units", persist_state="session")
        seed = st.slider("New random weights", 1, 20, 1, key="bend_seed", persist_state="session")
    *lines, apart = folded(units, activation, seed)
    with right:
        chart = curves("The network's output", lines, "input", "output", height=330, palette=THEMED)
        board({"folded": chart}, key="bend_folded")
        bent = "ReLU bends it: no single layer can do this." if is_bent(lines[0]) else STRAIGHT
        said = "They are the same line." if apart < 1e-9 else bent
        st.markdown(f"Largest difference: **{apart:.3f}**. {said}")
    predict(EXPERIMENT, key="bend", draw=_maps)
    code(SOURCE, key="bend")


def _maps() -> None:
    left, right = st.columns(2)
    with left:
        board({"linear": _map(trial(LINEAR), "Without ReLU")}, key="bend_linear")
    with right:
        board({"bent": _map(trial(BENT), "With ReLU")}, key="bend_bent")


def _map(of: Trial, title: str) -> Spec:
    model, names = of.model, of.model.dataset.info.class_names
    inputs, labels = model.dataset.validation
    correct = Predictions.of(model, inputs, labels).correct
    return decided(title, decision_map(model), inputs, labels, correct, names, palette=THEMED)
