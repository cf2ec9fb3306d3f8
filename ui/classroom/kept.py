"""What a teacher asks of the class is kept in a file, so that a lesson goes on when the server is started again."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time
from typing import Any, NamedTuple

from mlp.files import write_whole
from mlp.installation import KEPT_DATA
from mlp.tokens import derived

KEPT_SECONDS = 2 * 3600.0  # a double lesson; a later one begins with nothing
NAME = "class.json"
VERSION = 1  # of what the file has
# What is raised by a file that something else wrote.
UNFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

log = logging.getLogger(__name__)

# Waits for the disk, so that no page does.
_writer = ThreadPoolExecutor(1, thread_name_prefix="class-file")


def place_of(store: Path | None) -> Path:
    """Return where a class is kept whose runs are in this file; None for a database on a server.

    >>> place_of(Path("/var/lib/mlp/runs.sqlite3")).name
    'runs.sqlite3.class.json'
    """
    return store.with_name(f"{store.name}.{NAME}") if store else KEPT_DATA / NAME


class ClassFile(NamedTuple):
    """The file of a class. What a server with another secret has written is not read."""

    place: Path
    secret: str  # the teacher's

    @property
    def _mark(self) -> str:
        return derived(self.secret, f"{NAME} {VERSION}")

    def write(self, asked: dict[str, Any]) -> None:
        """Keep what the teacher has asked for, soon. If that is not possible, the lesson goes on without."""
        _writer.submit(self._write, json.dumps({"at": time(), "mark": self._mark, **asked}).encode())

    def _write(self, content: bytes) -> None:
        try:
            write_whole(self.place, content)
        except OSError as error:
            log.warning("What the class works on can't be kept in %s: %s", self.place, error.strerror)

    def read(self) -> dict[str, Any]:
        """Return what was kept, nothing if by another class or version, or it can't be read. Remove it if too old."""
        _writer.submit(int).result()  # after what is being written
        try:
            asked: dict[str, Any] = json.loads(self.place.read_bytes())
            if abs(time() - asked["at"]) < KEPT_SECONDS:
                return asked if asked.get("mark") == self._mark else {}
            self.place.unlink(missing_ok=True)
        except FileNotFoundError:
            pass
        except (OSError, *UNFIT) as error:
            log.warning("What the class worked on can't be read from %s: %s", self.place, error)
        return {}
