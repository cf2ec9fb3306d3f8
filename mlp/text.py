"""Text from outside is read, and sentences are written: numbers within bounds and as people read them, close names.

Routes, links and the command line all read whole numbers here: Python itself takes integers of any length, which other
programs then refuse.
"""

import difflib
import itertools
import math
import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

import numpy as np

UNKNOWN = "–"  # in place of a number
WORST_SCORE = -1.0  # of R² that is written, and drawn
# At the start of a cell; in many countries a spreadsheet begins another cell at a semicolon, and a quote ends one.
FORMULA = re.compile(r"""(^\s*|[;|\t\r\n"]\s*)([=+@\-＝＋＠－])""")
LONGEST = 60  # characters of a person's input that a message repeats
MOST_KNOWN = 20  # names that a message lists


def quoted(value: object) -> str:
    """Return a value the way a message repeats it: text in quotes, and nothing longer than a line.

    >>> quoted("rellu")
    "'rellu'"
    >>> len(quoted("9" * 5000)) <= LONGEST + 2
    True
    """
    if isinstance(value, str):
        text = repr(_cut(value))  # control characters take several: "\\x00"
        return text if len(text) <= LONGEST + 2 else f"{text[: LONGEST - 2]}...'"
    try:
        return _cut(repr(value))
    except ValueError:  # Python refuses to write integers of more than 4,300 digits
        return "a number of thousands of digits"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def whole_number(name: str, text: str, low: int, high: int) -> int:
    """Return the whole number that a text means. Raises ValueError with a sentence unless it is from `low` to `high`.

    >>> whole_number("seed", "42", 0, 9999)
    42
    """
    try:
        value = int(text)
    except ValueError:  # also for more than 4,300 digits
        value = low - 1
    if not low <= value <= high:
        raise ValueError(f"{name} is {quoted(text)}; it must be a whole number from {low:,} to {high:,}.")
    return value


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """Return "There is no activation 'rellu'. Did you mean 'relu'?", with the question only if a known name is close.

    >>> unknown("activation", "rellu", ["relu", "tanh"])
    "There is no activation 'rellu'. Did you mean 'relu'?"
    >>> unknown("setting", "foo", ["zoom"])
    "There is no setting 'foo'."
    >>> unknown("initial weights", "foo", ["zeros"])
    "There are no initial weights 'foo'."
    """
    nearest = difflib.get_close_matches(str(name)[:LONGEST].lower(), list(known), n=1)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    head = what.partition(" of ")[0]
    verb = "are" if re.search("[^isu]s$", head) else "is"  # of several: neither an axis nor a table of limits
    return f"There {verb} no {what} {quoted(name)}.{hint}"


def not_one_of(what: str, name: object, known: Iterable[str]) -> str:
    """Return what `unknown` does, and the known names; of more than MOST_KNOWN, the first.

    >>> not_one_of("column", "x", ["age", "city"]), not_one_of("search", "x", [])
    ("There is no column 'x'. Known: age, city.", "There is no search 'x'. Known: none.")
    """
    names = list(known)
    listed = ", ".join(map(_cut, names[:MOST_KNOWN])) or "none"
    return f"{unknown(what, name, names)} Known: {listed}{' …' if len(names) > MOST_KNOWN else ''}."


def percent(share: float, decimals: int = 1) -> str:
    """Return a share from 0 to 1 as "97.6 %"; a dash if it is unknown."""
    return f"{100 * share:.{decimals}f}\u202f%" if math.isfinite(share) else UNKNOWN


def nats(loss: float) -> str:
    """Return a loss with three decimals, or with fewer if it is large."""
    if not math.isfinite(loss):
        return UNKNOWN
    return f"{loss:.3f}" if loss < 100 else f"{loss:.3g}" if loss < 1e5 else f"{loss:.0e}"


def score(r_squared: float) -> str:
    """Return R² with three decimals; a dash if it is unknown. Far below 0, by how much means nothing.

    >>> score(0.5314), score(-0.25), score(-0.0001), score(-4872.77)
    ('0.531', '−0.250', '0.000', '≤ −1')
    """
    if not math.isfinite(r_squared):
        return UNKNOWN
    return f"{r_squared:z.3f}".replace("-", "−") if r_squared > WORST_SCORE else "≤ −1"


def compact(number: float) -> str:
    """Return a number with three significant digits: "203 k", "-1.05 M", "0.25"."""
    if not math.isfinite(number):
        return UNKNOWN
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= limit * 0.9995:
            return f"{number / limit:.3g}\u202f{unit}"
    return f"{number:.3g}"


def known_or_none(value: Any) -> Any:
    """Return a value as JSON has it: None in place of NaN and infinity, which standard JSON lacks."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def file_size(count: int) -> str:
    """Return a number of bytes as people read it.

    >>> file_size(45_300), file_size(1_250_000)
    ('45 kB', '1.2 MB')
    """
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count / 1000:,.0f} kB"


def duration(seconds: float) -> str:
    """Return seconds as "1:05", or, from one hour, as "2:03:00"."""
    if not math.isfinite(seconds):
        return UNKNOWN
    minutes, seconds = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def rate(value: float) -> str:
    """Return a learning rate with three digits and no exponent: 0.00001, not 1e-05."""
    return np.format_float_positional(float(f"{value:.3g}"), trim="-")


def short(number: float, digits: int = 4) -> str:
    """Return a number with few significant digits, without an exponent unless it is huge or tiny.

    >>> short(72831.4), short(-0.123456), short(52.0), short(3.1984e-6), short(-1234567.0)
    ('72,830', '−0.1235', '52', '0.000003198', '−1,235,000')
    """
    text = f"{number:.{digits}g}"
    return (f"{Decimal(text):,f}" if 1e-7 <= abs(number) < 1e15 else text).replace("-", "−")


def in_text(label: str) -> str:
    """Return a label as it is written within a sentence: without its capital, unless that is part of a symbol.

    >>> in_text("Learning rate"), in_text("Best validation R²"), in_text("L2 penalty"), in_text("R²"), in_text("RMSE")
    ('learning rate', 'best validation R²', 'L2 penalty', 'R²', 'RMSE')
    """
    second = label[1:2]
    return label if second.isdigit() or second.isupper() else f"{label[:1].lower()}{label[1:]}"


def counted(number: float, one: str, many: str = "") -> str:
    """Return a number with its noun; `many` is an irregular plural.

    >>> counted(1, "step"), counted(1200, "step"), counted(2, "bias", "biases")
    ('1 step', '1,200 steps', '2 biases')
    """
    text = f"{number:,}" if isinstance(number, int) else f"{float(f'{number:.3g}'):,g}"
    return f"{text} {one if text == '1' else many or f'{one}s'}"


def unlike(label: str, taken: Collection[str], longest: int = 100) -> str:
    """Return a label that differs from those that are taken: with a number, if need be.

    >>> unlike("Iris", ["Iris", "Iris (2)"]), unlike("Wine", ["Iris"])
    ('Iris (3)', 'Wine')
    """
    endings = itertools.chain([""], (f" ({number})" for number in itertools.count(2)))
    return next(found for end in endings if (found := f"{label[: longest - len(end)]}{end}") not in taken)


def spreadsheet_cell(text: str) -> str:
    """Return text for a cell of a CSV file. What a spreadsheet would read as a formula gets an apostrophe.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("T-shirt")
    ("'=1+1", 'T-shirt')
    """
    return FORMULA.sub(r"\1'\2", text)
