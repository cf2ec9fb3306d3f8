"""The processes that a process has started."""

from contextlib import suppress

import psutil


def descendants(word: str, of: int | None = None) -> list[psutil.Process]:
    """Those with a word in their command, of this process or of another one; not those that have just ended."""
    found = []
    for child in psutil.Process(of).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if any(word in part for part in child.cmdline()):
                found.append(child)
    return found
