"""A text file's first rows show how many columns a table has, and what they are called."""

import csv
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.encoding import LONGEST_LINE
from mlp.datasets.own.plan import Dialect
from mlp.text import quoted

FIRST = 300  # rows
MAX_COLUMNS = 4096
LONGEST_NAME = 100  # characters of a column's name

csv.field_size_limit(LONGEST_LINE)


def first_rows(path: Path, dialect: Dialect, most: int = FIRST) -> list[list[str]]:
    """Return the first rows of a UTF-8 file, the header included."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as lines:
        for _ in range(dialect.skip):
            lines.readline()
        rows = csv.reader(
            lines,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote or None,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            escapechar=dialect.escape if dialect.escape != dialect.quote else None,
        )
        return [[cell.strip() for cell in row] for row in islice(rows, most) if row]


def column_names(found: Sequence[str]) -> tuple[str, ...]:
    """Return names that are unique, on one line, and never empty.

    >>> column_names(["a", "a", "", " b "])
    ('a', 'a (2)', 'column 3', 'b')
    """
    names: dict[str, None] = {}
    for place, text in enumerate(found, 1):
        plain = " ".join(text.split())[:LONGEST_NAME] or f"column {place}"
        name, times = plain, 1
        while name in names:
            times += 1
            name = f"{plain} ({times})"
        names[name] = None
    return tuple(names)


def check_width(columns: int, name: str) -> None:
    """Raise DatasetError for more columns than a table may have."""
    if columns > MAX_COLUMNS:
        raise DatasetError(
            f"{quoted(name)} has {columns:,} columns; at most {MAX_COLUMNS:,} are allowed. Remove some of them."
        )
