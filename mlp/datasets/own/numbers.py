"""Numbers as people write them, read by DuckDB: 1234.5, -$1,234.50, (12 %), 1'234.50 EUR, or with a comma 1.234,5."""

import re

from mlp.datasets.own.database import literal

SIGNS = " \u00a0\u202f$€£¥₹%"  # before or after a number: its unit, which the whole column shares
BLANKS = " \u00a0\u202f"
GROUPS = f"{BLANKS}'’"  # between thousands, beside the point or comma that is no decimal sign
CURRENCIES = (  # words after a number: the most traded
    "(?:USD|EUR|JPY|GBP|CNY|AUD|CAD|CHF|HKD|SGD|INR|KRW|SEK|MXN|NZD|NOK|TWD|BRL|ZAR|PLN|DKK|CZK|HUF|RON|kr|zł|Kč|Ft|lei)"
)
AMOUNT = f"^[^{BLANKS}()]*$|[^0-9{BLANKS}()+−.,-]|[.,][0-9]"  # no code such as (1), 560 001, or +49 170 776 358


def number_from_text(cell: str, decimal: str = ".") -> str:
    """Return SQL that makes a DOUBLE of the text in `cell`, NULL if it is no number.

    >>> import duckdb
    >>> sql = number_from_text("cell", ",")
    >>> duckdb.sql(f"SELECT {sql} FROM (VALUES ('1,5'), ('1.234,5 €'), ('−2'), ('A'), ('1_5')) AS t(cell)").fetchall()
    [(1.5,), (1234.5,), (-2.0,), (None,), (None,)]
    """
    comma = decimal == ","
    bare = f"regexp_replace({cell}, '{CURRENCIES}$', '')"
    removed = "".join(sorted({*SIGNS, *GROUPS, ")", "." if comma else ","}))
    digits = f"translate({bare}, {literal(('(−,' if comma else '(−') + removed)}, '{'--.' if comma else '--'}')"
    is_number = f"regexp_full_match({cell}, {literal(_pattern(decimal))}) AND regexp_matches({cell}, '{AMOUNT}')"
    number = f"CASE WHEN {is_number} THEN TRY_CAST({digits} AS DOUBLE) END"
    plain = f"TRY_CAST(trim(replace({cell}, '−', '-'), {literal(SIGNS)}) AS DOUBLE)"
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


def _pattern(decimal: str) -> str:
    """Return the pattern of a number: with a sign before or after the unit, or in parentheses, which mean minus."""
    groups = "|".join(f"(?:{re.escape(sign)}[0-9]{{3}})+" for sign in (*GROUPS, "," if decimal == "." else "."))
    grouped = f"[0-9]{{1,3}}(?:{groups})(?:{re.escape(decimal)}[0-9]*)?"
    number = f"(?:{grouped}|[0-9]*(?:{re.escape(decimal)}[0-9]*)?(?:[eE][+−-]?[0-9]+)?)"
    unit = f"[{SIGNS}]*"
    return rf"{unit}(?:[+−-]?{unit}{number}|\({unit}{number}{unit}\)){unit}{CURRENCIES}?"


def _unless_code(cell: str, number: str) -> str:
    """Return SQL of a number, but NULL for a cell such as 1_05, whose mark DuckDB would ignore."""
    return f"CASE WHEN NOT contains({cell}, '_') THEN {number} END"
