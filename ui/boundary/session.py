"""The Boundary page's session: one small network on points in the plane, not kept in the store.

Its points, network and settings are all in the address, and it learns in seconds; weights can be edited by hand.
"""

import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.config import LIVE, ConfigError, RunConfig, changed
from mlp.datasets import dataset_info
from mlp.engine import Run, RunView, Status
from mlp.export import ExportedRun
from mlp.inspection.landscape import Landscape, landscape
from mlp.network.layers import Array
from mlp.network.network import split_parameters
from mlp.setting import Setting
from ui.boundary.panel import LARGEST_WEIGHT
from ui.parts.browser import browser_token
from ui.parts.server import engine
from ui.parts.session import Session

WEIGHT = Setting("A weight", "Weight", "", 0.0, low=-LARGEST_WEIGHT, high=LARGEST_WEIGHT)
MOST_KEPT = 200  # of the path that are kept


class LandscapeThere(NamedTuple):
    """A loss landscape that is computed around the weights at a step."""

    slice: int | None  # the seed of its random directions; None along the path
    step: int
    future: Future[Landscape]


class PlaneSession(Session):
    """A run on points in the plane."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()  # for the path: the page's script and its feed look at the same time
        self._path: list[tuple[int, Array]] = []  # step, and the parameters there
        self._stride = 1
        self.edited = False  # whether a weight was set by hand since it had its initial weights
        self._wants_landscape = False
        self._landscape: LandscapeThere | None = None

    def view(self) -> RunView | None:
        """Return a view of the run, and keep its parameters as part of the path; None without a run."""
        with self._lock:  # already for the view: one from before a restart must not go into the new path
            run = self.own
            if run is None:
                return None
            view = run.view()
            if not self._path or view.state.step >= self._path[-1][0] + self._stride:
                self._path.append((view.state.step, view.state.parameters))
                if len(self._path) > MOST_KEPT:  # keep every other one, from now on
                    del self._path[1::2]
                    self._stride = 2 * max(self._stride, self._path[1][0] - self._path[0][0])
        return view

    @property
    def path(self) -> Array:
        """The parameters along the path, [steps kept, parameters]."""
        with self._lock:
            return np.array([parameters for _, parameters in self._path])

    def want_landscape(self) -> None:
        """Have the page's script begin a landscape.

        As a button's callback: an update of the page can stop what reads the session state, the script or a callback,
        in the middle.
        """
        self._wants_landscape = True

    def landscape(self, along: bool, seed: int) -> LandscapeThere | None:
        """Return this network's latest landscape if it is on this slice; first begin the one that is wanted.

        The slice is `along` the path, or in random directions drawn from the seed.
        """
        slice = None if along else seed
        view = self.view() if self._wants_landscape else None
        if view is not None:
            future = engine().compute(landscape, view.model, self.path, along, seed)
            self._landscape = LandscapeThere(slice, view.state.step, future)
            self._wants_landscape = False
        return self._landscape if self._landscape and self._landscape.slice == slice else None

    def follow(self, wanted: RunConfig) -> None:
        """Give the run the wanted settings; if they need another network, restart it.

        Settings that only change the points, or that can change during training, keep the weights.
        """
        if self.own is None:
            with self._lock:
                self.show(engine().open(wanted, browser_token(), keep=False))
                self._forget_old_network()
            return
        view = self.own.view()
        differing = [name for name in changed(view.config, wanted) if name not in LIVE]
        if differing == ["dataset"] and not self._needs_restart(view, wanted):
            self.own.edit(wanted)
            self._landscape = None  # it is of other points
        elif differing:
            self.reset(wanted)
        else:
            self.own.change(wanted)

    def _needs_restart(self, view: RunView, wanted: RunConfig) -> bool:
        """Return whether new points need a new network because the inputs, the classes or the task differ."""
        old, new = view.model.dataset.info, dataset_info(wanted.dataset)
        stopped = view.status in (Status.READY, Status.DIVERGED, Status.FAILED)
        return stopped or (old.features, old.class_names, old.task) != (new.features, new.class_names, new.task)

    def reset(self, wanted: RunConfig) -> None:
        """Restart from the initial weights; a run that is training keeps training."""
        assert self.own is not None
        training = self.own.status is Status.RUNNING
        with self._lock:
            self.own.reset(wanted)
            self._forget_old_network()
        if training:
            self.own.start()

    def _forget_old_network(self) -> None:
        self._path, self._stride, self._landscape, self.edited = [], 1, None, False

    def exported(self) -> ExportedRun:
        """Return the run as it is now; how it came about is not known of one whose weights were edited."""
        run = super().exported()
        return replace(run, started_with=None) if self.edited else run

    def leave(self) -> None:
        """Drop the run: there are no points to learn from."""
        if self.own is not None:
            self.own.pause()
        super().leave()

    def existing(self) -> Run:
        """Return the run. Raises ConfigError without one."""
        if self.own is None:
            raise ConfigError("There is no network yet. Add points first.")
        return self.own

    def edit_weight(self, layer: int, row: int, unit: int, text: str) -> None:
        """Set one weight, or with row −1 a bias; `layer` 1 is the first hidden layer.

        Raises ConfigError if there is no such weight, or if the text is not a number in the allowed range.
        """
        try:
            value: float = WEIGHT.read(text.strip().replace("−", "-").replace(",", "."))
        except ConfigError as error:
            raise ConfigError(f"{error} The weight was not changed.") from None
        run = self.existing()
        model = run.view().model

        def change(parameters: Array) -> None:
            parts = list(split_parameters(parameters, model.sizes))
            weights, biases = parts[layer - 1] if 1 <= layer <= len(parts) else (np.empty((0, 0)), np.empty(0))
            if not (-1 <= row < len(weights) and 0 <= unit < len(biases)):
                raise ConfigError("This weight no longer exists: the network has changed.")
            if row < 0:
                biases[unit] = value
            else:
                weights[row, unit] = value

        run.edit(model.config, change)
        self.edited, self._landscape = True, None
