"""A server is one running copy of the program; its name lets other servers check whether it is still running."""

import os
import secrets
import socket


def new_server() -> str:
    """Return a unique name for this server."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(4)}"


def has_vanished(server: str) -> bool:
    """Whether a server of this machine is known to be gone; False if that can't be known."""
    host, _, process = server.rpartition(":")[0].rpartition(":")
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
