"""Numbers as people write them, read by DuckDB: 1234.5, -$1,234.50, (12 %), 1'234.50 EUR, or with a comma 1.234,5."""

import re
from collections.abc import Collection
from typing import NamedTuple

from mlp.datasets.own.database import literal

SIGNS = " \u00a0\u202f$€£¥₹%"  # before or after a number: its unit, which the whole column shares
GROUPS = " \u00a0\u202f'’"  # between thousands, beside the point or comma that is no decimal sign
DIGIT = re.compile("[0-9]")
CURRENCY = re.compile(r".*[0-9.,)]\s?([A-Z]{3}|kr)")  # a word after a number


class Style(NamedTuple):
    """How the numbers of a column are written."""

    decimal: str = "."  # or ","
    currency: str = ""  # a word after each of them, such as EUR


PLAIN = Style()


def style_of(texts: Collection[str], decimal: str) -> Style:
    """Return how the numbers among some texts are written, in a file whose decimal sign is usually that.

    >>> style_of(["12.50 kr", "9.00 kr", "?"], "."), style_of(["1 234,50", "99,50"], ".")
    (Style(decimal='.', currency='kr'), Style(decimal=',', currency=''))
    """
    odd = [text for text in texts if not _is_plain(text, decimal)]
    words = {found[1] if (found := CURRENCY.fullmatch(text)) else "" for text in texts if DIGIT.search(text)}
    currency = words.pop() if odd and len(words) == 1 else ""
    if not currency and {*SIGNS, *GROUPS}.isdisjoint("".join(odd)):  # 1,5 alone may be two numbers
        return Style(decimal)
    other = "," if decimal == "." else "."
    fitting = {sign: sum(bool(_pattern(sign, currency).fullmatch(text)) for text in odd) for sign in (decimal, other)}
    return Style(max(fitting, key=lambda sign: fitting[sign]), currency)


def number_from_text(cell: str, style: Style = PLAIN) -> str:
    """Return SQL that makes a DOUBLE of the text in `cell`, NULL if it is no number.

    >>> import duckdb
    >>> sql = number_from_text("cell", Style(","))
    >>> duckdb.sql(f"SELECT {sql} FROM (VALUES ('1,5'), ('1.234,5 €'), ('−2'), ('A'), ('1_5')) AS t(cell)").fetchall()
    [(1.5,), (1234.5,), (-2.0,), (None,), (None,)]
    """
    comma = style.decimal == ","
    bare = f"replace({cell}, {literal(style.currency)}, '')" if style.currency else cell
    removed = "".join(sorted({*SIGNS, *GROUPS, ")", "." if comma else ","}))
    digits = f"translate({bare}, {literal(('(−,' if comma else '(−') + removed)}, '{'--.' if comma else '--'}')"
    is_number = f"regexp_full_match({cell}, {literal(_pattern(*style).pattern)})"
    number = f"CASE WHEN {is_number} THEN TRY_CAST({digits} AS DOUBLE) END"
    plain = f"TRY_CAST({cell} AS DOUBLE)"
    return _unless_code(cell, f"coalesce({number}, {plain})" if comma else f"coalesce({plain}, {number})")


def plain_number(cell: str, decimal: str) -> str:
    """Return SQL as `number_from_text` does, but NULL with signs, − or thousands: it has no pattern to prepare.

    >>> import duckdb
    >>> sql = plain_number("cell", ",")
    >>> duckdb.sql(f"SELECT {sql} FROM (VALUES ('1,5'), ('1.234,5'), ('1.234')) AS t(cell)").fetchall()
    [(1.5,), (None,), (None,)]
    """
    if decimal == ".":
        return _unless_code(cell, f"TRY_CAST({cell} AS DOUBLE)")
    with_point = f"CASE WHEN NOT contains({cell}, '.') THEN replace({cell}, ',', '.') END"
    return _unless_code(cell, f"TRY_CAST({with_point} AS DOUBLE)")


def _pattern(decimal: str, currency: str) -> re.Pattern[str]:
    """Return the pattern of a number: with a sign before or after the unit, or in parentheses, which mean minus."""
    groups = "|".join(f"(?:{re.escape(sign)}[0-9]{{3}})+" for sign in (*GROUPS, "," if decimal == "." else "."))
    grouped = f"[0-9]{{1,3}}(?:{groups})(?:{re.escape(decimal)}[0-9]*)?"
    number = f"(?:{grouped}|[0-9]*(?:{re.escape(decimal)}[0-9]*)?(?:[eE][+−-]?[0-9]+)?)"
    unit = f"[{SIGNS}]*"
    return re.compile(rf"{unit}(?:[+−-]?{unit}{number}|\({unit}{number}{unit}\)){unit}{currency}")


def _is_plain(text: str, decimal: str) -> bool:
    try:
        float(text if decimal == "." else text.replace(",", "."))
    except ValueError:
        return False
    return True


def _unless_code(cell: str, number: str) -> str:
    """Return SQL of a number, but NULL for a cell such as 1_05, whose mark DuckDB would ignore."""
    return f"CASE WHEN NOT contains({cell}, '_') THEN {number} END"
