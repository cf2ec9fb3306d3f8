"""How long the server takes to answer panels, and from when on it tells them that it is busy."""

from collections.abc import Callable
from math import exp
from threading import Lock
from time import perf_counter

BUSY_SECONDS, CALM_SECONDS = 0.25, 0.12  # from which mean on it is busy, and until which it stays so
MEMORY_SECONDS = 5.0  # an answer counts for about as long
MOST_SECONDS = 0.2  # that one answer stands for: a slow one of somebody alone is no crowd
BUSY = "The server is busy, so the page answers slowly. Training goes on."


class AnswerTimes:
    """The mean of the latest answers' times."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._lock = Lock()
        self._noted = -MEMORY_SECONDS
        self._mean = 0.0
        self._is_busy = False

    def note(self, seconds: float) -> None:
        """Note that an answer took so long."""
        with self._lock:
            now = self._clock()
            share = 1 - exp(-min(now - self._noted, MOST_SECONDS) / MEMORY_SECONDS)
            self._noted = now
            self._mean += share * (seconds - self._mean)
            self._is_busy = self._mean > (CALM_SECONDS if self._is_busy else BUSY_SECONDS)

    @property
    def sentence(self) -> str:
        """What a panel tells while the server is busy; else empty."""
        return BUSY if self._is_busy else ""


answer_times = AnswerTimes()  # the server's
