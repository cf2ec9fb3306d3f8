"""Waiting for a condition, as tests of what happens in other threads and processes must."""

import threading
from collections.abc import Callable

import pytest

LOOK_SECONDS = 0.02


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Look until the condition holds; fail if it does not in time: workers leave their cores to all else there is."""
    tick = threading.Event()
    for _ in range(int(seconds / LOOK_SECONDS)):
        if condition():
            return
        tick.wait(LOOK_SECONDS)
    pytest.fail(f"It did not happen within {seconds} seconds.")
