"""How far a file is made, for a process that waits for it: another file's size says it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ShowShare = Callable[[float], None]  # is called with the share that is done
WHOLE = 1000  # bytes


def silent(share: float) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class ProgressFile:
    """A file of no content that grows while another one is made: of a size, unlike of words, no half is ever read.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     progress = ProgressFile(Path(folder) / "progress")
    ...     progress(0.25)
    ...     progress.share
    0.25
    """

    path: Path

    def __call__(self, share: float) -> None:
        """Note how far it is. Raises OSError if the file can't be written."""
        with open(self.path, "ab") as file:
            file.truncate(round(share * WHOLE))

    @property
    def share(self) -> float:
        """The share that is done: 0 before anything is."""
        return self.path.stat().st_size / WHOLE if self.path.exists() else 0.0
