"""News of a run: who waits for it is told at once, where asking again and again would cost a server its time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class News:
    """Tells those who listen that something happened."""

    def __init__(self) -> None:
        self._listening: set[Callable[[], object]] = set()

    @property
    def is_heard(self) -> bool:
        """Whether somebody listens."""
        return bool(self._listening)

    def tell(self) -> None:
        """Tell them, in this thread."""
        for hear in tuple(self._listening):
            hear()

    @contextmanager
    def heard_by(self, hear: Callable[[], object]) -> Iterator[None]:
        """Have `hear` called with each news from now on, in any thread. It must return at once."""
        self._listening.add(hear)
        try:
            yield
        finally:
            self._listening.remove(hear)
