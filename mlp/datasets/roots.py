"""Data is kept in two folders: the one that MLP_DATA_DIR names, and the program's own."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlp.datasets.errors import DatasetError
from mlp.installation import KEPT_DATA

UNFINISHED = ".import+"  # how the names of folders begin in which an import works
PROGRAM_DATA = KEPT_DATA


def given_data() -> Path | None:
    """The folder that MLP_DATA_DIR names, if it is set. Raises DatasetError if it is there, but can't be read."""
    given = os.environ.get("MLP_DATA_DIR")
    if not given:
        return None
    folder = Path(os.path.expanduser(given))  # as it is if there is no such user, of whom Path would raise an error
    try:
        os.stat(folder / "any")
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise DatasetError(
            f"{folder}, which MLP_DATA_DIR names, can't be read ({error.strerror}). Change its permissions, or name "
            "another folder."
        ) from error
    return folder


def roots() -> list[Path]:
    """Both folders, in the order in which they are searched."""
    given = given_data()
    return [PROGRAM_DATA] if given is None else [given, PROGRAM_DATA]


def folder_to_write(name: str) -> Path:
    """The subfolder of that name in the first of both folders in which it may be written, or made.

    If it may be in neither, that in the first: an error while writing says why.
    """
    folders = [root / name for root in roots()]
    return next((folder for folder in folders if may_write(folder.parent) and may_write(folder)), folders[0])


def may_write(folder: Path) -> bool:
    """Whether new files may be made in a folder, or in the nearest one above that is there.

    An administrator may write everywhere, but a folder without permission to write is meant to stay as it is.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if os.access(place, os.F_OK))
    return there.is_dir() and os.access(there, os.W_OK) and bool(there.stat().st_mode & stat.S_IWUSR)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn an error while writing into a sentence about the folder, or about that in which an import has its own."""
    try:
        yield
    except OSError as error:
        shown = str(folder).partition(f"{os.sep}{UNFINISHED}")[0]
        raise DatasetError(
            f"{shown} can't be written ({error.strerror}). Free some space or change the permissions, then try again."
        ) from error
