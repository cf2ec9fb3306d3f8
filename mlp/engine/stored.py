"""Runs and the store: a recorder saves a run that trains here; a stored run is one that can only be viewed."""

import logging
import threading
import weakref
from dataclasses import replace
from time import monotonic

from mlp.datasets import load_dataset
from mlp.engine.run import Listener, Run, RunView
from mlp.store import Store, StoreError
from mlp.tokens import token_hash
from mlp.training import TrainingState, initial_state
from mlp.training.checkpoint import Checkpoint, Status

log = logging.getLogger(__name__)

FRESH_SECONDS = 1.0  # between reads of the store, whose content is up to a second old anyway


class Recorder(Listener):
    """Saves a run in the store from its first step on, until nobody has the run any more."""

    def __init__(self, store: Store, token: str = "", run_id: str = "", trial: tuple[str, str] = ("", "")) -> None:
        """`token` is the secret that gives control of a new run; one in the store has its `run_id`."""
        super().__init__(store.owner_of(run_id) if run_id else token_hash(token))
        self._store, self._token, self._trial = store, token, trial
        self.early_points = not trial[0]  # trials are compared at epochs' ends
        self._enter(run_id)

    def _enter(self, run_id: str) -> None:
        self.id = run_id
        if run_id:
            weakref.finalize(self, self._store.release, run_id).atexit = False  # by then the store is closed

    def check(self) -> None:
        """Raise StoreError if the run is not in the store, and may not be."""
        if not self.id:
            self._store.check_kept(self.owner)

    def updated(self, run: Run) -> None:
        """Save the run as it is now, if it has been started."""
        if not self.id and run.status is Status.RUNNING:
            self._enter(self._store.begin(run.checkpoint(), self._token, trial=self._trial))
        if self.id:
            self._store.record(self.id, run.checkpoint())
            if self._store.is_lost(self.id):
                run.pause()  # the store's `trouble_of` it explains why
        super().updated(run)

    def kept(self) -> tuple[int, ...]:
        """Return the steps at which the run's state is stored."""
        return self._store.kept_steps(self.id) if self.id else ()


def first_state(store: Store, run_id: str, run: Checkpoint) -> TrainingState:
    """Return the state that a stored run began with, which may be a network from a file."""
    if 0 in run.kept:
        try:
            return store.model_at(run_id, 0).state
        except StoreError as error:  # a damaged one must not hide the run
            log.warning("%s", error)
    return initial_state(run.config, run.model.dataset)


def resumed(store: Store, run_id: str) -> tuple[Checkpoint, TrainingState]:
    """Return a stored run, to be continued here, and the state that it began with. Raises as `Store.resume` does."""
    load_dataset(store.run(run_id).dataset)  # now, not while the database is locked
    checkpoint = store.resume(run_id)
    return checkpoint, first_state(store, run_id, checkpoint)


class StoredRun:
    """A run as the store has it, with the interface of a run that trains here."""

    def __init__(self, store: Store, run_id: str) -> None:
        """Raises StoreError if there is no such run."""
        self._store = store
        self._lock = threading.Lock()
        self._looked = -FRESH_SECONDS
        self._view: RunView | None = None
        self.id = run_id
        self.view()

    @property
    def status(self) -> Status:
        return self.view().status

    def view(self) -> RunView:
        """Return the run as the store has it now. Raises StoreError if it can't be read."""
        with self._lock:
            if self._view is None or monotonic() - self._looked >= FRESH_SECONDS:
                self._view = self._read(self._view)
                self._looked = monotonic()
            return self._view

    def _read(self, before: RunView | None) -> RunView:
        found = self._store.load(self.id)
        model = found.model
        # An unchanged state stays the same object: what was computed of it, such as a projection, is found by it.
        if before and before.state.same_as(model.state):
            model = replace(model, state=before.state)
        initial = before.initial if before else first_state(self._store, self.id, found)
        return RunView(**(vars(found) | {"model": model}), initial=initial, run_id=self.id)


def check_not_deleted(store: Store, run_id: str, token: str) -> None:
    """Raise StoreError for a deleted run that this token does not control: what a teacher has removed stays removed."""
    try:
        deleted = store.run(run_id).deleted is not None
    except StoreError:
        return  # it is not on the disk yet
    if deleted and not store.may_steer(run_id, token):
        raise StoreError(f"Run {run_id!r} was deleted. Choose one from the list of runs.")
