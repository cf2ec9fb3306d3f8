"""The pool is a few worker processes on this machine, one per core."""

import logging
import os
import re
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from multiprocessing.connection import wait
from typing import Any, ParamSpec, Protocol, TypeVar

import loky

from mlp.config import ConfigError
from mlp.engine.loky_internals import close_results, is_broken, processes, widen_pipes
from mlp.text import quoted
from mlp.training.worker import begin_worker, do_pickled, pickled, warm_up

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# The products of one step are too small to share among threads; the cores are better used by other runs.
WORKER_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

ADDRESS = re.compile(r"(?P<scheme>(tcp|tls)://)?([\w.-]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})")

CHECK_SECONDS = 1.0  # between looks at the workers


class WorkerDied(BrokenExecutor):
    """The worker died while it did this work; the message says what is known of its death."""


class Pool(Protocol):
    """What an engine needs of workers, wherever they are."""

    @property
    def workers(self) -> int:
        """How many quanta are trained at once; it may change."""

    @property
    def trouble(self) -> str:
        """Why work waits, in a sentence for a person; empty if all is well."""

    def submit(self, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Future[T]:
        """Have a worker do something. If the worker is lost, the future has an error for which `is_lost_worker`."""

    def warm_up(self, dataset: str) -> None:
        """Expect work on a data set."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the work; with `cancel_futures` at once."""


class LocalPool(Executor):
    """Hands work to one worker as long as there is only one thing to do, otherwise to one per core.

    So a lone run stays with one worker, on one core, and the page has the others: when quanta went to all workers in
    turn, watching cost the training 5 % instead of 2.3 %. The workers per core yield theirs at once to anything else
    that wants it, and the page answers about a seventh sooner while they are all busy; a lone run would lose 3 % by
    that (`python -m benchmarks.browser` and `views`, two cores). A worker that dies fails only the work it was
    doing, with WorkerDied; another worker takes its place, and does what was waiting in line.

    `workers` is how many there are besides the first one: one per core unless given.
    """

    trouble = ""  # without a worker, work fails

    def __init__(self, workers: int | None = None) -> None:
        # Reentrant: what fails while it is being handed out is noticed by the thread that hands it out.
        self._lock = threading.RLock()
        self.workers: int = loky.cpu_count() if workers is None else workers
        self._workers = [_Worker(number > 0, self._lock) for number in range(1 + self.workers)]
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="pool-watch", daemon=True).start()

    def submit(self, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Future[T]:
        """Have a free worker do something; if none is free, the one with the least to do."""
        work = partial(do_pickled, *pickled(partial(function, *arguments, **named)))
        with self._lock:
            lone, *others = self._workers
            busy = any(worker.load for worker in self._workers)
            worker = min(others, key=lambda worker: worker.load, default=lone) if busy else lone
            future: Future[T] = Future()
            worker.enqueue(future, work)
            return future

    def warm_up(self, dataset: str) -> None:
        """Have the workers load a data set, so that the first quantum need not wait for it."""
        for _ in range(self.workers):
            self.submit(warm_up, dataset)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers once they have done what they were given; with `cancel_futures` at once, by killing them."""
        for worker in self._workers:
            worker.shutdown(wait, kill=cancel_futures)
        self._ended.set()  # not before: a worker may die while it does the last it was given

    def _watch(self) -> None:
        """Notice deaths that loky misses."""
        while not self._ended.wait(CHECK_SECONDS):
            with self._lock:
                for worker in self._workers:
                    worker.check()


@dataclass(frozen=True, eq=False)
class _Task:
    """Work in a worker's line."""

    work: Callable[[], Any]
    done: Future[Any]  # the executor's
    owned: Future[Any]  # the one that was given out; it outlives executors


class _Worker:
    """One process at a time, under its own loky executor, and the line of work in front of it.

    loky's, because the standard library's pools import the main module again in each worker, and a Streamlit page
    can't be imported. An executor that loses its process fails everything it was given. But one process works in the
    order in which it was given work, so only the first in line was under way.
    """

    def __init__(self, idle_only: bool, lock: threading.RLock) -> None:
        """`idle_only`: it leaves its core at once to anything else that wants it."""
        self._idle_only, self._lock = idle_only, lock
        self._executor = self._start()
        self._missing = 0  # looks in a row at which the process was gone
        self._line: deque[_Task] = deque()
        self._ending = False

    @property
    def load(self) -> int:
        return len(self._line)

    def enqueue(self, owned: Future[Any], work: Callable[[], Any]) -> None:
        """Put work in line, whose result `owned` will have."""
        with self._lock:
            try:
                try:
                    done = self._executor.submit(work)
                except BrokenExecutor:
                    self._replace(self._executor)
                    done = self._executor.submit(work)
            except OSError as error:
                fail(owned, WorkerDied(f"No worker could be started ({error})"))
                return
            except BrokenExecutor:  # the log says why
                fail(owned, WorkerDied("No worker could be started"))
                return
            task, executor = _Task(work, done, owned), self._executor
            self._line.append(task)
            done.add_done_callback(lambda _: self._finish(task, executor))

    def _finish(self, task: _Task, executor: Any) -> None:
        error = task.done.exception()
        if isinstance(error, BrokenExecutor):
            self._replace(executor)
            return
        with self._lock:
            if executor is not self._executor:  # another worker is doing it again
                return
            self._line.remove(task)  # before its owner hears of it, and may ask for more
        if error is not None:
            fail(task.owned, error)
        elif task.owned.set_running_or_notify_cancel():
            task.owned.set_result(task.done.result())

    def _replace(self, executor: Any) -> None:
        """Start another worker after a death. The task under way is lost; the new worker does the rest of the line.

        If none can be started, all of the line is lost.
        """
        with self._lock:
            if executor is not self._executor:  # done already: every task of a broken executor leads here
                return
            died = WorkerDied(_describe_death(executor))
            line, self._line = self._line, deque()
            lost = len(line) if self._ending else 1
            try:
                self._executor, self._missing = self._start(), 0
                log.warning("%s; another was started", died)
            except OSError as error:
                lost = len(line)  # and the next work tries again
                log.warning("%s, and no other could be started (%s)", died, error)
            for place, task in enumerate(line):
                if place < lost:
                    fail(task.owned, died)
                    continue
                try:
                    self.enqueue(task.owned, task.work)
                except RuntimeError as error:  # Python is shutting down
                    fail(task.owned, error)

    def check(self) -> None:
        """Break the executor if the process's death goes unnoticed; replace one that is broken and still has a line."""
        # A sentinel is ready once its process is gone; `is_alive` stays true if another thread waited for it.
        gone = wait([process.sentinel for process in processes(self._executor)], timeout=0)
        self._missing = self._missing + 1 if gone else 0
        if self._missing == 2:  # twice in a row: loky is not about to notice
            close_results(self._executor)
        if self._line and is_broken(self._executor):
            self._replace(self._executor)

    def shutdown(self, wait: bool, kill: bool) -> None:
        self._ending = True
        self._executor.shutdown(wait=wait, kill_workers=kill)

    def _start(self) -> Any:  # loky has no type hints
        executor = loky.ProcessPoolExecutor(
            1, env=WORKER_ENVIRONMENT, initializer=begin_worker, initargs=(os.getpid(), self._idle_only)
        )
        widen_pipes(executor)
        return executor


def fail(future: Future[Any], error: BaseException) -> None:
    """Have a future raise an error, unless it was cancelled."""
    if future.set_running_or_notify_cancel():
        future.set_exception(error)


def _describe_death(executor: Any) -> str:
    codes = (process.exitcode for process in processes(executor))
    code = next((code for code in codes if code is not None), None)
    if code is None:
        return "The worker died"
    if code >= 0:
        return f"The worker exited with code {code}"
    if code == -9:
        return "The worker was killed (signal 9), possibly out of memory"
    return f"The worker crashed (signal {-code})"


def usual_pool() -> Pool:
    """Return the cluster that MLP_CLUSTER names or, without one, the cores of this machine.

    Raises ConfigError if it names none that can be used.
    """
    given = os.environ.get("MLP_CLUSTER")
    if not given:
        return LocalPool()
    address = cluster_address(given)
    check_dask(address)
    from mlp.engine.cluster import ClusterPool

    return ClusterPool(address)


def check_dask(address: str = "") -> None:
    """Raise ConfigError unless Dask is installed, and configured for TLS if a scheduler's address asks for it."""
    if find_spec("distributed") is None:
        raise ConfigError(
            "Training on a cluster needs Dask, which is not installed. Install it with "
            "`pip install -r requirements-cluster.txt` in a checkout, else with `pip install 'mlp[cluster]'`."
        )
    if address.startswith("tls://"):
        from distributed.security import Security

        if Security().get_connection_args("client")["ssl_context"] is None:
            raise ConfigError(
                f"{address} asks for TLS, and Dask is configured for none. Set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
                "and in the same way TLS__CLIENT__CERT and TLS__CLIENT__KEY."
            )


def cluster_address(text: str) -> str:
    """Return the address of a cluster's scheduler as Dask writes it. Raises ConfigError if it is none.

    >>> cluster_address("scheduler:8786")
    'tcp://scheduler:8786'
    """
    found = ADDRESS.fullmatch(text)
    if not found or not 0 < int(found["port"]) < 65536:
        raise ConfigError(
            f"The cluster's address is {quoted(text)}; it must be that of a Dask scheduler, such as "
            "tcp://scheduler:8786."
        )
    return text if found["scheme"] else f"tcp://{text}"


def is_lost_worker(error: BaseException) -> bool:
    """Whether work failed, on any executor, because its worker was lost: doing it again may help."""
    return isinstance(error, BrokenExecutor | CancelledError)


def describe_loss(error: BaseException) -> str:
    return str(error) if isinstance(error, WorkerDied) else f"The worker was lost ({type(error).__name__})"
