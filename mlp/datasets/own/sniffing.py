"""How a text file of a table is written is guessed: delimiter, header, decimal point or comma."""

from dataclasses import replace
from pathlib import Path

import duckdb

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.database import literal, open_database
from mlp.datasets.own.plan import Dialect
from mlp.datasets.own.rows import check_width, first_rows
from mlp.text import counted, quoted

DELIMITERS = ",;\t|"
CELLS, ROWS = 100_000, 2000  # that DuckDB looks at, at most
SHOWN = 60  # characters of a line that a note shows
NOT_NEEDED = "(empty)"  # DuckDB's word for no quotes in the sample; they may come later


def sniff(path: Path, name: str) -> tuple[Dialect, tuple[str, ...]]:
    """Return how UTF-8 text is written, and notes on what was decided. Raises DatasetError for what is no table."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline()
    columns = max(line.count(delimiter) for delimiter in DELIMITERS) + 1
    check_width(columns, name)
    rows = min(ROWS, CELLS // columns)
    with open_database(path.parent, path) as database:
        found = _best(database, path, f"sample_size = {rows}")
        if found is None or found[1] == 1 or found[0].skip:  # rows of different length, perhaps
            tolerant = _best(database, path, f"sample_size = {rows}, ignore_errors = true")
            # DuckDB skips all lines before the last one of another length: there may be one at the very end.
            if tolerant and (found is None or _fitting(path, tolerant, rows) > _fitting(path, found, rows)):
                found = tolerant
        if (found is None or found[1] == 1) and " " in line.strip():
            spaced = _best(database, path, f"sample_size = {rows}, ignore_errors = true, delim = ' '")
            found = spaced if spaced and spaced[2] * 2 >= spaced[1] > 1 else found
    if found is None:
        raise DatasetError(f"{quoted(name)} can't be read as a table. Save it as CSV (UTF-8), one line per row.")
    dialect = _without_summary(path, found[0], found[1])
    if dialect.header and found[2] == 0:
        dialect = replace(dialect, header=_is_header(path, dialect))
    if not dialect.skip:
        return dialect, ()
    skipped = line.strip() if len(line.strip()) <= SHOWN else f"{line.strip()[:SHOWN]} …"
    return dialect, (f"{counted(dialect.skip, 'line was', 'lines were')} skipped before the table: {skipped}",)


def _fitting(path: Path, found: tuple[Dialect, int, int], rows: int) -> int:
    """Return how many of the first rows have as many values as there are columns, if there are several."""
    dialect, columns, _ = found
    return sum(len(row) == columns for row in first_rows(path, dialect, rows)) if columns > 1 else 0


def _best(database: duckdb.DuckDBPyConnection, path: Path, options: str) -> tuple[Dialect, int, int] | None:
    """Return the dialect with the most columns of numbers, how many columns it finds, and how many are of numbers."""
    answers = []
    for decimal in (".", ","):
        sql = f"FROM sniff_csv({literal(path.resolve())}, decimal_separator = '{decimal}', {options})"
        try:
            answer = database.execute(f"SELECT Delimiter, Quote, Escape, HasHeader, SkipRows, Columns {sql}").fetchone()
        except duckdb.InvalidInputException:
            continue
        if answer is None:
            continue
        delimiter, quote, escape, header, skip, columns = answer
        numbers = sum(column["type"] in ("BIGINT", "DOUBLE") for column in columns)
        dialect = Dialect(
            delimiter=delimiter,
            quote='"' if quote == NOT_NEEDED else quote,
            escape='"' if escape == NOT_NEEDED else escape,
            header=header,
            decimal=decimal,
            skip=skip,
        )
        answers.append((dialect, len(columns), numbers))
        if numbers == len(columns):
            break  # no other answer has more
    return max(answers, key=lambda answer: answer[2], default=None)


def _is_header(path: Path, dialect: Dialect) -> bool:
    """Return whether a table of texts starts with names: not if most of the first row's texts come again below."""
    first, *others = first_rows(path, dialect)
    again = sum(text in {row[place] for row in others if place < len(row)} for place, text in enumerate(first))
    return again * 2 < len(first)


def _without_summary(path: Path, dialect: Dialect, columns: int) -> Dialect:
    """Skip a first line like that of scikit-learn's files: numbers of rows and columns, then names of classes."""
    if dialect.skip or not dialect.header:
        return dialect
    first, *others = first_rows(path, dialect)
    is_summary = first[0].isdigit() and first[1:2] == [str(columns - 1)] and len(others) <= int(first[0])
    return replace(dialect, skip=1, header=False) if is_summary else dialect
