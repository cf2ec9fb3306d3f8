"""A file is written whole or not at all, and a lock has processes wait for each other."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def write_whole(path: Path, content: bytes) -> None:
    """Write a complete file: readers see the old one, or none, until the new one is complete.

    Raises OSError if the disk is full or the folder can't be written; then the old file stays.
    """
    with written_whole(path) as out:
        out.write(content)


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to write piece by piece. It gets its name when the block ends, unless with an error.

    Raises OSError as `write_whole` does.
    """
    target = Path(os.path.realpath(path))  # so that a link stays a link
    temporary = target.with_name(f"{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as out:
            yield out
            sync(out)  # the bytes must be on the disk before the name says so
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def sync(file: IO[bytes]) -> None:
    """Return once all that was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process or thread holds this lock, a file that stays, and hold it until the block ends.

    The lock of a process that dies is free. Raises OSError if the file can't be made.
    """
    with open(path, "ab") as file:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # closing it unlocks
        else:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
