"""A receipt is a line that a student hands in; its last word shows that this class's server has written it."""

import hmac
import re
from typing import NamedTuple

from mlp.tokens import derived

PARTS = " · "
FIRST = "Receipt"
SIGNED = 16  # hexadecimal digits
# Between receipts: before the first word, and after the last. Mail programs wrap what is between them into lines.
BETWEEN = re.compile(rf"(?im)^(?={FIRST}\s+·)|(?<=\s[0-9a-f]{{4}}(?:-[0-9a-f]{{4}}){{3}})$")
QUOTED = re.compile(r"[\s>]*")  # before a line, in answers


class Checked(NamedTuple):
    """A receipt that a teacher has pasted, or what is between two, in one line."""

    text: str
    is_genuine: bool


def written(secret: str, *facts: str) -> str:
    """Return a receipt that states these facts.

    >>> is_genuine("secret", written("secret", "Ada", "97 %")), is_genuine("other", written("secret", "Ada", "97 %"))
    (True, False)
    """
    text = _plain(PARTS.join([FIRST, *filter(None, facts)]))
    return f"{text}{PARTS}{_signature(secret, text)}"


def is_genuine(secret: str, receipt: str) -> bool:
    """Return whether a receipt is unchanged and was written with this secret."""
    text, _, signature = _plain(receipt).rpartition(PARTS)
    return hmac.compare_digest(signature.upper().encode(), _signature(secret, text).encode())


def checked(secret: str, pasted: str) -> list[Checked]:
    """Return each receipt in what a teacher has pasted, and what else is there, and whether it is genuine."""
    lines = "\n".join(QUOTED.sub("", line, count=1).rstrip() for line in pasted.splitlines())
    return [Checked(_plain(part), is_genuine(secret, part)) for part in BETWEEN.split(lines) if part.strip()]


def exercise_code(secret: str, question: str, goal: str, page: str = "") -> str:
    """Return by which code receipts name an exercise on a page: "" for Train, or "boundary"."""
    return derived(secret, " ".join(["exercise", question, goal, *filter(None, [page])]))[:6].upper()


def _plain(text: str) -> str:
    """Return a text with simple spaces: mail programs change others."""
    return " ".join(text.split())


def _signature(secret: str, text: str) -> str:
    digits = derived(secret, text)[:SIGNED].upper()
    return "-".join(digits[start : start + 4] for start in range(0, SIGNED, 4))
