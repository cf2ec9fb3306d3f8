"""Numbers as people write them, read by DuckDB: 1234.5, 1,234.5, $1,234.50, 12 %, or with a comma 1.234,5."""

from mlp.datasets.own.database import literal

SIGNS = " $€£¥₹%"  # before or after a number: its unit, which the whole column shares


def number_from_text(cell: str, decimal: str = ".") -> str:
    """Return SQL that makes a DOUBLE of the text in `cell`, NULL if it is no number.

    >>> import duckdb
    >>> sql = number_from_text("cell", ",")
    >>> duckdb.sql(f"SELECT {sql} FROM (VALUES ('1,5'), ('1.234,5 €'), ('A')) AS t(cell)").fetchall()
    [(1.5,), (1234.5,), (None,)]
    """
    thousands, point = (",", r"\.") if decimal == "." else (".", ",")
    bare = f"trim({cell}, {literal(SIGNS)})"
    grouped = f"\\s*[+-]?[0-9]{{1,3}}([{thousands}][0-9]{{3}})+({point}[0-9]*)?\\s*"
    is_grouped = f"contains({cell}, '{thousands}') AND regexp_full_match({bare}, '{grouped}')"
    joined = f"TRY_CAST(replace(replace({bare}, '{thousands}', ''), ',', '.') AS DOUBLE)"
    if decimal == ".":
        signed = f"CASE WHEN {is_grouped} THEN {joined} ELSE TRY_CAST({bare} AS DOUBLE) END"
        return f"coalesce({plain_number(cell, decimal)}, {signed})"
    return f"CASE WHEN {is_grouped} THEN {joined} ELSE TRY_CAST(replace({bare}, ',', '.') AS DOUBLE) END"


def plain_number(cell: str, decimal: str) -> str:
    """Return SQL as `number_from_text` does, but NULL with signs or marks for thousands: it has no pattern to prepare.

    >>> import duckdb
    >>> sql = plain_number("cell", ",")
    >>> duckdb.sql(f"SELECT {sql} FROM (VALUES ('1,5'), ('1.234,5'), ('1.234')) AS t(cell)").fetchall()
    [(1.5,), (None,), (None,)]
    """
    if decimal == ".":
        return f"TRY_CAST({cell} AS DOUBLE)"
    return f"TRY_CAST(CASE WHEN NOT contains({cell}, '.') THEN replace({cell}, ',', '.') END AS DOUBLE)"
