"""A tab's work on the Decision boundary page: one small network on points in the plane, not kept in the store.

Its points, network and settings are all in the address, and it learns in seconds; weights can be edited by hand.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mlp.charts.curve_axes import axis_end
from mlp.charts.curves import accuracy, loss
from mlp.charts.layout import Spec
from mlp.config import LIVE, ConfigError, RunConfig, changed
from mlp.datasets import DATASETS, load_dataset
from mlp.engine import RunView, Status
from mlp.network.layers import Array
from mlp.network.network import split_parameters
from mlp.text import quoted
from mlp.training.history import COLUMNS, HistoryView
from ui.boundary.panel import LARGEST_WEIGHT, measured
from ui.parts.component import THEMED
from ui.parts.server import engine
from ui.parts.session import Session

MOST_MOMENTS = 200  # of the path that are kept
CURVES_HEIGHT = 190  # pixels
ROOM_ABOVE = 46  # for the title, and for the label of a curve at the top
ROOM_RIGHT = 96  # for the curves' names
# On this page, a color is a class: training and validation differ in shade and form.
NEUTRAL = replace(THEMED, train=THEMED.text, validation=THEMED.quiet)


class PlaneSession(Session):
    """A run on points in the plane."""

    def __init__(self) -> None:
        super().__init__()
        self._path: list[tuple[int, Array]] = []  # step, and the parameters there
        self._stride = 1
        self.edited = False  # whether a weight was set by hand since the last restart

    def look(self) -> RunView:
        """Return a view of the run, and keep its parameters as part of the path."""
        assert self.own is not None
        view = self.own.view()
        if not self._path or view.state.step >= self._path[-1][0] + self._stride:
            self._path.append((view.state.step, view.state.parameters))
            if len(self._path) > MOST_MOMENTS:  # keep every other one, from now on
                del self._path[1::2]
                self._stride = 2 * max(self._stride, self._path[1][0] - self._path[0][0])
        return view

    @property
    def path(self) -> Array:
        """The parameters along the path, [moments, parameters]."""
        return np.array([parameters for _, parameters in self._path])

    def follow(self, wanted: RunConfig) -> None:
        """Give the run the wanted settings; if they need another network, restart it.

        Settings that only change the points, or that can change during training, keep the weights.
        """
        if self.own is None:
            self.show(engine().open(wanted, keep=False))
            self._forget_path()
            return
        view = self.own.view()
        differing = [name for name in changed(view.config, wanted) if name not in LIVE]
        if differing == ["dataset"] and not self._needs_restart(view, wanted):
            self.own.edit(wanted)
        elif differing:
            self.reset(wanted)
        else:
            self.own.change(wanted)

    def _needs_restart(self, view: RunView, wanted: RunConfig) -> bool:
        """Return whether new points need a new network because the inputs, the classes or the task differ."""
        old, new = DATASETS[view.config.dataset], DATASETS[wanted.dataset]
        stopped = view.status in (Status.READY, Status.DIVERGED, Status.FAILED)
        return stopped or (old.features, old.class_names, old.task) != (new.features, new.class_names, new.task)

    def reset(self, wanted: RunConfig) -> None:
        """Restart from the initial weights; a run that is training keeps training."""
        assert self.own is not None
        training = self.own.status is Status.RUNNING
        self.own.reset(wanted)
        self.edited = False
        self._forget_path()
        if training:
            self.own.start()

    def leave(self) -> None:
        """Drop the run: there are no points to learn from."""
        if self.own is not None:
            self.own.pause()
        super().leave()

    def edit_weight(self, layer: int, row: int, unit: int, text: str) -> None:
        """Set one weight, or with row −1 a bias; `layer` 1 is the first hidden layer.

        Raises ConfigError if there is no such weight, or if the text is not a number in the allowed range.
        """
        try:
            value = float(text.strip().replace("−", "-").replace(",", "."))
        except ValueError:
            sentence = f"{quoted(text)} is not a number. Type one such as 0.5. The weight was not changed."
            raise ConfigError(sentence) from None
        if not -LARGEST_WEIGHT <= value <= LARGEST_WEIGHT:  # NaN is not
            raise ConfigError(
                f"A weight of {value:g} is not allowed: it must be from {-LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}. "
                "The weight was not changed."
            )
        if self.own is None:
            raise ConfigError("There is no network yet. Add points first.")
        config = self.own.view().config

        def change(parameters: Array) -> None:
            parts = list(split_parameters(parameters, config.sizes))
            weights, biases = parts[layer - 1] if 1 <= layer <= len(parts) else (np.empty((0, 0)), np.empty(0))
            if not (-1 <= row < len(weights) and 0 <= unit < len(biases)):
                raise ConfigError("This weight no longer exists: the network has changed.")
            if row < 0:
                biases[unit] = value
            else:
                weights[row, unit] = value

        self.own.edit(config, change)
        self.edited = True

    def _forget_path(self) -> None:
        self._path, self._stride = [], 1


def curves(view: RunView) -> dict[str, Spec]:
    """Return the charts of a run's curves."""
    history = up_to_now(view)
    shared: Mapping[str, Any] = {
        "x": "epochs",
        "end": axis_end(float(history["progress"][-1]), float(view.config.epochs)),
        "changes": view.changes,
        "palette": NEUTRAL,
    }
    charts = {"loss": loss(history, **shared)}
    if DATASETS[view.config.dataset].task == "classification":
        charts["accuracy"] = accuracy(history, **shared)
    else:
        charts["loss"]["layout"]["title"]["text"] = "Loss: half the squared error"
    for chart in charts.values():
        _fit(chart)
    return charts


def up_to_now(view: RunView) -> HistoryView:
    """Return a run's history, with what the panel shows for the current weights as its last point."""
    dataset = load_dataset(view.config.dataset)
    train, validation = measured(view, dataset)
    state = view.state
    now = {
        "step": state.step,
        "epoch": state.epoch,
        "progress": state.epoch + state.position / len(dataset.train.labels),
        "examples": state.examples,
        "full_train_loss": train.loss,
        "full_train_accuracy": train.accuracy,
        "validation_loss": validation.loss,
        "validation_accuracy": validation.accuracy,
    }
    table = view.history.table.copy()
    if dataset.validation is dataset.train:  # no validation points, so no validation curve
        table[[COLUMNS.index("validation_loss"), COLUMNS.index("validation_accuracy")]] = np.nan
    last = [[now.get(name, np.nan)] for name in COLUMNS]
    return HistoryView(np.hstack([table, last]))


def _fit(chart: Spec) -> None:
    """Lay a chart out for half the page's width. The numbers are in the panel above: each is written only once."""
    layout = chart["layout"]
    layout |= {"height": CURVES_HEIGHT}
    layout["margin"] |= {"t": ROOM_ABOVE, "r": ROOM_RIGHT}
    layout["xaxis"] |= {"nticks": 5}
    layout["yaxis"] |= {"nticks": 4}
    for name in ("train", "validation"):
        for label in layout["annotations"]:
            if label["text"].startswith(f"<b>{name} "):
                label["text"] = f"<b>{name}</b>"
    for trace in chart["data"]:
        if trace.get("name") == "validation":
            trace["line"] |= {"dash": "dash"}
