"""Dates become numbers: days since January 1, 1970."""

import re
from collections.abc import Iterable
from datetime import datetime

from mlp.datasets.own.columns import MISSING
from mlp.datasets.own.database import literal

DAY = 86_400  # seconds
OF_DAY = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f")
ZONES = ("", "Z", "%z")  # DuckDB's %z is no Z
TIMES = ("", *(before + time + zone for zone in ZONES for time in OF_DAY for before in " T"))
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y")
DAY_FIRST = "%d/%m/"  # how a format begins that dates may fit as well as one with the month first
FORMATS = tuple(date + time for date in DATES for time in TIMES)  # Python and DuckDB read them alike

PLAUSIBLE = re.compile(r"\w{1,4}[-/. ]\w{1,3}[-/., ]+\w{2,4}.*")  # a quick answer for most texts that are no dates


def date_formats(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the formats that fit every text but those that mean missing; if day or month may be first, two.

    >>> date_formats(["03/04/2021", "05/04/2021"]), date_formats(["03/04/2021", "25/04/2021"])
    (('%m/%d/%Y', '%d/%m/%Y'), ('%d/%m/%Y',))
    >>> date_formats(["22", "31"])
    ()
    """
    known = {text for text in texts if text.lower() not in MISSING}
    if not known or not all(PLAUSIBLE.fullmatch(text) for text in known):
        return ()
    return tuple(form for form in FORMATS if all(_fits(text, form) for text in known))


def days_from_text(cell: str, form: str) -> str:
    """Return SQL that makes days since January 1, 1970 of the text in `cell`, NULL if it does not fit the format."""
    return f"epoch(TRY_STRPTIME({cell}, {literal(form)})) / {DAY}"


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
