"""A pool of threads, for tests that need no processes."""

from concurrent.futures import ThreadPoolExecutor


class Threads(ThreadPoolExecutor):
    """As many workers as it is told, in this process."""

    trouble = ""

    def __init__(self, workers: int = 1) -> None:
        super().__init__(workers)
        self.workers = workers

    def warm_up(self, dataset: str) -> None:
        """Do nothing: this process has what it needs."""
