"""What a tab works at on the Decision boundary page: one small network on points in the plane, kept in no store.

Its points, network and settings are all in the address, and it learns in seconds; weights may be edited by hand.
"""

import secrets
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import streamlit as st

from mlp.charts.curves import accuracy, axis_end, loss
from mlp.config import LIVE, ConfigError, RunConfig, changed
from mlp.datasets import DATASETS
from mlp.engine import LiveRun, RunView, Status
from mlp.layers import Array
from mlp.network import split_parameters
from mlp.parsing import quoted
from ui.boundary import LARGEST_WEIGHT
from ui.component import THEMED, packed
from ui.session import engine

MOST_MOMENTS = 200  # of the path that are remembered
CURVES_HEIGHT = 190  # pixels
ROOM_ABOVE = 52  # for the title, and for the label of a curve at the top


class PlaneDesk:
    """One tab's network on the plane."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe()  # whoever knows it may look at this desk's run
        self.run: LiveRun | None = None
        self._path: list[tuple[int, Array]] = []  # step, and the parameters there
        self._stride = 1
        self.edited = False  # whether a weight was set by hand since the network began

    def look(self) -> RunView:
        """Return how the run stands, and remember it as a moment of its path."""
        assert self.run is not None
        view = self.run.view()
        if not self._path or view.state.step >= self._path[-1][0] + self._stride:
            self._path.append((view.state.step, view.state.parameters))
            if len(self._path) > MOST_MOMENTS:  # every other one goes, from now on
                del self._path[1::2]
                self._stride = 2 * max(self._stride, self._path[1][0] - self._path[0][0])
        return view

    @property
    def path(self) -> Array:
        """The parameters at the moments that are remembered, [moments, parameters]."""
        return np.array([parameters for _, parameters in self._path])

    def follow(self, wanted: RunConfig) -> None:
        """Give the run the settings that are wanted now; one whose network would be another begins anew.

        What only changes the points, or may change while a network is kept, leaves its weights as they are.
        """
        if self.run is None:
            self.run = engine().open(wanted, keep=False)
            self._forget_path()
            return
        view = self.run.view()
        differing = [name for name in changed(view.config, wanted) if name not in LIVE]
        if differing == ["dataset"] and not self._begins_anew(view, wanted):
            self.run.edit(wanted)
        elif differing:
            self.reset(wanted)
        else:
            self.run.change(wanted)

    def _begins_anew(self, view: RunView, wanted: RunConfig) -> bool:
        """Tell whether other points need another network: the inputs, the answers or the task differ."""
        old, new = DATASETS[view.config.dataset], DATASETS[wanted.dataset]
        stopped = view.status in (Status.READY, Status.DIVERGED, Status.FAILED)
        return stopped or (old.features, old.class_names, old.task) != (new.features, new.class_names, new.task)

    def reset(self, wanted: RunConfig) -> None:
        """Begin anew; a run that trains goes on training."""
        assert self.run is not None
        training = self.run.status is Status.RUNNING
        self.run.reset(wanted)
        self.edited = False
        self._forget_path()
        if training:
            self.run.start()

    def leave(self) -> None:
        """Have no run: there are no points to learn from."""
        if self.run is not None:
            self.run.pause()
        self.run = None

    def edit_weight(self, layer: int, row: int, unit: int, text: str) -> None:
        """Set one weight by hand, or with row −1 a bias; `layer` counts from 1, as the hidden layers do.

        Raises ConfigError for a weight that there is not, or a text that is no number in range.
        """
        try:
            value = float(text.strip().replace("−", "-").replace(",", "."))
        except ValueError:
            raise ConfigError(f"{quoted(text)} is not a number. Type one such as 0.5; the old weight stays.") from None
        if not -LARGEST_WEIGHT <= value <= LARGEST_WEIGHT:  # NaN is not
            raise ConfigError(
                f"A weight of {value:g} can't be set: it must be from {-LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}. "
                "The old one stays."
            )
        if self.run is None:
            raise ConfigError("There is no network yet. Add points first.")
        config = self.run.view().config

        def change(parameters: Array) -> None:
            parts = list(split_parameters(parameters, config.sizes))
            weights, biases = parts[layer - 1] if 1 <= layer <= len(parts) else (np.empty((0, 0)), np.empty(0))
            if not (-1 <= row < len(weights) and 0 <= unit < len(biases)):
                raise ConfigError("There is no such weight any more: the network has changed.")
            if row < 0:
                biases[unit] = value
            else:
                weights[row, unit] = value

        self.run.edit(config, change)
        self.edited = True

    def close(self) -> None:
        """Look at nothing any more."""
        self.run = None

    def _forget_path(self) -> None:
        self._path, self._stride = [], 1


def curves(view: RunView) -> dict[str, Any]:
    """Return what a board needs to show a run's curves, and to ask for more."""
    charts: dict[str, Any] = {}
    if len(view.history):
        shared: Mapping[str, Any] = {
            "x": "epochs",
            "end": axis_end(float(view.history["progress"][-1]), float(view.config.epochs)),
            "changes": view.changes,
            "palette": THEMED,
        }
        charts["loss"] = loss(view.history, **shared)
        if DATASETS[view.config.dataset].task == "classification":
            charts["accuracy"] = accuracy(view.history, **shared)
        else:
            charts["loss"]["layout"]["title"]["text"] = "Loss: half the squared error"
    for chart in charts.values():
        chart["layout"] |= {"height": CURVES_HEIGHT}
        chart["layout"]["margin"] |= {"t": ROOM_ABOVE}
    return {
        "charts": packed(charts),
        "mark": f"{view.status} {len(view.history)} {len(view.changes)}",
        "running": view.status is Status.RUNNING,
        "states": view.status.value,
    }


PLANES: WeakValueDictionary[str, PlaneDesk] = WeakValueDictionary()  # by token, as long as their tabs are there


@st.cache_resource(scope="session", on_release=PlaneDesk.close, show_spinner=False)
def own_plane() -> PlaneDesk:
    """Return this tab's desk, which is cleared when the tab is gone."""
    desk = PlaneDesk()
    PLANES[desk.token] = desk
    return desk
