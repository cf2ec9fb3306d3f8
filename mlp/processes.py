"""A process has a name that lets other processes check whether it is still running."""

import functools
import os
import secrets
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from time import time

if sys.platform != "win32":
    import fcntl

MARK = "mlp-process-"  # how the names of the files begin that are locked as long as their processes run
KEPT_SECONDS = 86_400.0  # that the mark of a process that is gone stays


def process_name() -> str:
    """Return a unique name for this process, a new one at each call."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}:{_mark_of(os.getpid())}{secrets.token_hex(4)}"


def has_vanished(name: str) -> bool:
    """Whether a process of this machine is known to be gone; False if that can't be known.

    A container that is restarted has its host name, its files and mostly its process ids again, so what counts is the
    mark. Without one that can be read, a name with the id of this process may be of an earlier one in this container,
    which is gone, or of one in another container with the same host name, which is running.
    """
    host, _, process = name.rpartition(":")[0].rpartition(":")
    # Only on POSIX: on Windows, os.kill would end it.
    if sys.platform == "win32" or host != socket.gethostname()[:100] or not process.isdigit():
        return False
    with suppress(OSError):
        return _is_free(_place(name.rpartition(":")[2][:8]))
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # it is running as another user, or is not a process id
        return False
    return False


@functools.cache
def _mark_of(process: int) -> str:
    """Return the eight digits of this process's mark; if none can be made, of no file."""
    digits = secrets.token_hex(4)
    if sys.platform != "win32":
        with suppress(OSError):
            for path in _place("").parent.glob(f"{MARK}*"):
                with suppress(OSError):  # it is another user's
                    if time() - path.stat().st_mtime > KEPT_SECONDS and _is_free(path):
                        path.unlink()
            # Never closed: the lock is free when this process has ended, however it ended.
            mark = os.open(_place(digits), os.O_CREAT | os.O_EXCL, 0o644)
            fcntl.flock(mark, fcntl.LOCK_EX)
            os.fchmod(mark, 0o644)  # whatever the umask, other users can read it
    return digits


def _place(digits: str) -> Path:
    return Path(tempfile.gettempdir(), f"{MARK}{digits}")


def _is_free(mark: Path) -> bool:
    """Whether no process runs that has this mark. Raises OSError if that can't be known."""
    if sys.platform != "win32":
        with open(mark, "rb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that several can ask at once
            return True
    return False
