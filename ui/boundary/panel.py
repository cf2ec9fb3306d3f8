"""The boundary panel shows what a small network predicts across the plane, unit by unit, while it learns.

It is one component: boundary.js draws the `content` and polls for more by itself (feed.py), with the curves
below the panel. People add points and edit weights on it; the page's script gets to know what they did.
"""

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from mlp.datasets import FEATURES, Dataset
from mlp.engine import RunView, Status
from mlp.inspection.plane import EXTENT, outputs_on_plane, unit_on_plane, units_on_plane
from mlp.inspection.regression import score_of
from mlp.network.layers import ACTIVATIONS, Array
from mlp.text import compact, nats, percent, score
from mlp.training import Evaluation, Model, evaluate
from ui.parts.answer_times import answer_times
from ui.parts.component import component
from ui.parts.levels import HIGHEST, levels, text_of, whole
from ui.parts.memo import once_per_state
from ui.parts.server import engine
from ui.parts.wording import epochs_read, shown_status

SIDE = 100  # grid points along each side of the large map
SMALL_SIDE = 40  # and of each unit's small map
LARGEST_WEIGHT = 100.0
KEY = "boundary"
HTML = '<section class="mlp-boundary" aria-label="Decision boundary"></section>'

Unit = tuple[int, int]  # layer, 0 for the input, and number in it


def boundary_panel(
    view: RunView | None,
    options: Mapping[str, Any],
    feed: str,
    on_action: Callable[[Mapping[str, Any]], None],
) -> None:
    """Show the panel, or update it in place. Without a run, the plane is empty, and points can be added.

    `options` are the display options: `discrete`, `validation`, `answers` (what an added point can be), `own` (how many
    points were added) and `confirmed` (the last click that was processed). `on_action` is called with what a person
    did: {"points": [[click, x, y, value], …]}, {"remove": "last" or "all"} or {"weight": [layer, row, unit, text]},
    with row −1 for the bias.
    """
    data: dict[str, Any] = {"feed": feed, "options": options, "extent": EXTENT, "largestWeight": LARGEST_WEIGHT}
    if view is not None:
        data |= {"points": _points(view.model.dataset), "content": content(view, None)}

    def on_did() -> None:
        on_action(st.session_state[KEY]["did"])

    component("boundary/boundary", HTML)(key=KEY, data=data, on_did_change=on_did, on_status_change=lambda: None)


def version(view: RunView, unit: Unit | None) -> str:
    """Return a text that changes whenever the content does; `unit` is the one whose map is shown large."""
    return f"{view.status} {view.state.step} {id(view.state)} {unit} {engine().trouble}"


def content(view: RunView, unit: Unit | None) -> dict[str, Any]:
    """Return everything that changes while the network trains, as JSON values."""
    sizes, large = view.model.sizes, None
    if unit is not None and unit[0] < len(sizes) and unit[1] < sizes[unit[0]]:
        values = unit_on_plane(view.model, *unit, SIDE)
        is_share = unit[0] == len(sizes) - 1 and view.model.dataset.info.task == "classification"
        limit = 1.0 if is_share else _limit(values)
        shown = 2 * values - 1 if is_share else values
        large = {"unit": unit, "map": text_of(levels(shown, limit)), "limit": limit}
    trouble = answer_times.sentence if view.status is Status.RUNNING else ""  # at rest, a panel asks for no news of it
    told = {"version": version(view, unit), "status": _status(view), "trouble": trouble}
    return _maps(view.model) | told | {"large": large}


def _status(view: RunView) -> dict[str, Any]:
    train, validation = measured(view.model)
    names, r_squared, dataset = ("training accuracy", "validation accuracy"), {}, view.model.dataset
    if dataset.info.task == "regression":
        names = ("within 0.1 (training)", "within 0.1 (validation)")
        r_squared = {"R² (validation)": score(score_of(dataset, "validation", *validation))}
    numbers = {
        "epoch": epochs_read(view.model.progress),
        "step": f"{view.state.step:,}",
        names[0]: percent(train.accuracy),
        names[1]: percent(validation.accuracy),
        **r_squared,
        "training loss": nats(train.loss),
        "validation loss": nats(validation.loss),
        "examples/s": compact(view.samples_per_second if view.status is Status.RUNNING else math.nan),
    }
    return shown_status(view, numbers)


def measured(model: Model) -> tuple[Evaluation, Evaluation]:
    """Return how the weights do on all training and all validation points; NaN if there are none of these."""
    return _measured(model, model.dataset)  # the points may change while the state stays


@once_per_state
def _measured(model: Model, dataset: Dataset) -> tuple[Evaluation, Evaluation]:
    config, state = model.config, model.state
    train = evaluate(config, dataset, state, "train")
    if dataset.validation is dataset.train:
        return train, Evaluation(math.nan, math.nan)
    return train, evaluate(config, dataset, state)


@once_per_state
def _maps(model: Model) -> dict[str, Any]:
    dataset = model.dataset
    answers, columns = outputs_on_plane(model, SIDE), units_on_plane(model, SMALL_SIDE)
    classes = dataset.info.task == "classification"
    small = [np.stack([levels(values, _limit(values)) for values in column]) for column in columns[:-1]]
    small.append(levels(2 * columns[-1] - 1 if classes else columns[-1], 1.0))
    return {
        "sizes": [len(column) for column in columns],
        "inputs": [FEATURES[name].label for name in dataset.info.features],
        "outputs": list(dataset.info.class_names),
        "classes": classes,
        "activation": ACTIVATIONS[model.config.activation].label,
        "side": SIDE,
        "plane": text_of(_class_levels(answers) if classes else levels(answers[0], 1.0)),
        "smallSide": SMALL_SIDE,
        "small": text_of(np.concatenate([column.reshape(-1) for column in small])),
        "parameters": text_of(model.state.parameters),
    }


def _limit(values: Array) -> float:
    """Return the largest absolute value; 1 if there is none above zero."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0)) or 1.0


def _class_levels(probabilities: Array) -> Array:
    """Return the most likely class and the confidence in it as one level: each class has 255 // classes levels."""
    classes = len(probabilities)
    stretch = (HIGHEST + 1) // classes
    confidence = ((probabilities.max(axis=0) * classes - 1) / (classes - 1)).clip(0, 1)
    return whole(probabilities.argmax(axis=0) * stretch + np.rint(confidence * (stretch - 1)))


@functools.lru_cache(maxsize=32)
def _points(dataset: Dataset) -> dict[str, Any]:
    """Return the points' coordinates and true values, by split."""
    return {
        split: {
            "places": text_of(dataset.split(split).inputs.astype(np.float32)),
            "values": [round(float(value), 3) for value in dataset.split(split).labels],
        }
        for split in ("train", "validation")
    }
