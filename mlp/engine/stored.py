"""A stored run is not in training here: it is shown as the store has it, and can't be controlled."""

import threading
from time import monotonic

import numpy as np

from mlp.datasets import load_dataset
from mlp.engine.run_view import Past, RunView, Status
from mlp.store import Resumed, Store
from mlp.training import Model, initial_state
from mlp.training.history import Change, HistoryView

FRESH_SECONDS = 1.0  # between reads of the store, whose content is up to a second old anyway


def recall(store: Store, stored: Resumed) -> Past:
    """Return what a run resumed from the store starts from."""
    run = stored.run
    history = stored.history if run.parent is None else store.history(run.id, whole=True)
    status = Status(run.status)
    return Past(
        run_id=run.id,
        state=stored.state,
        trained_with=run.config,
        history=history,
        own=stored.history,
        changes=_all_changes(store, run.id, history),
        kept=_kept_before(store, run.id),
        status=Status.PAUSED if status in (Status.RUNNING, Status.FAILED) else status,
        message=run.message,
    )


def _all_changes(store: Store, run_id: str, history: HistoryView) -> tuple[Change, ...]:
    """Return a run's changes, including those before it was forked, with seconds since the very beginning."""
    found = []
    for past in store.ancestry(run_id):
        found += [change for change in store.changes(past.run_id) if change.step < past.step]
    found += store.changes(run_id)
    seconds = np.interp([change.step for change in found], history["step"], history["seconds"]) if found else []
    return tuple(change._replace(seconds=float(second)) for change, second in zip(found, seconds, strict=True))


def _kept_before(store: Store, run_id: str) -> tuple[int, ...]:
    whole = [snapshot.step for snapshot in store.snapshots(run_id, whole=True)]
    return tuple(whole[: len(whole) - len(store.snapshots(run_id))])


class StoredRun:
    """A run as the store has it, with the interface of a live run."""

    def __init__(self, store: Store, run_id: str) -> None:
        """Raises StoreError if there is no such run."""
        self._store = store
        self._lock = threading.Lock()
        self._looked = -FRESH_SECONDS
        self._view: RunView | None = None
        self.id = store.run(run_id).id
        self.view()

    @property
    def status(self) -> Status:
        """What the run is doing."""
        return self.view().status

    def view(self) -> RunView:
        """Return the run as the store has it now. Raises StoreError if it can't be read."""
        with self._lock:
            if self._view is None or monotonic() - self._looked >= FRESH_SECONDS:
                self._view = self._read(self._view)
                self._looked = monotonic()
            return self._view

    def _read(self, before: RunView | None) -> RunView:
        run, state = self._store.run(self.id), self._store.latest_state(self.id)
        # An unchanged state stays the same object: what was computed of it, such as a projection, is found by it.
        if before and before.state.same_as(state):
            state = before.state
        history = self._store.history(self.id, whole=True)
        dataset = load_dataset(run.config.dataset)
        return RunView(
            status=Status(run.status),
            model=Model(run.config, dataset, state),
            initial=initial_state(run.config, dataset),
            history=history,
            changes=_all_changes(self._store, self.id, history),
            samples_per_second=run.samples_per_second,
            seconds_left=float("nan"),
            message=run.message,
            run_id=self.id,
            kept=tuple(snapshot.step for snapshot in self._store.snapshots(self.id, whole=True)),
        )
