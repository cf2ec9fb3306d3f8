"""Weights: what the first layer looks for, one unit in detail, and how each layer's values spread over the run."""

import functools
import math
from collections.abc import Sequence
from time import perf_counter

import numpy as np
import streamlit as st

from mlp.charts.distributions import bars, over_time
from mlp.datasets import REGRESSION
from mlp.inspection.distributions import LayerValues, layer_values, round_up
from mlp.inspection.distributions import over_time as spread_over_time
from mlp.inspection.units import UnitDetails, input_names, unit_details
from mlp.network.layers import ACTIVATIONS, Array
from mlp.network.network import split_parameters
from mlp.training import Model
from ui.parts.charts import board
from ui.parts.choice import choose, keep, kept, put
from ui.parts.component import THEMED
from ui.parts.session import Session
from ui.parts.state import Key
from ui.train.feed import model_at
from ui.train.gallery import gallery
from ui.train.inspected import Inspected, numbers_for, predictions_for
from ui.train.rows import answers_beside, table_rows
from ui.train.units import units

A_PAGE = 64  # first-layer units at once
MOST_STEPS = 24
# For steps that are not in memory, while the page is refreshed. When it has just been opened, it waits for none.
READING_SECONDS = 0.1
LATELY_SECONDS = 4.0
EXCITING = 12
QUANTITIES = {"weights": "Weights", "activations": "Activations", "gradients": "Gradients dL/dW"}


def weights(session: Session, inspected: Inspected) -> None:
    """Show a network's weights."""
    if inspected.model.config.hidden:
        _one_unit(inspected.model)
    elif inspected.model.dataset.info.kind == "images":
        st.caption("There is no hidden layer; Watch shows the one template per class.")
    else:
        _one_output(inspected.model)
    _over_time(session, inspected)


def _one_output(model: Model) -> None:
    """Show what an output of a network without a hidden layer gives to each input."""
    names = model.dataset.info.class_names
    st.caption("There is no hidden layer: each output is a weighted sum of the inputs.")
    chosen = names[0]
    if len(names) > 1:
        if kept("output", chosen) not in names:  # of another data set
            put("output", chosen)
        chosen = keep(st.selectbox, "Class", names, key="output", first=chosen, width=200)
    weights, _ = next(split_parameters(model.parameters, model.sizes))
    shown = bars(f"Weights to {chosen}", weights[:, names.index(chosen)], input_names(model.dataset), palette=THEMED)
    board({"output": shown}, key="output weights", small=True)


def _one_unit(model: Model) -> None:
    hidden, shape = model.config.hidden, model.dataset.info.image_shape
    layer = 0
    if len(hidden) > 1:
        words = {index: f"Hidden layer {index + 1}" for index in range(len(hidden))}
        layer = choose("Layer", words, key="hidden_layer")
    if kept(Key.UNIT, 1) > hidden[layer]:
        put(Key.UNIT, hidden[layer])
    index = kept(Key.UNIT, 1) - 1
    found = unit_details(model, layer, index, EXCITING)
    if layer == 0 and shape:
        left, right = st.columns(2, gap="medium")
        with left:
            first = index // A_PAGE * A_PAGE
            whole = next(split_parameters(model.parameters, model.sizes))[0]
            shown = whole[:, first : first + A_PAGE].T
            limit = round_up(float(np.quantile(np.abs(np.nan_to_num(whole)), 0.995)))
            st.caption(f"Units {first + 1}–{first + len(shown)} of {hidden[0]}; weights from −{limit:g} to {limit:g}")
            units(shown, shape, limit, first, index, lambda pressed: put(Key.UNIT, pressed + 1), key="units")
        with right:
            _numbers(model, layer, index, found)
    else:
        _numbers(model, layer, index, found)
    _top_examples(model, found.rows)


def _top_examples(model: Model, rows: Array) -> None:
    """Show the examples that activate a unit most, as pictures or as rows."""
    table, info = model.dataset.table, model.dataset.info
    if table is None and (info.kind != "images" or info.task == REGRESSION):
        return
    st.markdown("##### Top activating examples")
    found = numbers_for(model, "validation") if info.task == REGRESSION else predictions_for(model, "validation")
    if table is not None:
        table_rows(table, "validation", rows, answers_beside(found, info, rows), key="exciting")
    else:
        gallery(model.dataset, model.dataset.validation.inputs, found, rows.tolist(), key="exciting")


def _numbers(model: Model, layer: int, index: int, found: UnitDetails) -> None:
    """Show the choice of a unit, its bias, how often it is active, and its weights as bars."""
    hidden = model.config.hidden
    keep(st.number_input, "Unit", 1, hidden[layer], key=Key.UNIT, first=1, width=200)
    bias = f"{found.bias:.3g}".replace("-", "−")
    dead = found.active == 0 and ACTIVATIONS[model.config.activations[layer]].can_die
    st.markdown(
        f"Bias **{bias}**. Above zero for **{100 * found.active:.0f}\u202f%** of the validation examples."
        + (" It is dead: no example activates it." if dead else "")
    )
    last = layer == len(hidden) - 1
    names = model.dataset.info.class_names if last else [str(number + 1) for number in range(len(found.outgoing))]
    output = "Weights to the output" if model.dataset.info.task == REGRESSION else "Weights to each class"
    title = output if last else "Weights to the next layer"
    charts = {"outgoing": bars(title, found.outgoing, names, palette=THEMED)}
    if layer or model.dataset.info.kind != "images":
        numbered = [str(number + 1) for number in range(len(found.incoming))]
        before = numbered if layer else input_names(model.dataset)
        charts["incoming"] = bars("Weights from the previous layer", found.incoming, before, palette=THEMED)
    board(charts, key=f"unit charts {layer}", small=True)


def _over_time(session: Session, inspected: Inspected) -> None:
    """Show how each layer's values spread at the steps that were kept, and at the latest."""
    if session.run is None:
        return
    view = session.run.view()
    steps = steps_shown([step for step in view.kept if step < view.state.step])
    st.markdown("##### Over the run")
    quantity = choose("Quantity", QUANTITIES, key="spread_quantity")
    now = perf_counter()
    opened = now - st.session_state.get(Key.SPREADS_DRAWN, -math.inf) > LATELY_SECONDS
    st.session_state[Key.SPREADS_DRAWN] = now
    patience = 0.0 if opened else READING_SECONDS
    spreads = spreads_at(view.run_id, steps, patience if inspected.moving else math.inf)
    steps = steps[: len(spreads)]
    spreads.append(layer_values(Model(view.config, inspected.model.dataset, view.state)))
    layers = len(getattr(spreads[0], quantity))
    if layers == 0:
        st.caption("Without a hidden layer there are no activations to show.")
        return
    sizes = inspected.model.sizes
    charts = {}
    for layer in range(layers):
        title = f"Hidden layer {layer + 1}" if quantity == "activations" else f"{sizes[layer]} → {sizes[layer + 1]}"
        found = spread_over_time([getattr(each, quantity)[layer] for each in spreads])
        charts[f"layer{layer}"] = over_time(title, found, [*steps, view.state.step], palette=THEMED)
    board(charts, key="spreads", small=True)


def steps_shown(kept: Sequence[int]) -> Sequence[int]:
    """Return up to MOST_STEPS of the steps that were kept, evenly spaced from the first.

    As a run trains and keeps more steps, those that were shown stay, or every other one of them: a step that was not
    shown before has to be read first.
    """
    stride = 1
    while len(kept) > MOST_STEPS * stride:
        stride *= 2
    return kept[::stride]


def spreads_at(run_id: str, steps: Sequence[int], seconds: float) -> list[LayerValues]:
    """Return the spreads at some steps of a run: from the first, as many as can be read in that time.

    The next call gets further, since what was read once stays in memory.
    """
    begun = perf_counter()
    found = []
    for step in steps:
        found.append(_spread_at(run_id, step))
        if perf_counter() - begun > seconds:
            break
    return found


@functools.lru_cache(maxsize=256)
def _spread_at(run_id: str, step: int) -> LayerValues:
    return layer_values(model_at(run_id, step))
