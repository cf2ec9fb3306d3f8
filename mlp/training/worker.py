"""What a worker process does besides training: it steps aside for the page, and ends with its server.

It is apart from the pool, because a worker imports it: the engine and the store would cost it time and memory.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from mlp.datasets import load_dataset

T = TypeVar("T")

NICENESS = 10  # so the UI gets the CPU first


def begin_worker(parent: int, idle_only: bool) -> None:
    """Lower this process's priority, and have it end with the process `parent` that started it.

    `idle_only`: run only on a core that nothing else wants.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the server too, which ends its workers
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


def packed(work: Callable[[], T]) -> Callable[[], T]:
    """Return work that a worker unpacks when it does it, not when it receives it.

    Unpacking may load a data set. If that fails, only this work fails; loky would give up the worker.
    """
    arrays: list[pickle.PickleBuffer] = []  # not copied: they are pickled on their way only
    return partial(_unpack, pickle.dumps(work, protocol=5, buffer_callback=arrays.append), arrays)


def _unpack(work: bytes, arrays: list[pickle.PickleBuffer]) -> Any:
    return pickle.loads(work, buffers=arrays)()  # noqa: S301 (from this server, as everything loky pickles)


def warm_up(dataset: str) -> None:
    """Load the library and a data set, so that the first quantum need not wait for them."""
    load_dataset(dataset)
