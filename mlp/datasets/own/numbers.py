"""Numbers as people write them, read by DuckDB: 1234.5, 1,234.5, or with a decimal comma 1234,5 and 1.234,5."""


def number_from_text(cell: str, decimal: str = ".") -> str:
    """Return SQL that makes a DOUBLE of the text in `cell`, NULL if it is no number.

    >>> import duckdb
    >>> sql = number_from_text("cell", ",")
    >>> duckdb.sql(f"SELECT {sql} FROM (VALUES ('1,5'), ('1.234,5'), ('A')) AS t(cell)").fetchall()
    [(1.5,), (1234.5,), (None,)]
    """
    thousands, point = (",", r"\.") if decimal == "." else (".", ",")
    grouped = f"\\s*[+-]?[0-9]{{1,3}}([{thousands}][0-9]{{3}})+({point}[0-9]*)?\\s*"
    is_grouped = f"contains({cell}, '{thousands}') AND regexp_full_match({cell}, '{grouped}')"
    joined = f"TRY_CAST(replace(replace({cell}, '{thousands}', ''), ',', '.') AS DOUBLE)"
    if decimal == ".":
        return f"coalesce(TRY_CAST({cell} AS DOUBLE), CASE WHEN {is_grouped} THEN {joined} END)"
    return f"CASE WHEN {is_grouped} THEN {joined} ELSE TRY_CAST(replace({cell}, ',', '.') AS DOUBLE) END"


def plain_number(cell: str, decimal: str) -> str:
    """Return SQL as `number_from_text` does, but NULL where marks may separate thousands: it has no pattern to prepare.

    >>> import duckdb
    >>> sql = plain_number("cell", ",")
    >>> duckdb.sql(f"SELECT {sql} FROM (VALUES ('1,5'), ('1.234,5'), ('1.234')) AS t(cell)").fetchall()
    [(1.5,), (None,), (None,)]
    """
    if decimal == ".":
        return f"TRY_CAST({cell} AS DOUBLE)"
    return f"TRY_CAST(CASE WHEN NOT contains({cell}, '.') THEN replace({cell}, ',', '.') END AS DOUBLE)"
