"""What a worker process does besides training: it steps aside for the page, and ends with its server.

It is apart from the pool, because a worker imports it: the engine and the store would cost it time and memory.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from mlp.datasets import load_dataset
from mlp.machine import Machine, programs, this_machine

SWITCH_SECONDS = 0.0005
NICENESS = 10  # so the UI gets the CPU first


def begin_worker(parent: int, idle_only: bool) -> None:
    """Lower this process's priority, and have it end with the process `parent` that started it.

    `idle_only`: run only on a core that nothing else wants.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach the server too, which ends its workers
        signal.signal(number, signal.SIG_IGN)
    if idle_only and sys.platform == "linux":
        # A merely niced process keeps a core for up to 3.5 ms when another wakes up, and a page is many handovers.
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    elif sys.platform != "win32":
        os.nice(NICENESS)
    threading.Thread(target=_end_with, args=(parent,), name="follow-parent", daemon=True).start()


def _end_with(parent: int, seconds: float = 1.0) -> None:
    """End this process once its parent is gone, even if that was killed without warning."""
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(seconds)
    os._exit(1)


def pickled(work: Callable[[], Any]) -> tuple[bytes, list[np.ndarray]]:
    """Return work as `do_pickled` takes it, which unpickles it when it is done, not when it is received.

    Unpickling may load a data set. If that fails, only this work fails; loky would give up the worker.
    """
    buffers: list[pickle.PickleBuffer] = []  # not copied: they are pickled on their way only
    content = pickle.dumps(work, protocol=5, buffer_callback=buffers.append)
    # What Dask makes of buffers, its scheduler can't pickle when it passes them on.
    return content, [np.asarray(buffer.raw()) for buffer in buffers]


def do_pickled(work: bytes, arrays: list[np.ndarray]) -> Any:
    """Do what was pickled, and return its result."""
    return pickle.loads(work, buffers=arrays)()  # noqa: S301  # nosec B301  # from this server, as all that workers are sent


class Worker(NamedTuple):
    """What a worker of a cluster says about itself."""

    machine: Machine
    programs: dict[str, str]  # their versions


def join_cluster() -> Worker:
    """Prepare this process to be a worker of a cluster; return what it is."""
    # It trains in one thread and talks in another, which would wait for Python's lock 5 ms each time.
    sys.setswitchinterval(SWITCH_SECONDS)
    return Worker(this_machine(), programs())


def warm_up(dataset: str) -> None:
    """Load the library and a data set, so that the first quantum need not wait for them."""
    load_dataset(dataset)
