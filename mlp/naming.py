"""Suggests the closest known name for one that is unknown."""

import difflib
from collections.abc import Iterable

from mlp.parsing import LONGEST, quoted


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """Return "There is no activation 'rellu'. Did you mean 'relu'?", with the question only if a known name is close.

    >>> unknown("activation", "rellu", ["relu", "tanh"])
    "There is no activation 'rellu'. Did you mean 'relu'?"
    >>> unknown("setting", "foo", ["zoom"])
    "There is no setting 'foo'."
    """
    nearest = difflib.get_close_matches(str(name)[:LONGEST].lower(), list(known), n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"There is no {what} {quoted(name)}.{hint}"


def counted(number: float, one: str, many: str = "") -> str:
    """Return a number with its noun; `many` is an irregular plural.

    >>> counted(1, "step"), counted(1200, "step"), counted(2, "bias", "biases")
    ('1 step', '1,200 steps', '2 biases')
    """
    text = f"{number:,}" if isinstance(number, int) else f"{float(f'{number:.3g}'):,g}"
    return f"{text} {one if text == '1' else many or f'{one}s'}"
