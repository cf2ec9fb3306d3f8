"""What a teacher asks of the class is kept in a file, so that a lesson goes on when the server is started again."""

import json
import logging
from pathlib import Path
from time import time
from typing import Any

from mlp.files import write_whole
from mlp.installation import KEPT_DATA

KEPT_SECONDS = 2 * 3600.0  # a double lesson; a later one begins with nothing
NAME = "class.json"
SQLITE = "sqlite:///"

log = logging.getLogger(__name__)


def place_of(store: str) -> Path:
    """Return the file of a class whose runs are in the store with this address.

    >>> place_of("sqlite:////var/lib/mlp/runs.sqlite3").name
    'runs.sqlite3.class.json'
    """
    if store.startswith(SQLITE):
        return Path(f"{store.removeprefix(SQLITE)}.{NAME}")
    return KEPT_DATA / NAME  # each of the servers of a database has a class


def write(place: Path, asked: dict[str, Any]) -> None:
    """Keep what the teacher has asked for. If that is not possible, the lesson goes on without."""
    try:
        write_whole(place, json.dumps({"at": time(), **asked}).encode())
    except OSError as error:
        log.warning("What the class works on can't be kept in %s: %s", place, error.strerror)


def read(place: Path) -> dict[str, Any]:
    """Return what was kept; nothing if that was long ago, or can't be read."""
    try:
        asked: dict[str, Any] = json.loads(place.read_bytes())
        return asked if abs(time() - asked["at"]) < KEPT_SECONDS else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("What the class worked on can't be read from %s: %s", place, error)
        return {}
