"""A file is the source of rows: what its columns are called, and how DuckDB reads them.

Names of columns never get into SQL: there the columns are c0, c1, c2 …
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.database import literal
from mlp.datasets.own.dates import DAY, date_formats, days_from_text
from mlp.datasets.own.encoding import plain_text
from mlp.datasets.own.excel import sheet_as_text
from mlp.datasets.own.numbers import number_from_text
from mlp.datasets.own.plan import EXCEL, Dialect
from mlp.datasets.own.rows import check_width, column_names, first_rows
from mlp.text import quoted

MOST_REJECTED = 100_000  # rows; more are not counted
TEXT, NUMBER, PIXEL = "VARCHAR", "DOUBLE", "FLOAT"  # how a column is kept
SPACES = " \t\r\n\u00a0"  # around a text they are no part of it
DATE_TYPES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S")
FLOAT_TYPES = ("FLOAT", "DOUBLE")


@dataclass(frozen=True)
class Source:
    """Where rows come from."""

    sql: str  # what follows FROM
    names: tuple[str, ...]  # of columns, unique
    types: tuple[str, ...]  # DuckDB's
    decimal: str = "."  # sign of the numbers in columns of texts
    dates: dict[int, tuple[str, ...]] = field(default_factory=dict)  # formats of columns of dates, the best one first
    first: tuple[list[str], ...] = ()  # rows of a text file, without the header

    def number(self, place: int, type_: str) -> str:
        """Return SQL that makes a number of a cell of that type; NULL if it is missing or no number."""
        cell = f"c{place}"
        if type_ in DATE_TYPES:
            return f"epoch({cell}) / {DAY}"
        if type_ != TEXT:
            return f"TRY_CAST({cell} AS DOUBLE)"
        text = f"trim({cell}, {literal(SPACES)})"
        if place in self.dates:
            return days_from_text(text, self.dates[place][0])
        return number_from_text(text, self.decimal)

    def places_of_dates(self) -> set[int]:
        """Return the places of columns that have dates."""
        return set(self.dates) | {place for place, type_ in enumerate(self.types) if type_ in DATE_TYPES}

    def text(self, place: int) -> str:
        """Return SQL that makes a text of a cell, without spaces around it; NULL if it is empty."""
        text = f"c{place}" if self.types[place] == TEXT else f"CAST(c{place} AS VARCHAR)"
        if self.types[place] in FLOAT_TYPES:
            text = f"regexp_replace({text}, '\\.0$', '')"
        return f"nullif(trim({text}, {literal(SPACES)}), '')"

    def places_of_words(self, kinds: Mapping[int, str]) -> list[int]:
        """Return the places of the columns of texts that are kept as numbers."""
        return [place for place, kind in kinds.items() if kind == NUMBER and self.types[place] == TEXT]

    def kept(self, kinds: Mapping[int, str]) -> str:
        """Return SQL that reads columns as they are kept: c0 and, of texts kept as numbers, w0 with other words."""
        words = self.places_of_words(kinds)
        numbers = [f"{self.number(place, self.types[place])} AS n{place}" for place in kinds if kinds[place] == NUMBER]
        cells = [self._kept_cell(place, kind) for place, kind in kinds.items()]
        cells += [f"CASE WHEN n{place} IS NULL THEN {self.text(place)} END AS w{place}" for place in words]
        return f"SELECT {', '.join(cells)} FROM (SELECT {', '.join(['*', *numbers])} FROM {self.sql})"

    def _kept_cell(self, place: int, kind: str) -> str:
        cell = f"c{place}"
        if kind == NUMBER:
            return f"n{place} AS {cell}"
        # Without `trim`, DuckDB would cast while it reads CSV, and leave out rows instead of giving NULL.
        sql = self.text(place) if kind == TEXT else f"TRY_CAST(trim(CAST({cell} AS {TEXT})) AS {PIXEL})"
        return f"{sql} AS {cell}"


def text_of(path: Path, folder: Path, dialect: Dialect, name: str) -> Path:
    """Return a file as UTF-8 text, made in `folder` if it is something else."""
    if dialect.format == EXCEL:
        return sheet_as_text(path, folder, name, dialect.sheet).path
    return plain_text(path, folder, name, dialect.encoding).path


def text_source(path: Path, dialect: Dialect, name: str) -> Source:
    """Return how rows are read from UTF-8 text. Rows with too few or too many values are left out."""
    rows = first_rows(path, dialect)
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    if not width:
        raise DatasetError(f"{quoted(name)} has no rows. Choose a file with a table in it.")
    check_width(width, name)
    header = rows.pop(0) if dialect.header else []
    rows = [row for row in rows if len(row) == width]
    dates = {place: date_formats(row[place] for row in rows if row[place]) for place in range(width)}
    columns = ", ".join(f"c{place}: '{TEXT}'" for place in range(width))
    options = {"delim": dialect.delimiter, "quote": dialect.quote, "escape": dialect.escape}
    written = ", ".join(f"{option} = {literal(value)}" for option, value in options.items())
    return Source(
        f"read_csv({literal(path.resolve())}, auto_detect = false, columns = {{{columns}}}, {written}, "
        f"header = {dialect.header}, skip = {dialect.skip}, store_rejects = true, rejects_limit = {MOST_REJECTED})",
        column_names([*header, *[""] * width][:width]),
        (TEXT,) * width,
        dialect.decimal,
        {place: forms for place, forms in dates.items() if forms},
        tuple(rows),
    )


def parquet_source(database: duckdb.DuckDBPyConnection, path: Path, name: str) -> Source:
    """Return how rows are read from a Parquet file."""
    file = f"read_parquet({literal(path.resolve())})"
    described = database.execute(f"DESCRIBE FROM {file}").fetchall()
    check_width(len(described), name)
    columns = ", ".join(f"c{place}" for place in range(len(described)))
    return Source(
        f"{file} AS t({columns})",
        column_names([name for name, *_ in described]),
        tuple(type_ for _, type_, *_ in described),
    )


def lines_left_out(database: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    """Return the lines of a text file that DuckDB could not read as rows."""
    found: Collection[tuple[int]] = database.execute("SELECT DISTINCT line FROM reject_errors ORDER BY line").fetchall()
    return tuple(line for (line,) in found)
