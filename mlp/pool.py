"""The pool is a few worker processes on this machine, one for each core."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from multiprocessing.connection import wait
from typing import Any, ParamSpec, TypeVar

import loky
from loky import process_executor

from mlp.quantum import follow_parent

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# The products of one step are too small to share out among threads; the cores are better used by other runs.
WORKER_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

CHECK_SECONDS = 1.0  # between looks at the workers
PATIENCE = 10  # of 19 that a process can have: whoever looks at the page, or draws, is answered before it trains on


class LocalPool(Executor):
    """Hands work to one worker as long as there is only one thing to do, otherwise to one for each core.

    So a lone run stays with one worker, on one core, and the page has the others: where quanta went to all workers in
    turn, watching cost the training 5 % instead of 2.3 %. The workers for each core yield theirs at once to whoever
    wants it, and the page answers about a seventh sooner while they are all at work; a lone run would lose 3 % by that
    (`python -m benchmarks.browser` and `inspect_views`, two cores). A worker that dies fails its own futures, with
    BrokenExecutor; another one takes its place.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._lock = threading.Lock()
        self._workers = [_Worker(_give_way), *(_Worker(_yield) for _ in range(workers or loky.cpu_count()))]
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="pool-watch", daemon=True).start()

    def submit(self, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Future[T]:
        """Have a worker do something; where none is free, the one with the least to do."""
        with self._lock:
            lone, *others = self._workers
            busy = any(worker.load for worker in self._workers)
            worker = min(others, key=lambda worker: worker.load) if busy else lone
            return worker.submit(function, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers, once they have done what they were given."""
        for worker in self._workers:
            worker.shutdown(wait)
        self._ended.set()  # not before: a worker may die while it does the last it was given

    def _watch(self) -> None:
        """Notice deaths that loky does not."""
        while not self._ended.wait(CHECK_SECONDS):
            with self._lock:
                for worker in self._workers:
                    worker.check()


class _Worker:
    """One process at a time, under a loky executor of its own.

    loky's, because the standard library's pools import the main module again in each worker, and a Streamlit page
    can't be imported.
    """

    def __init__(self, settle: Callable[[], None]) -> None:
        self._settle = settle
        self._executor = self._start()
        self._missing = 0  # looks in a row at which the process was gone
        self._due: set[Future[Any]] = set()

    @property
    def load(self) -> int:
        """How much it was given and has not done."""
        return sum(not future.done() for future in list(self._due))  # a result is there before its callbacks run

    def submit(self, function: Callable[..., T], *arguments: Any, **named: Any) -> Future[T]:
        try:
            future: Future[T] = self._executor.submit(function, *arguments, **named)
        except BrokenExecutor:
            log.warning("A worker died; starting another")
            self._executor, self._missing = self._start(), 0
            future = self._executor.submit(function, *arguments, **named)
        self._due.add(future)
        future.add_done_callback(self._due.discard)
        return future

    def check(self) -> None:
        """Break the executor if the process's death goes unnoticed.

        loky notices by itself, but for one moment: it waits forever for the rest of a result whose worker was killed
        while writing it. With the worker gone and our own writing end closed, it reads the end of the file.
        """
        executor = self._executor
        processes = list((executor._processes or {}).values())
        # A sentinel is ready once its process is gone; `is_alive` says yes for ever where somebody else waited for it.
        gone = wait([process.sentinel for process in processes], timeout=0)
        self._missing = self._missing + 1 if gone else 0
        if self._missing == 2:  # twice in a row: loky is not about to notice
            executor._result_queue._writer.close()

    def shutdown(self, wait: bool) -> None:
        self._executor.shutdown(wait=wait)

    def _start(self) -> Any:  # loky has no type hints
        return loky.ProcessPoolExecutor(
            1, env=WORKER_ENVIRONMENT, initializer=_begin, initargs=(self._settle, os.getpid())
        )


def python_ends() -> bool:
    """Tell whether Python has begun to end: executors take no work any more then; `submit` raises RuntimeError."""
    ends: bool = process_executor._global_shutdown
    return ends


def _begin(settle: Callable[[], None], parent: int) -> None:
    """Make a worker give way to what does not train, and end with the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the server, too, which ends its workers
    settle()
    follow_parent(parent)


def _give_way() -> None:
    if sys.platform != "win32":
        os.nice(PATIENCE)


def _yield() -> None:
    if sys.platform == "linux":
        # What is only less important keeps a core for up to 3.5 ms when another wakes up, and a page is many handovers.
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        _give_way()
