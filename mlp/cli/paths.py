"""Paths that a person gives are checked before hours of training, and shown in messages."""

import os
from pathlib import Path
from tempfile import TemporaryFile

from mlp.cli.arguments import UsageError
from mlp.text import LONGEST


def check_writable(option: str, path: Path) -> None:
    """Raise UsageError if no file can be written there; `option` is the flag that names it."""
    folder = Path(os.path.realpath(path)).parent
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"{option} {shown(path)} is not a file. Name a file to write to.")
        if not folder.is_dir():
            raise UsageError(f"{option} {shown(path)}: there is no such folder. Create it first, or name another.")
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise cannot_write(option, path, error) from error


def cannot_write(option: str, path: Path, error: OSError) -> UsageError:
    """Return what to raise for a file that can't be written."""
    return UsageError(f"{option} {shown(path)} can't be written ({error.strerror}). Name another file.")


def shown(path: Path) -> str:
    """Return the end of a long path, which says most."""
    text = str(path)
    return text if len(text) <= LONGEST else f"...{text[3 - LONGEST :]}"
