"""A run is a network in training: its state so far, and what it should do next.

It trains nothing itself. It names the quantum it wants next and takes the worker's result; an engine keeps many of them
going. Every method returns at once.

With a store, a run is saved from its first step on, and records everything that happens to it there.
"""

import logging
import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import numpy as np

from mlp.config import LIVE, ConfigError, RunConfig, changed, describe_changes
from mlp.datasets import load_dataset
from mlp.engine.pacing import Tempo
from mlp.engine.pool import describe_loss, is_lost_worker
from mlp.engine.run_view import Edited, Past, Request, RunView, Status
from mlp.inspection.diagnostics import explain_divergence
from mlp.network.layers import Array
from mlp.store import Store
from mlp.training import (
    Model,
    evaluate,
    finished,
    initial_state,
    report_untrained,
    steps_left,
    steps_left_in_epoch,
)
from mlp.training.history import Change, History
from mlp.training.quantum import Quantum

log = logging.getLogger(__name__)

MOST_BROKEN_WORKERS = 4  # in a row, before a run is given up


class Run:
    """A run that can be trained, paused, stepped, changed and looked at. Made by `Engine.open`."""

    def __init__(
        self,
        config: RunConfig,
        past: Past | None = None,
        *,
        store: Store | None = None,
        token: str = "",
        lock: "threading.RLock | None" = None,
        wake: Callable[["Run"], None] = lambda run: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`token` is the secret that gives control of the run, also after it is resumed from the store.

        `lock` guards it; `wake` is called when it may want another quantum.
        """
        self._lock, self._wake, self._clock = lock or threading.RLock(), wake, clock
        self._store, self._token = store, token
        self._tempo = Tempo(clock)
        self.last_seen = clock()
        self._release: weakref.finalize[[str], Run] | None = None
        self._begin(config, past)

    def _begin(self, config: RunConfig, past: Past | None = None) -> None:
        """Set everything to the state before the first step, or to the end of the past."""
        self._dataset = load_dataset(config.dataset)
        self._initial = self._state = initial_state(config, self._dataset)
        self._config = self._trained_with = config
        self.status = Status.READY
        self._history = self._own = History()
        self._changes: list[Change] = []
        self._message = ""
        self._kept_before: tuple[int, ...] = ()
        self._enter("")
        if past:
            self._state, self._trained_with = past.state, past.trained_with
            self.status, self._message = past.status, past.message
            self._history = self._own = History(past.history)
            if len(past.own) < len(past.history):
                self._own = History(past.own)
            self._changes, self._kept_before = list(past.changes), past.kept
            self._enter(past.run_id)
        self._edited: Edited | None = None
        self._pause_at: int | None = None  # step at which to stop by itself
        self._stepping = False  # whether single steps were requested
        self._broken_workers = 0
        self._tempo.forget()

    def _enter(self, run_id: str) -> None:
        """Become this run of the store, or none; an earlier one stays as it is."""
        if self._release is not None:
            self._release()
            self._release = None
        self.id = run_id
        if self._store and run_id:
            self._release = weakref.finalize(self, self._store.release, run_id)
            self._release.atexit = False  # by then the store is closed

    def _keep(self) -> None:
        """Record the run's current status and state in the store."""
        if self._store and self.id:
            self._store.record(
                self.id,
                status=self.status.value,
                config=self._config,
                history=self._own.view(),
                state=self._state,
                message=self._message,
                samples_per_second=self._tempo.samples_per_second(),
            )

    # Requests of a person.

    def view(self) -> RunView:
        """Return the run as it is now, and note that somebody is watching."""
        with self._lock:
            self.last_seen = self._clock()
            speed = self._tempo.samples_per_second()
            examples_left = steps_left(self._config, self._dataset, self._state) * self._config.batch_size
            return RunView(
                status=self.status,
                model=Model(self._config, self._dataset, self._state),
                initial=self._initial,
                history=self._history.view(),
                changes=tuple(self._changes),
                samples_per_second=speed,
                seconds_left=examples_left / speed if speed else float("nan"),
                message=self._message,
                run_id=self.id,
                kept=self._kept(),
            )

    def _kept(self) -> tuple[int, ...]:
        own = self._store.kept_steps(self.id) if self._store and self.id else []
        return (*self._kept_before, *own)

    def start(self) -> None:
        """Train until the last epoch ends."""
        self._train(pause_at=None)

    @property
    def is_stepping(self) -> bool:
        """Whether it trains single mini-batches on request: it will soon pause automatically."""
        return self.status is Status.RUNNING and self._stepping

    def step_batch(self) -> None:
        """Train one mini-batch, or one more than already requested, at any pace; then pause."""
        with self._lock:
            before = self._pause_at if self.is_stepping else None
            self._train((self._state.step if before is None else before) + 1, stepping=True)

    def step_epoch(self) -> None:
        """Train to the end of the current epoch, then pause."""
        with self._lock:
            self._train(self._state.step + steps_left_in_epoch(self._config, self._dataset, self._state))

    def _train(self, pause_at: int | None, stepping: bool = False) -> None:
        with self._lock:
            if self.status in (Status.DIVERGED, Status.FAILED) or finished(self._config, self._state):
                return
            if self.status is not Status.RUNNING:
                self._tempo.start_over()
            self.status, self._message = Status.RUNNING, ""
            self._pause_at, self._stepping = pause_at, stepping
            if self._store and not self.id:
                self._enter(self._store.begin(self._config, self._state, self._token))
            self._keep()
        self._wake(self)

    def pause(self, why: str = "") -> None:
        """Stop at once, at the last state that came back.

        It does not wait for a quantum under way, which counts only if training resumes before it is back.
        """
        with self._lock:
            if self.status is Status.RUNNING:
                self.status = Status.PAUSED if self._state.step else Status.READY
                self._message = why
                self._keep()

    def change(self, config: RunConfig) -> None:
        """Use other settings from the next quantum on. Raises ConfigError for a setting that needs a restart."""
        with self._lock:
            fixed = [name for name in changed(self._config, config) if name not in LIVE]
            if fixed:
                raise ConfigError(f"{', '.join(fixed)} can't change during a run. Restart to build another network.")
            if config == self._config:
                return
            self._config = config
            done = finished(config, self._state)
            if done and self.status in (Status.RUNNING, Status.PAUSED):
                self.status = Status.FINISHED
            elif not done and self.status is Status.FINISHED:
                self.status = Status.PAUSED
            self._keep()

    def reset(self, config: RunConfig) -> None:
        """Go back to the state before the first step, with this configuration. The store keeps the earlier run.

        Raises DatasetError, and changes nothing, if its data is not available.
        """
        load_dataset(config.dataset)
        with self._lock:
            self._begin(config)

    def edit(self, config: RunConfig, change: Callable[[Array], None] | None = None) -> None:
        """Continue with other points or settings, or with parameters that `change` edits in place.

        The optimizer's moments stay. With other points, the epoch under way is over. The edited network is measured at
        once, so that the curves show what the edit did. Only for runs outside the store: the history in it could not
        explain the parameters. Raises ConfigError if the network would have another shape, or a number is not finite.
        """
        if self._store:
            raise ConfigError("A stored run can't be edited: its history would no longer explain it.")
        with self._lock:
            if config.sizes != self._config.sizes:
                raise ConfigError("The edited network has another shape. Restart to build another.")
            # With the lock held, so that no quantum is lost that comes back meanwhile.
            parameters = self._state.parameters.copy()
            if change:
                change(parameters)
            if not np.isfinite(parameters).all():
                raise ConfigError("An edited weight is not a finite number. Enter a finite one.")
            if self.status in (Status.DIVERGED, Status.FAILED):
                raise ConfigError("The weights became NaN or infinite. Restart with a lower learning rate.")
            before, state = self._trained_with, self._state
            dataset = load_dataset(config.dataset)
            if config.dataset != self._config.dataset and state.position:
                state = replace(state, epoch=state.epoch + 1, position=0)
            self._dataset, self._config, self._trained_with = dataset, config, config
            self._state = replace(state, parameters=parameters)
            if state.step:
                self._note_edit(before, by_hand=change is not None)

    def _note_edit(self, before: RunConfig, by_hand: bool) -> None:
        """Put an edit on the curves: a marker, one for all edits at one step, and what the network measures now."""
        if self._edited and self._edited.step == self._state.step:
            before, by_hand = self._edited.before, by_hand or self._edited.by_hand
            self._changes.pop()
        self._edited = Edited(self._state.step, before, by_hand)
        words = (describe_changes(before, self._config), "weights set by hand" if by_hand else "")
        # Edits that undo each other leave a marker all the same: training does not forget what was between them.
        what = ", ".join(filter(None, words)) or "points added and removed"
        self._changes.append(self._change()._replace(description=what))
        report = report_untrained(self._config, self._dataset, self._state)
        dataset, state = self._dataset, self._state
        train, validation = (evaluate(self._config, dataset, state, split) for split in ("train", "validation"))
        self._history.append(replace(report, full_train=train, validation=validation))

    def set_pace(self, steps_per_second: float | None) -> None:
        """Train at most this many steps per second; None for as many as possible.

        Raises ConfigError for less than one per 1,000 seconds.
        """
        with self._lock:
            self._tempo.set_pace(steps_per_second)
        self._wake(self)

    # Requests of the engine, with the lock held.

    @property
    def due(self) -> float:
        """When the next quantum may start, by the run's clock."""
        return self._tempo.due

    def request(self, seconds: float) -> Request:
        """Return the next quantum, to take about `seconds`; note the step at which changed settings take effect."""
        if self._trained_with != self._config:
            if self._state.step:
                self._changes.append(self._change())
                if self._store and self.id:
                    own_seconds = self._own.view().last("seconds")
                    self._store.change(self.id, self._changes[-1]._replace(seconds=own_seconds))
            self._trained_with = self._config
        steps, validate = self._tempo.next_quantum(
            seconds, self._config, self._dataset, self._state, self._pause_at, self._stepping
        )
        return Request(self._config, self._state, steps, validate)

    def _change(self) -> Change:
        return Change(
            step=self._state.step,
            progress=self._state.epoch + self._state.position / len(self._dataset.train.labels),
            examples=self._state.examples,
            seconds=self._history.view().last("seconds"),
            description=describe_changes(self._trained_with, self._config),
            config_json=self._config.to_json(),
        )

    def land(self, request: Request, quantum: Quantum, trip_seconds: float | None) -> None:
        """Take the result of a request, unless the run was paused, restarted or asked to stop earlier meanwhile.

        `trip_seconds` is how long it traveled to the worker and back; None if it also waited in line.
        """
        self._broken_workers = 0
        too_far = self._pause_at is not None and quantum.state.step > self._pause_at
        if self.status is not Status.RUNNING or request.state is not self._state or too_far:
            return
        self._tempo.measure(self._state, quantum, trip_seconds)
        self._state = quantum.state
        for report in quantum.reports:
            self._history.append(report)
            if self._own is not self._history:
                self._own.append(report)
        divergence = quantum.reports[-1].diverged
        if divergence:
            self.status = Status.DIVERGED
            self._message = explain_divergence(self._trained_with, divergence)
        elif finished(self._config, self._state):
            self.status = Status.FINISHED
        elif self._pause_at is not None and self._state.step >= self._pause_at:
            self.status = Status.PAUSED
        self._keep()

    def lose(self, error: BaseException) -> None:
        """Note that a quantum did not come back. It is requested again, unless that can't help."""
        if is_lost_worker(error):
            self._broken_workers += 1
            if self._broken_workers < MOST_BROKEN_WORKERS:
                return
            message = (
                f"{describe_loss(error)}, {self._broken_workers} times in a row. "
                "The last state is kept. Try smaller layers or a smaller batch, and restart."
            )
        else:
            log.error("A quantum failed", exc_info=error)
            message = f"Training stopped: {error} The last state is kept."
        if self.status is Status.RUNNING:
            self.status, self._message = Status.FAILED, message
            self._keep()
