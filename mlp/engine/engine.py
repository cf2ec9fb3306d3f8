"""The engine trains runs in other processes, one quantum at a time, so that many runs take turns.

    engine = Engine(store=Store())
    run = engine.open(config, token)
    run.start()
    …
    engine.resume(run.id)  # in another server

One thread, the conductor, hands quanta to the pool and takes results back. Pages only request changes to a run
(train, pause, another learning rate) and look at views; they never wait for training.
"""

import logging
import queue
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from mlp.config import RunConfig, with_live_settings
from mlp.datasets import dataset_info
from mlp.engine.allowance import Allowance
from mlp.engine.loky_internals import python_ends
from mlp.engine.pool import LocalPool, Pool, usual_pool
from mlp.engine.run import Listener, Run
from mlp.engine.stored import Recorder, StoredRun, check_not_deleted, resumed
from mlp.engine.turns import Turns
from mlp.limits import ALONE, Limits
from mlp.store import Store, StoreError
from mlp.tokens import token_hash
from mlp.training import Model, TrainingState, finished
from mlp.training.checkpoint import Checkpoint, Status, begun_with
from mlp.training.history import History
from mlp.training.pacing import PACED_SECONDS
from mlp.training.quantum import Quantum, QuantumResult, train_quantum
from mlp.training.tuning import Tuned

log = logging.getLogger(__name__)

T = TypeVar("T")

QUANTUM_SECONDS = 0.15  # shorter than a tick of the page, so that each tick has news
ROUND_SECONDS = 0.6  # in which each of many runs has a turn, so that every curve moves each second
MOST_QUANTA = 200  # a second, of all runs together: what this process has time for,
MOST_PACED_QUANTA = 120  # of runs that are slowed down: pages are to be drawn, too
AHEAD = 2  # quanta for each worker: one that it trains, and one in line, so that it need not wait for the next
ABANDONED_SECONDS = 60.0
SERVER_STOPPED = "Paused because the server was stopped."


@dataclass(frozen=True, eq=False)
class _Flight:
    """A quantum on its way to a worker and back."""

    run: Run
    quantum: Quantum
    launched: float
    crowded: bool  # more runs than workers, so it may have waited in line


class _Turn(NamedTuple):
    """How long a run's next quantum is to be: the arguments of `Run.next_quantum`."""

    seconds: float
    crowded: bool
    apart: float


def _turn_among(running: int, workers: int) -> _Turn:
    """Return a turn for one of many runs: with more than workers, as long as every curve can wait for the others'."""
    seconds = max(min(QUANTUM_SECONDS, ROUND_SECONDS * workers / running), workers / MOST_QUANTA)
    return _Turn(seconds, running > workers, max(PACED_SECONDS, running / MOST_PACED_QUANTA))


@contextmanager
def _alone(run: Run) -> Iterator[None]:
    """Have an error that nobody expected end this run, and no other: the conductor leads them all."""
    try:
        yield
    except Exception as error:
        if python_ends():
            raise
        run.lose(error)


class Engine:
    """Keeps at most one quantum of each run in flight on a shared pool.

    Idle runs that nobody references are dropped from memory; the store, if there is one, keeps them.

    Parameters
    ----------
    pool
        Makes the workers that train: by default, one per core of this machine, or those of the cluster that the
        variable MLP_CLUSTER names.
    abandoned_seconds
        After this time without a look at it, a run pauses.
    store
        Keeps the runs, so that they survive this process.
    limits
        How many runs may train at once, and how much memory each may need.
    """

    def __init__(
        self,
        pool: Callable[[], Pool] = usual_pool,
        abandoned_seconds: float = ABANDONED_SECONDS,
        store: Store | None = None,
        limits: Limits = ALONE,
    ) -> None:
        self._abandoned_seconds = abandoned_seconds
        self._pool = pool()
        # A worker that leaves its core to everything else would keep a person waiting for minutes on a busy machine.
        self._prompt = LocalPool(workers=0)
        self._lock = threading.RLock()
        self._store = store
        self._resuming = threading.Lock()
        self._runs: weakref.WeakSet[Run] = weakref.WeakSet()
        self._running: list[Run] = []  # referenced here, even if no page shows them
        self._allowance = Allowance(limits, lambda: [run.owner for run in self.training()])
        self._turns = Turns()
        self._flights: dict[Future[QuantumResult], _Flight] = {}
        # Results that are back, and runs with new requests.
        self._inbox: queue.SimpleQueue[Future[QuantumResult] | Run | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._conductor = threading.Thread(target=self._conduct, name="conductor", daemon=True)
        self._conductor.start()

    def open(self, config: RunConfig, token: str = "", keep: bool = True, trial: tuple[str, str] = ("", "")) -> Run:
        """Return a new run, ready to train. Its `token` will give control of it when it is resumed from the store.

        `keep`: save it in the store, if there is one; with its search and what that knows of it, if it is a `trial`.
        Raises DatasetError if its data is not available, ConfigError if it may need too much memory.
        """
        self._allowance.check_memory(config, dataset_info(config.dataset))
        unstored = Listener(token_hash(token))
        return self._admit(config, Recorder(self._store, token, trial=trial) if keep and self._store else unstored)

    def check_start(self, token: str, runs: int = 1, new: bool = True) -> None:
        """Raise ConfigError if `runs` more of this token may not train; StoreError if they are `new`, with no room."""
        with self._lock:
            self._allowance.check_start(token_hash(token), runs)
        if self._store and new:
            self._store.check_kept(token_hash(token), runs)

    def find(self, run_id: str) -> Run | None:
        """Return the run with this id if it is in memory, and no other server has continued it."""
        if not run_id or (self._store and self._store.is_lost(run_id)):
            return None
        with self._lock:
            return next((run for run in self._runs if run.id == run_id), None)

    def training(self) -> list[Run]:
        """Return all runs that train now."""
        with self._lock:
            return [run for run in self._runs if run.status is Status.RUNNING]

    def look(self, run_id: str, token: str = "") -> Run | StoredRun:
        """Return a run for viewing only. Raises StoreError if there is none, or it is deleted and not this token's."""
        store = self._need_store()
        check_not_deleted(store, run_id, token)
        return (self.find(run_id) if store.is_here(run_id) else None) or StoredRun(store, run_id)

    def resume(self, run_id: str) -> Run:
        """Return a run that can continue from its latest state, from memory or else from the store.

        Raises StoreError if there is none, or another server trains it; DatasetError if its data is not available.
        """
        store = self._need_store()
        with self._resuming:
            if store.is_here(run_id) and (run := self.find(run_id)):
                return run
            past = resumed(store, run_id)
            if run := self.find(run_id):  # as it was before another server continued it
                with self._lock:
                    run.begin(past[0].config, *past)
                return run
            return self._admit(past[0].config, Recorder(store, run_id=run_id), *past)

    def fork(self, run_id: str, step: int | None, config: RunConfig, token: str) -> Run:
        """Return a new run that continues from another's last kept state at or before `step`, or from its latest.

        It takes those settings from `config` that may change during a run. Raises StoreError as `look` does, without
        such a state, or with no more room; DatasetError without its data; ConfigError for too large a batch.
        """
        store = self._need_store()
        parent = self.look(run_id, token).view()
        model = parent.model if step is None else store.model_at(run_id, step)
        config, state = with_live_settings(model.config, config), model.state
        config.check(model.dataset.info)
        self._allowance.check_memory(config, model.dataset.info)
        store.check_kept(token_hash(token))
        status = (Status.FINISHED if finished(config, state) else Status.PAUSED) if state.step else Status.READY
        past = replace(parent.until(state.step), model=model, status=status)
        # A fork from before the first step has the first report as its own.
        history = parent.history.until(state.step)
        forked = replace(past, history=history, changes=(*past.changes, past.mark("forked")))
        begun, recorded = (replace(each, model=replace(model, config=config)) for each in (past, forked))
        store.record(child := store.begin(begun, token, parent=(run_id, state.step)), recorded)
        return self._admit(config, Recorder(store, run_id=child), forked, parent.initial)

    def keep_tuned(self, run_id: str, before: Model, tuned: Tuned, made_by: str, token: str) -> str:
        """Store a fine-tuned network as a paused fork of its run, at the run's place in the epoch; return its id.

        `before` is the network that was tuned; `made_by` says how, as a mark on the curves and as the fork's name.
        Raises StoreError if no more runs may be stored.
        """
        store = self._need_store()
        store.check_kept(token_hash(token))
        start, state = Checkpoint(before), before.state
        child = store.begin(start, token, name=made_by.capitalize(), parent=(run_id, state.step))
        history = History()
        history.append(replace(tuned.report, epoch=state.epoch, progress=before.progress, validation=tuned.after))
        status = Status.FINISHED if finished(before.config, tuned.state) else Status.PAUSED
        tuned_model, marks = replace(before, state=tuned.state), (start.mark(made_by),)
        store.record(child, Checkpoint(tuned_model, status, history.view(), marks))
        store.release(child)
        store.flush()  # so that it can be opened; if nothing can be saved, the store's notice says why
        return child

    def keep_opened(self, model: Model, name: str, token: str) -> str:
        """Store a network from elsewhere as a paused run; return its id.

        Raises StoreError for a name that is too long, or if nothing can be saved.
        """
        store = self._need_store()
        store.check_kept(token_hash(token))
        run_id = store.begin(Checkpoint(model), token, name=name)
        store.record(run_id, begun_with(model))
        store.release(run_id)
        if not store.flush() or store.trouble_of(run_id):
            raise StoreError(store.trouble_of(run_id))
        return run_id

    def compute(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Have a process apart from training compute what a person waits for; BrokenExecutor if it dies."""
        self._allowance.check_open()
        return self._prompt.submit(function, *arguments)

    @property
    def trouble(self) -> str:
        """Why nothing trains, in a sentence for a person; empty if all is well."""
        return self._pool.trouble

    def _need_store(self) -> Store:
        if self._store is None:
            raise StoreError("Runs are not stored here. Give the engine a store.")
        return self._store

    def _admit(
        self, config: RunConfig, listener: Listener, at: Checkpoint | None = None, initial: TrainingState | None = None
    ) -> Run:
        run = Run(config, at, initial=initial, listener=listener, lock=self._lock, wake=self._inbox.put)
        run.allowance = self._allowance
        with self._lock:
            self._runs.add(run)
        self._pool.warm_up(config.dataset)
        return run

    def close(self) -> None:
        """Pause all runs; end the conductor and the workers at once. ConfigError refuses what is asked later."""
        with self._lock:
            self._allowance.close()
            for run in self._runs:
                run.pause(SERVER_STOPPED)
        self._closed.set()
        self._inbox.put(None)
        self._conductor.join()
        self._pool.shutdown(cancel_futures=True)
        self._prompt.shutdown(cancel_futures=True)

    def _conduct(self) -> None:
        wait: float | None = None
        while not self._closed.is_set():
            try:
                wait = self._turn(wait)
            except RuntimeError:
                if not python_ends():
                    raise
                return

    def _turn(self, wait: float | None) -> float | None:
        """Wait at most `wait` seconds for news, with no run referenced, and handle it; return how long to wait next."""
        try:
            news = self._inbox.get(timeout=wait)
        except queue.Empty:
            news = None
        with self._lock:
            if isinstance(news, Future):
                self._receive(news)
            return self._launch_due()

    def _receive(self, future: Future[QuantumResult]) -> None:
        """Give a finished quantum to its run, or report that it was lost."""
        flight = self._flights.pop(future)
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            flight.run.lose(error)
            return
        result = future.result()
        on_its_way = max(monotonic() - flight.launched - result.seconds, 0.0)
        with _alone(flight.run):
            flight.run.receive(flight.quantum, result, None if flight.crowded else on_its_way)

    def _launch_due(self) -> float | None:
        """Launch all quanta that are due; return the seconds until the next may be, None if none will."""
        now = monotonic()
        self._running = running = self.training()
        waits, due = [], []
        flying = {flight.run for flight in self._flights.values()}
        for run in running:
            unseen = now - run.last_seen
            if unseen >= self._abandoned_seconds:
                run.pause(f"Paused automatically: nobody was watching for {self._abandoned_seconds:.0f} seconds.")
                continue
            waits.append(self._abandoned_seconds - unseen)
            if run in flying:
                continue
            if run.due > now:
                waits.append(run.due - now)
                continue
            due.append(run)
        workers = max(self._pool.workers, 1)
        for run in self._turns.take(due, running, AHEAD * workers - len(self._flights)):
            with _alone(run):
                self._launch(run, len(running), workers)
        return min(waits, default=None)

    def _launch(self, run: Run, running: int, workers: int) -> None:
        turn = _turn_among(running, workers)
        quantum = run.next_quantum(*turn)
        future = self._pool.submit(train_quantum, *quantum)
        self._flights[future] = _Flight(run, quantum, monotonic(), turn.crowded)
        future.add_done_callback(self._inbox.put)
