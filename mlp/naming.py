"""A name that nobody knows is answered with the nearest one that somebody does."""

import difflib
from collections.abc import Iterable


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """Return "There is no activation 'rellu'. Did you mean 'relu'?", the question only where something is near."""
    nearest = difflib.get_close_matches(str(name).lower(), list(known), n=1, cutoff=0.4)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"There is no {what} {name!r}.{hint}"
