"""The pool is a few worker processes on this machine, one for each core."""

import os
import sys

import loky

from mlp.quantum import follow_parent

# The products of one step are too small to share out among threads; the cores are better used by other runs.
WORKER_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

PATIENCE = 10  # of 19 that a process can have: whoever looks at the page, or draws, is answered before it trains on


class LocalPool(loky.ProcessPoolExecutor):  # type: ignore[misc]  # loky has no type hints
    """loky's executor: the standard library's pools import the main module again in each worker, and a Streamlit page
    can't be imported.

    A worker that dies breaks the pool: all its futures fail with BrokenExecutor, and another pool is needed.
    """

    def __init__(self, workers: int | None = None) -> None:
        super().__init__(
            workers or loky.cpu_count(),
            env=WORKER_ENVIRONMENT,
            initializer=_settle,
            initargs=(os.getpid(),),
        )
        self._missing = 0

    def check(self) -> None:
        """Break the pool if a worker's death goes unnoticed. To be called every second or so while results are due.

        loky notices by itself, but for one moment: it waits forever for the rest of a result whose worker was killed
        while writing it. With the other workers gone and our own writing end closed, it reads the end of the file.
        """
        workers = list((self._processes or {}).values())
        self._missing = self._missing + 1 if any(not worker.is_alive() for worker in workers) else 0
        if self._missing == 2:  # twice in a row: loky is not about to notice
            for worker in workers:
                worker.terminate()
            self._result_queue._writer.close()


def _settle(parent: int) -> None:
    """Make a worker give way to what does not train, and end with the process that started it."""
    if sys.platform != "win32":
        os.nice(PATIENCE)
    follow_parent(parent)
