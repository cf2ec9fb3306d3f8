"""The curves below the Boundary panel, which end at the panel's numbers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mlp.charts.curve_axes import axis_end
from mlp.charts.curves import learning_curves
from mlp.charts.layout import Spec
from mlp.engine import RunView
from mlp.training.history import COLUMNS, HistoryView
from ui.boundary.panel import measured
from ui.parts.component import THEMED

HEIGHT = 190  # pixels
ROOM_ABOVE = 46  # for the title, and for the label of a curve at the top
ROOM_RIGHT = 96  # for the curves' names
# On this page, a color is a class: training and validation differ in shade and form.
NEUTRAL = replace(THEMED, train=THEMED.text, validation=THEMED.quiet)


def curves(view: RunView) -> dict[str, Spec]:
    """Return the charts of a run's curves."""
    history = up_to_now(view)
    shared: Mapping[str, Any] = {
        "x": "epochs",
        "end": axis_end(float(history["progress"][-1]), float(view.config.epochs)),
        "changes": view.changes,
        "numbers": False,  # they are in the panel above: each is written only once
        "palette": NEUTRAL,
    }
    charts = {"loss": learning_curves("loss", history, **shared)}
    if view.model.dataset.info.task == "classification":
        charts["accuracy"] = learning_curves("accuracy", history, **shared)
    else:
        charts["loss"]["layout"]["title"]["text"] = "Loss: half the squared error"
    for chart in charts.values():
        _fit(chart)
    return charts


def up_to_now(view: RunView) -> HistoryView:
    """Return a run's history, with what the panel shows for the current weights as its last point."""
    train, validation = measured(view.model)
    dataset = view.model.dataset
    state = view.state
    now = {
        "step": state.step,
        "epoch": state.epoch,
        "progress": view.model.progress,
        "examples": state.examples,
        "evaluated_train_loss": train.loss,
        "evaluated_train_accuracy": train.accuracy,
        "validation_loss": validation.loss,
        "validation_accuracy": validation.accuracy,
    }
    table = view.history.table.copy()
    if dataset.validation is dataset.train:  # no validation points, so no validation curve
        table[[COLUMNS.index("validation_loss"), COLUMNS.index("validation_accuracy")]] = np.nan
    last = [[now.get(name, np.nan)] for name in COLUMNS]
    return HistoryView(np.hstack([table, last]))


def _fit(chart: Spec) -> None:
    """Lay a chart out for half the page's width."""
    layout = chart["layout"]
    layout |= {"height": HEIGHT}
    layout["margin"] |= {"t": ROOM_ABOVE, "r": ROOM_RIGHT}
    layout["xaxis"] |= {"nticks": 5}
    layout["yaxis"] |= {"nticks": 4}
