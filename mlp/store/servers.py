"""A server is one running copy of the program; others can tell from its name whether it still lives."""

import os
import secrets
import socket


def new_server() -> str:
    """Return a name for this server that no other one has."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(4)}"


def has_vanished(server: str) -> bool:
    """Tell whether a server of this machine is known to be gone; False where that can't be told."""
    host, _, process = server.rpartition(":")[0].rpartition(":")
    if os.name != "posix" or host != socket.gethostname()[:100] or not process.isdigit():  # elsewhere kill() kills
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # it lives, but is another user's; or is no process's number
        return False
    return False
