"""A process has a name that lets other processes check whether it is still running."""

import os
import secrets
import socket


def process_name() -> str:
    """Return a unique name for this process, a new one at each call."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(4)}"


def has_vanished(name: str) -> bool:
    """Whether a process of this machine is known to be gone; False if that can't be known.

    Nor can it of a name with the id of this process: it may be of an earlier one in this container, which is gone, or
    of one in another container with the same host name, which is running.
    """
    host, _, process = name.rpartition(":")[0].rpartition(":")
    # Only on POSIX: on Windows, os.kill would end it.
    if os.name != "posix" or host != socket.gethostname()[:100] or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # it is running as another user, or is not a process id
        return False
    return False
