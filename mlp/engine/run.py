"""A run is a network in training: its state so far, and what it should do next.

It trains nothing itself. It names the quantum it wants next and takes the worker's result; an engine keeps many of them
going. Every method returns at once.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from math import nan
from time import monotonic
from typing import Any, NamedTuple

import numpy as np

from mlp.config import LIVE, ConfigError, RunConfig, changed, describe_changes
from mlp.datasets import DatasetError, load_dataset
from mlp.engine.allowance import Allowance
from mlp.engine.news import News
from mlp.engine.pool import describe_loss, is_lost_worker
from mlp.machine import Machine, Moves
from mlp.network.layers import Array
from mlp.training import (
    Model,
    TrainingState,
    evaluate,
    finished,
    initial_state,
    steps_left_in_epoch,
)
from mlp.training.best import explain_end, resumable
from mlp.training.checkpoint import Checkpoint, Status, report_now
from mlp.training.history import Change, History
from mlp.training.pacing import PACED_SECONDS, Pacing
from mlp.training.quantum import Quantum, QuantumResult

log = logging.getLogger(__name__)

MOST_BROKEN_WORKERS = 4  # in a row, before a run is given up
GIVEN_UP = "The last state is kept. Try smaller layers or a smaller batch, and restart."


class Listener:
    """Hears what happens to a run, with the run's lock held, and passes the news on. This one keeps none of it."""

    id = ""  # of the run in the store; empty if it is in none
    early_points = True  # whether somebody may look at its curves from the start

    def __init__(self, owner: str = "") -> None:
        """`owner` is the hash of the token that gives control of the run."""
        self.owner, self.news = owner, News()

    def check(self) -> None:
        """Raise StoreError if the run can't be stored."""

    def updated(self, run: "Run") -> None:
        """The run has another status, other settings or another state."""
        self.news.tell()

    def kept(self) -> tuple[int, ...]:
        """Return the steps at which the run's state is stored."""
        return ()


@dataclass(frozen=True, eq=False, kw_only=True)
class RunView(Checkpoint):
    """A run at one time. A view never changes; ask the run again for a later one."""

    initial: TrainingState
    samples_per_second: float = nan  # at the current speed, with the time for waiting and measuring; NaN if unknown
    seconds_left: float = nan  # at that speed
    run_id: str = ""  # in the store; empty if it is in none
    machine: Machine | None = None  # of a cluster that trained it last; None: this one


class _Edit(NamedTuple):
    """What was edited by hand at a step."""

    step: int
    before: RunConfig  # the settings before all edits at this step
    weights: bool  # whether weights were set


class Run:
    """A run that can be trained, paused, stepped, changed and looked at. Made by `Engine.open`."""

    def __init__(
        self,
        config: RunConfig,
        checkpoint: Checkpoint | None = None,
        *,
        initial: TrainingState | None = None,
        listener: Listener | None = None,
        lock: AbstractContextManager[Any] | None = None,
        wake: Callable[["Run"], None] = lambda run: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Continue from a checkpoint of a run that began as `initial`. `lock` guards it; `wake` asks for a quantum."""
        self._listener = listener or Listener()
        self.owner, self.allowance = self._listener.owner, Allowance()  # of which an engine has its own
        self._lock, self._wake, self._clock = lock or threading.RLock(), wake, clock
        self._pacing, self.last_seen = Pacing(clock, self._listener.early_points), clock()
        self.begin(config, checkpoint, initial)

    def begin(self, config: RunConfig, past: Checkpoint | None = None, initial: TrainingState | None = None) -> None:
        """Set everything to the state before the first step, or to the checkpoint."""
        dataset = load_dataset(config.dataset)
        self._initial = initial or initial_state(config, dataset)
        past = past or Checkpoint(Model(config, dataset, self._initial))
        self._history, self._trained_with = History(past.history), past.trained_with
        model, first = replace(past.model, config=config), past.started_with or config
        self._latest = replace(past, model=model, started_with=first, best={})
        self._edit: _Edit | None = None
        self._pause_at: int | None = None  # step at which to stop by itself
        self._stepping = False  # whether single steps were requested
        self._broken_workers, self._moves = 0, Moves()
        self._pacing.forget()

    @property
    def id(self) -> str:
        """Its id in the store; empty if it is in none."""
        return self._listener.id

    @property
    def news(self) -> News:
        """Tells who listens when it has another status, other settings or another state."""
        return self._listener.news

    @property
    def status(self) -> Status:
        return self._latest.status

    @property
    def _model(self) -> Model:
        return self._latest.model

    def _set(self, **changes: Any) -> None:
        self._latest = replace(self._latest, **changes)

    def _mark(self, description: str, marks: tuple[Change, ...]) -> None:
        """Mark a change on the curves, after these marks."""
        self._set(changes=(*marks, self.checkpoint().mark(description)))

    # Requests of a person.

    def view(self) -> RunView:
        """Return the run as it is now, and note that somebody is watching."""
        with self._lock:
            self.last_seen = self._clock()
            known = vars(self.checkpoint()) | {"machine": self._moves.latest, "initial": self._initial}
            speed, left = self._pacing.samples_per_second(), self._pacing.seconds_left(self._model)
            return RunView(**known, samples_per_second=speed, seconds_left=left, run_id=self.id)

    def checkpoint(self) -> Checkpoint:
        """Return all that is needed to continue from here."""
        return replace(self._latest, history=self._history.view(), kept=self._listener.kept())

    def start(self) -> None:
        """Train until the last epoch ends, or early stopping ends it; also on from there, with its patience renewed.

        Raises ConfigError or StoreError beyond a limit, as steps do: of runs that train, are stored, or of memory.
        """
        self._train(pause_at=None)

    @property
    def is_stepping(self) -> bool:
        """Whether it trains single mini-batches on request: it will soon pause automatically."""
        return self.status is Status.RUNNING and self._stepping

    def step_batch(self) -> None:
        """Train one mini-batch, or one more than already requested, at any pace; then pause."""
        with self._lock:
            before = self._pause_at if self.is_stepping else None
            self._train((self._model.state.step if before is None else before) + 1, stepping=True)

    def step_epoch(self) -> None:
        """Train to the end of the current epoch, then pause."""
        with self._lock:
            model = self._model
            self._train(model.state.step + steps_left_in_epoch(model.config, model.dataset, model.state))

    def _train(self, pause_at: int | None, stepping: bool = False) -> None:
        with self._lock:
            model = resumable(self._model)
            if self.status in (Status.DIVERGED, Status.FAILED) or finished(model.config, model.state):
                return
            if self.status is not Status.RUNNING:
                self.allowance.check(self.owner, model.config, model.dataset.info)
                self._listener.check()
            if model is not self._model:
                self._set(model=model)
                self._mark("resumed after early stopping", self._latest.changes)
            if self.status is not Status.RUNNING:
                self._pacing.start_over()
            self.last_seen = self._clock()  # somebody pressed a button, perhaps after a long look at nothing new
            self._set(status=Status.RUNNING, message="")
            self._pause_at, self._stepping = pause_at, stepping
            self._listener.updated(self)
        self._wake(self)

    def pause(self, why: str = "") -> None:
        """Stop at once, at the last state that came back.

        It does not wait for a quantum under way, which counts only if training resumes before it is back.
        """
        with self._lock:
            if self.status is Status.RUNNING:
                self._set(status=Status.PAUSED if self._model.state.step else Status.READY, message=why)
                self._listener.updated(self)

    def change(self, config: RunConfig) -> None:
        """Use other settings from the next quantum on.

        Raises ConfigError for a setting that needs a restart, or a batch too large for the training set or for memory.
        """
        with self._lock:
            fixed = [name for name in changed(self._model.config, config) if name not in LIVE]
            if fixed:
                raise ConfigError(f"{', '.join(fixed)} can't change during a run. Restart to build another network.")
            config.check(self._model.dataset.info)
            if config == self._model.config:
                return
            self.allowance.check_memory(config, self._model.dataset.info)
            self._latest = _settled(replace(self._latest, model=replace(self._model, config=config)))
            self._listener.updated(self)

    def reset(self, config: RunConfig) -> None:
        """Go back to the state before the first step, with this configuration.

        Only for runs outside the store: what is stored stays as it was. Raises DatasetError or ConfigError, and changes
        nothing, if its data is not available or does not fit.
        """
        dataset = load_dataset(config.dataset)  # which may take long: without the lock
        self.allowance.check_memory(config, dataset.info)
        with self._lock:
            if self.id:
                raise ConfigError("A stored run can't go back to its start. Begin a new one.")
            self.begin(config)

    def edit(self, config: RunConfig, change: Callable[[Array], None] | None = None) -> None:
        """Continue with other points or settings, or with parameters that `change` edits in place.

        The optimizer's moments stay. With other points, the epoch under way is over. The edited network is measured at
        once, so that the curves show what the edit did. Only for runs outside the store: the history in it could not
        explain the parameters. Raises ConfigError if the network would have another shape, or a number is not finite.
        """
        if self.id:
            raise ConfigError("A stored run can't be edited: its history would no longer explain it.")
        with self._lock:
            # With the lock held, so that no quantum is lost that comes back meanwhile.
            model = _edited(self._model, config, change)
            if self.status in (Status.DIVERGED, Status.FAILED):
                raise ConfigError("The weights became NaN or infinite. Restart with a lower learning rate.")
            self._latest = _settled(replace(self._latest, model=model))
            before, self._trained_with = self._trained_with, config
            if model.state.step:
                self._note_edit(before, weights=change is not None)

    def _note_edit(self, before: RunConfig, weights: bool) -> None:
        """Put an edit on the curves: a marker, one for all edits at one step, and what the network measures now."""
        config, state = self._model.config, self._model.state
        marks = self._latest.changes
        if self._edit and self._edit.step == state.step:
            before, weights, marks = self._edit.before, weights or self._edit.weights, marks[:-1]
        self._edit = _Edit(state.step, before, weights)
        self._mark(_describe_edit(before, config, weights), marks)
        evaluated_train = evaluate(config, self._model.dataset, state, "train")
        self._history.append(replace(report_now(self._model), evaluated_train=evaluated_train))

    def set_pace(self, steps_per_second: float | None) -> None:
        """Train at most this many steps per second; None for as many as possible.

        Raises ConfigError for less than one per 1,000 seconds.
        """
        with self._lock:
            self._pacing.set_pace(steps_per_second)
        self._wake(self)

    # Requests of the engine, with the lock held.

    @property
    def due(self) -> float:
        """When the next quantum may start, by the run's clock."""
        return self._pacing.due

    def next_quantum(self, seconds: float, crowded: bool = False, apart: float = PACED_SECONDS) -> Quantum:
        """Return the next quantum, to take about `seconds`; note the step at which changed settings take effect.

        `crowded`: other runs wait for their turn. If the run is slowed down, its quanta are `apart`, in seconds.
        """
        model = self._model
        if self._trained_with != model.config:
            if model.state.step or self.id:  # what the store says that it started with stays
                self._mark(describe_changes(self._trained_with, model.config), self._latest.changes)
                self._listener.updated(self)
            self._trained_with = model.config
        steps, validate = self._pacing.next_quantum(seconds, model, self._pause_at, self._stepping, crowded, apart)
        return Quantum(model, steps, validate)

    def receive(self, quantum: Quantum, result: QuantumResult, trip_seconds: float | None) -> None:
        """Take a quantum's result, unless the run was paused, restarted or asked to stop earlier meanwhile.

        `trip_seconds` is how long it traveled to the worker and back; None if it also waited in line.
        """
        self._broken_workers = 0
        before, state = self._model.state, result.state
        too_far = self._pause_at is not None and state.step > self._pause_at
        if self.status is not Status.RUNNING or quantum.model.state is not before or too_far:
            return
        self._pacing.measure(before, result, trip_seconds)
        if self._moves.to(result.machine):
            self._mark("moved to another kind of processor: the last bits may differ", self._latest.changes)
        if not self.id and not before.step:
            self._set(started_with=self._trained_with)
        measured = bool(self._history) and not before.step  # it came from a file, or was forked at its start
        for report in result.reports[measured:]:
            self._history.append(report)
        latest = self._latest.after(result, self._history.view())
        paused = latest.status is Status.RUNNING and state.step == self._pause_at
        self._latest = replace(latest, status=Status.PAUSED) if paused else latest
        self._listener.updated(self)

    def lose(self, error: BaseException) -> None:
        """Note that a quantum did not come back. It is requested again, unless that can't help."""
        if is_lost_worker(error):
            self._broken_workers += 1
            if self._broken_workers < MOST_BROKEN_WORKERS:
                return
        elif not isinstance(error, DatasetError):  # data that was deleted meanwhile is no defect of the program
            log.error("A quantum failed", exc_info=error)
        if self.status is Status.RUNNING:
            self._set(status=Status.FAILED, message=_why_it_failed(error))
            self._listener.updated(self)


def _settled(run: Checkpoint) -> Checkpoint:
    """Return a changed run: finished if nothing is left to train, paused if something is again."""
    config, state = run.model.config, run.model.state
    done = finished(config, state)
    if done and run.status in (Status.RUNNING, Status.PAUSED):
        return replace(run, status=Status.FINISHED, message=explain_end(config, state, run.history))
    if not done and run.status is Status.FINISHED:
        return replace(run, status=Status.PAUSED, message="")
    return run


def _why_it_failed(error: BaseException) -> str:
    if is_lost_worker(error):
        return f"{describe_loss(error)}, {MOST_BROKEN_WORKERS} times in a row. {GIVEN_UP}"
    said = (str(error) or type(error).__name__).rstrip(".")
    return f"Training stopped: {said}. The last state is kept."


def _edited(model: Model, config: RunConfig, change: Callable[[Array], None] | None) -> Model:
    """Return a network with other points or settings, or with parameters that `change` edits in place."""
    dataset, state = load_dataset(config.dataset), model.state
    config.check(dataset.info)
    if config.sizes(dataset.info) != model.sizes:
        raise ConfigError("The edited network has another shape. Restart to build another.")
    parameters = state.parameters.copy()
    if change:
        change(parameters)
    if not np.isfinite(parameters).all():
        raise ConfigError("An edited weight is not a finite number. Enter a finite one.")
    if config.dataset != model.config.dataset and state.position:
        state = replace(state, epoch=state.epoch + 1, position=0)
    return Model(config, dataset, replace(state, parameters=parameters))


def _describe_edit(before: RunConfig, config: RunConfig, weights: bool) -> str:
    # Edits that undo each other leave a marker all the same: training does not forget what was between them.
    words = (describe_changes(before, config), "weights set by hand" if weights else "")
    return ", ".join(filter(None, words)) or "points added and removed"
