"""Numbers as people write them, read by DuckDB: 1234.5, 1,234.5, $1,234.50, 12 %, or with a comma 1.234,5."""

from mlp.datasets.own.database import literal

SIGNS = " $€£¥₹%"  # before or after a number: its unit, which the whole column shares


def number_from_text(cell: str, decimal: str = ".") -> str:
    """Return SQL that makes a DOUBLE of the text in `cell`, NULL if it is no number.

    >>> import duckdb
    >>> sql = number_from_text("cell", ",")
    >>> duckdb.sql(f"SELECT {sql} FROM (VALUES ('1,5'), ('1.234,5 €'), ('−2'), ('A'), ('1_5')) AS t(cell)").fetchall()
    [(1.5,), (1234.5,), (-2.0,), (None,), (None,)]
    """
    thousands, point = (",", r"\.") if decimal == "." else (".", ",")
    bare = f"trim(replace({cell}, '−', '-'), {literal(SIGNS)})"
    grouped = f"\\s*[+-]?[0-9]{{1,3}}([{thousands}][0-9]{{3}})+({point}[0-9]*)?\\s*"
    is_grouped = f"contains({cell}, '{thousands}') AND regexp_full_match({bare}, '{grouped}')"
    joined = f"TRY_CAST(replace(replace({bare}, '{thousands}', ''), ',', '.') AS DOUBLE)"
    alone = bare if decimal == "." else f"replace({bare}, ',', '.')"
    number = f"CASE WHEN {is_grouped} THEN {joined} ELSE TRY_CAST({alone} AS DOUBLE) END"
    if decimal == ".":
        number = f"coalesce(TRY_CAST({cell} AS DOUBLE), {number})"
    return _unless_code(cell, number)


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


def _unless_code(cell: str, number: str) -> str:
    """Return SQL of a number, but NULL for a cell such as 1_05, whose mark DuckDB would ignore."""
    return f"CASE WHEN NOT contains({cell}, '_') THEN {number} END"
