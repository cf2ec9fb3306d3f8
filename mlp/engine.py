"""The engine trains runs in other processes, a quantum at a time, so that many runs take turns.

One thread, the conductor, hands quanta to the pool and takes results back. Pages only say what they want of a run
(train, pause, another learning rate) and look at views; they never wait for training.
"""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from time import monotonic

import loky

from mlp.config import RunConfig
from mlp.pool import LocalPool
from mlp.quantum import Quantum, train_quantum, warm_up
from mlp.run import Change, LiveRun, Request, RunView, Status

__all__ = ["Change", "Engine", "LiveRun", "RunView", "Status"]

log = logging.getLogger(__name__)

QUANTUM_SECONDS = 0.15  # shorter than a tick of the page, so that each tick has news
ABANDONED_SECONDS = 60.0
CHECK_SECONDS = 1.0  # between looks at the workers while results are due


@dataclass(frozen=True, eq=False)
class _Flight:
    """A quantum on its way to a worker and back."""

    run: LiveRun
    request: Request
    future: Future[Quantum]
    executor: Executor
    launched: float
    crowded: bool  # more runs than workers, so it may have stood in line


class Engine:
    """Keeps at most one quantum of each run in flight on a shared pool.

    `pool` makes any concurrent.futures.Executor whose workers can import `mlp`; `workers` is how many it has.
    """

    def __init__(
        self,
        pool: Callable[[], Executor] = LocalPool,
        workers: int | None = None,
        abandoned_seconds: float = ABANDONED_SECONDS,
    ) -> None:
        self._pool = pool
        self._workers: int = workers or loky.cpu_count()
        self._abandoned_seconds = abandoned_seconds
        self._executor = pool()
        self._lock = threading.RLock()
        self._runs: list[LiveRun] = []
        self._flights: dict[LiveRun, _Flight] = {}
        # Flights that are back, and None for "look what is wanted".
        self._inbox: queue.SimpleQueue[_Flight | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._conductor = threading.Thread(target=self._conduct, name="conductor", daemon=True)
        self._conductor.start()

    def open(self, config: RunConfig) -> LiveRun:
        """Return a new run, ready to train. Raises DatasetError where its data can't be had."""
        run = LiveRun(config, self._lock, self._wake, self._forget, monotonic)
        with self._lock:
            self._runs.append(run)
            try:
                for _ in range(self._workers):
                    self._executor.submit(warm_up, config.dataset)
            except BrokenExecutor:
                self._replace(self._executor)
        return run

    def close(self) -> None:
        """End the conductor and the workers."""
        self._closed.set()
        self._wake()
        self._conductor.join()
        self._executor.shutdown(wait=True)

    def _wake(self) -> None:
        self._inbox.put(None)

    def _forget(self, run: LiveRun) -> None:
        with self._lock:
            if run in self._runs:
                self._runs.remove(run)

    def _conduct(self) -> None:
        wait: float | None = None
        while not self._closed.is_set():
            try:
                flight = self._inbox.get(timeout=wait)
            except queue.Empty:
                flight = None
                # Nothing has come back for a while.
                if isinstance(self._executor, LocalPool) and self._flights:
                    self._executor.check()
            with self._lock:
                if flight is not None:
                    self._receive(flight)
                wait = self._launch_due()

    def _replace(self, broken: Executor) -> None:
        if broken is self._executor:
            log.warning("A worker died; starting a new pool")
            self._executor = self._pool()

    def _receive(self, flight: _Flight) -> None:
        """Give a quantum to its run, or take note that it was lost."""
        del self._flights[flight.run]
        error = flight.future.exception()
        if isinstance(error, BrokenExecutor):
            self._replace(flight.executor)
        if flight.run not in self._runs:
            return
        if error is not None:
            flight.run.lose(error)
            return
        quantum = flight.future.result()
        on_its_way = max(monotonic() - flight.launched - quantum.seconds, 0.0)
        flight.run.land(flight.request, quantum, None if flight.crowded else on_its_way)

    def _launch_due(self) -> float | None:
        """Launch what may start now; return the seconds until something else may happen, None if nothing will."""
        now = monotonic()
        running = [run for run in self._runs if run.status is Status.RUNNING]
        waits = []
        for run in running:
            unseen = now - run.last_seen
            if unseen >= self._abandoned_seconds:
                run.pause(f"Paused by itself: no page has looked at it for {self._abandoned_seconds:.0f} seconds.")
                continue
            waits.append(self._abandoned_seconds - unseen)
            if run in self._flights:
                continue
            if run.due > now:
                waits.append(run.due - now)
                continue
            self._launch(run, len(running))
        if self._flights:
            waits.append(CHECK_SECONDS)
        return min(waits, default=None)

    def _launch(self, run: LiveRun, running: int) -> None:
        # With more runs than workers each waits its turn; shorter turns keep every curve moving.
        seconds = QUANTUM_SECONDS * min(1.0, self._workers / running)
        request = run.request(seconds)
        try:
            future = self._executor.submit(train_quantum, *request)
        except BrokenExecutor:  # it died while idle
            self._replace(self._executor)
            future = self._executor.submit(train_quantum, *request)
        flight = _Flight(run, request, future, self._executor, monotonic(), running > self._workers)
        self._flights[run] = flight
        future.add_done_callback(lambda _: self._inbox.put(flight))
