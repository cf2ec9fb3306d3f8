"""How a text file of a table is written is guessed: delimiter, header, decimal point or comma."""

import csv
import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.database import literal, open_database
from mlp.datasets.own.numbers import SIGNS
from mlp.datasets.own.plan import CSV, Dialect
from mlp.datasets.own.rows import FIRST, check_width, first_rows
from mlp.datasets.own.tables import unreadable
from mlp.text import counted, quoted

DELIMITERS = ";\t|,"  # commas last: there may be more of them, in numbers
CELLS, ROWS = 100_000, 2000  # that DuckDB looks at, at most
WIDE = 256  # columns from which how a file is written can be seen
TITLES = 10  # lines, at least one of which is of the table itself
SHOWN = 60  # characters of a line that a note shows
NUMBER = re.compile(r"[-+0-9.,eE]+")
OF_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")  # 42,605 but not 0,125
NOT_NEEDED = "(empty)"  # DuckDB's word for no quotes in the sample; they may come later


def sniff(path: Path, name: str) -> tuple[Dialect, tuple[str, ...]]:
    """Return how UTF-8 text is written, and notes on what was decided. Raises DatasetError for what is no table."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = list(islice(file, TITLES)) or [""]
    widths = [(line.count(delimiter) + 1, delimiter) for delimiter in DELIMITERS for line in lines]
    columns = max(width for width, _ in widths)
    check_width(columns, name)
    if columns > WIDE:
        path = _narrowed(path, next(delimiter for width, delimiter in widths if width > WIDE))
        columns = WIDE
    rows = min(ROWS, CELLS // columns)
    try:
        return _sniffed(path, name, lines[0], rows)
    except duckdb.Error as error:
        raise unreadable(name, error, CSV) from error


def _narrowed(path: Path, delimiter: str) -> Path:
    """Return a file with the beginning of each of the first rows: of thousands of columns, DuckDB fills its memory."""
    narrow = path.with_name("narrow.csv")
    with open(narrow, "w", encoding="utf-8", newline="") as out:
        rows = first_rows(path, Dialect(delimiter=delimiter), CELLS // WIDE)
        csv.writer(out, delimiter=delimiter).writerows(row[:WIDE] for row in rows)
    return narrow


def _sniffed(path: Path, name: str, line: str, rows: int) -> tuple[Dialect, tuple[str, ...]]:
    with open_database(path.parent, path) as database:
        found = _best(database, path, f"sample_size = {rows}")
        if found is None or found[1] == 1 or found[0].skip:  # rows of different length, perhaps
            # DuckDB skips all lines before the last one of another length: there may be one at the very end.
            tolerant = (
                _best(database, path, f"sample_size = {rows}, ignore_errors = true, skip = {skip}")
                for skip in sorted({0, _titles(path)})
            )
            answers = [answer for answer in (found, *tolerant) if answer]
            found = max(answers, key=lambda answer: _fitting(path, answer, rows), default=None)
        if (found is None or found[1] == 1) and " " in line.strip():
            spaced = _best(database, path, f"sample_size = {rows}, ignore_errors = true", " ")
            found = spaced if spaced and spaced[2] * 2 >= spaced[1] > 1 else found
    if found is None:
        raise DatasetError(f"{quoted(name)} can't be read as a table. Save it as CSV (UTF-8), one line per row.")
    dialect = _without_summary(path, found[0], found[1])
    if dialect.header and found[2] == 0:
        dialect = replace(dialect, header=_is_header(path, dialect))
    elif not (dialect.header or dialect.skip):
        dialect = replace(dialect, header=_is_header_of_numbers(path, dialect))
    if dialect.decimal == dialect.delimiter and _groups_thousands(path, dialect, rows):
        dialect = replace(dialect, decimal=".")
    if not dialect.skip:
        return dialect, ()
    skipped = line.strip() if len(line.strip()) <= SHOWN else f"{line.strip()[:SHOWN]} …"
    return dialect, (f"{counted(dialect.skip, 'line was', 'lines were')} skipped before the table: {skipped}",)


def _titles(path: Path) -> int:
    """Return the lines before the first one that has as many values as most of the first lines have."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = list(islice(file, FIRST))
    found = []
    for delimiter in DELIMITERS:
        widths = [len(row) for line in lines for row in csv.reader([line], delimiter=delimiter)]
        several = Counter(width for width in widths if width > 1).most_common(1)
        found += [(count, widths.index(width)) for width, count in several]
    return max(found, key=lambda pair: pair[0], default=(0, 0))[1]


def _fitting(path: Path, found: tuple[Dialect, int, int], rows: int) -> int:
    """Return how many of the first rows have as many values as there are columns, if there are several."""
    dialect, columns, _ = found
    return sum(len(row) == columns for row in first_rows(path, dialect, rows)) if columns > 1 else 0


def _best(
    database: duckdb.DuckDBPyConnection, path: Path, options: str, delimiter: str = ""
) -> tuple[Dialect, int, int] | None:
    """Return the dialect with the most columns of numbers, how many columns it finds, and how many are of numbers."""
    answers: list[tuple[Dialect, int, int]] = []
    for decimal, given in ((".", delimiter), (",", delimiter), (",", ";")):
        if given == ";" and (delimiter or (answers and answers[-1][0].delimiter == ";")):
            continue  # it was asked for because in 1,5;2,5 commas may delimit three columns
        chosen = f", delim = {literal(given)}" if given else ""
        sql = f"FROM sniff_csv({literal(path.resolve())}, decimal_separator = '{decimal}', {options}{chosen})"
        try:
            answer = database.execute(f"SELECT Delimiter, Quote, Escape, HasHeader, SkipRows, Columns {sql}").fetchone()
        except duckdb.InvalidInputException:
            continue
        if answer is None:
            continue
        found, quote, escape, header, skip, columns = answer
        numbers = sum(column["type"] in ("BIGINT", "DOUBLE") for column in columns)
        dialect = Dialect(
            delimiter=found,
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


def _groups_thousands(path: Path, dialect: Dialect, rows: int) -> bool:
    """Return whether the commas in numbers can all be those of thousands: then DuckDB found too many decimal ones."""
    cells = (cell.strip(SIGNS) for row in first_rows(path, dialect, rows) for cell in row if "," in cell)
    return all(OF_THOUSANDS.fullmatch(cell) for cell in cells if NUMBER.fullmatch(cell))


def _is_header_of_numbers(path: Path, dialect: Dialect) -> bool:
    """Return whether a table starts with whole numbers that are names, such as years, beside other names.

    Then no two are equal, and no text comes again below it, where others do.
    """
    first, *others = first_rows(path, dialect)
    names = [text for text in first if text]
    numbers = {text for text in names if NUMBER.fullmatch(text)}
    if not numbers or not all(map(str.isdigit, numbers)) or len(set(names)) < len(names):
        return False
    places = [place for place, text in enumerate(first) if text and text not in numbers]
    below = {first[place]: [row[place] for row in others if place < len(row)] for place in places}
    again = any(len(set(texts)) * 2 <= len(texts) for texts in below.values())
    return again and not any(name in texts for name, texts in below.items())


def _without_summary(path: Path, dialect: Dialect, columns: int) -> Dialect:
    """Skip a first line like that of scikit-learn's files: numbers of rows and columns, then names of classes."""
    if dialect.skip or not dialect.header:
        return dialect
    first, *others = first_rows(path, dialect)
    is_summary = first[0].isdigit() and first[1:2] == [str(columns - 1)] and len(others) <= int(first[0])
    return replace(dialect, skip=1, header=False) if is_summary else dialect
