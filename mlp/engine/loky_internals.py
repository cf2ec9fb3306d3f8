"""The private parts of loky that the pool relies on; tests/engine/test_engine.py fails if a new loky lacks them.

Written for loky 3.7. Without them, work whose worker was killed while it wrote its result would never end, a message
could not tell a lack of memory from a crash, and stopping the server would print tracebacks. They cost no speed.
"""

from typing import Any

from loky import process_executor


def processes(executor: Any) -> list[Any]:
    """Return an executor's processes, as multiprocessing has them."""
    return list((executor._processes or {}).values())


def close_results(executor: Any) -> None:
    """Close our own writing end of the pipe for results.

    loky waits forever for the rest of a result whose worker was killed while writing it. With the worker gone and this
    end closed, it reads the end of the file, and notices.
    """
    executor._result_queue._writer.close()


def python_ends() -> bool:
    """Whether Python is shutting down. Executors then accept no more work: `submit` raises RuntimeError."""
    ends: bool = process_executor._global_shutdown
    return ends
