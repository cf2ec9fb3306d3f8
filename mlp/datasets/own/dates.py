"""Dates become numbers: days since January 1, 1970."""

import re
from collections.abc import Iterable
from datetime import datetime

DAY = 86_400  # seconds
TIMES = ("", " %H:%M:%S", "T%H:%M:%S", " %H:%M", " %H:%M:%S.%f", "T%H:%M:%S.%f")
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y")
FORMATS = tuple(date + time for date in DATES for time in TIMES)  # Python and DuckDB read them alike

PLAUSIBLE = re.compile(r"\w{1,4}[-/. ]\w{1,3}[-/., ]+\w{2,4}.*")  # a quick answer for most texts that are no dates


def date_format(texts: Iterable[str]) -> str:
    """Return the first format that fits every text, or "" if none does.

    >>> date_format(["03/04/2021", "25/04/2021"])
    '%d/%m/%Y'
    >>> date_format(["22", "31"])
    ''
    """
    known = set(texts)
    if not known or not all(PLAUSIBLE.fullmatch(text) for text in known):
        return ""
    return next((form for form in FORMATS if all(_fits(text, form) for text in known)), "")


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
