"""Numbers that were typed into a sheet as texts, with a decimal comma, get the point that its other numbers have."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from mlp.datasets.own.columns import MISSING
from mlp.datasets.own.numbers import NUMBER, has_comma, is_of_thousands
from mlp.datasets.own.plan import Dialect

SWAPPED = str.maketrans(",.", ".,")


def with_points(sheet: Path, dialect: Dialect) -> Path:
    """Return the text of a sheet in which 2,5 in a column of numbers is 2.5; nothing changes if commas are its sign."""
    if dialect.decimal == ",":
        return sheet
    with open(sheet, encoding="utf-8", newline="") as lines:
        _above(lines, dialect)
        places = _places(csv.reader(lines))
    if not places:
        return sheet
    path = sheet.with_name("points.csv")
    with open(sheet, encoding="utf-8", newline="") as lines, open(path, "w", encoding="utf-8", newline="") as out:
        out.writelines(_above(lines, dialect))
        csv.writer(out).writerows(
            [text.translate(SWAPPED) if place in places and has_comma(text) else text for place, text in enumerate(row)]
            for row in csv.reader(lines)
        )
    return path


def _above(lines: Iterator[str], dialect: Dialect) -> list[str]:
    """Read the lines above the rows; return them."""
    above = list(islice(lines, dialect.skip))
    if not dialect.header:
        return above
    kept: list[str] = []
    next(csv.reader(_kept(lines, kept)), None)  # of a name with line breaks, all lines
    return above + kept


def _kept(lines: Iterator[str], kept: list[str]) -> Iterator[str]:
    for line in lines:
        kept.append(line)
        yield line


def _places(rows: Iterable[list[str]]) -> set[int]:
    """Return the places of columns of numbers with a decimal comma in some of them.

    As in text files, 1,234 is of thousands if all numbers with a comma, of its column, can be.
    """
    commas: set[int] = set()
    lists: set[int] = set()  # columns with texts such as 1,2,3
    more: Counter[int] = Counter()  # numbers, less the words among them
    for row in rows:
        for place, text in enumerate(row):
            if has_comma(text):
                more[place] += 1
                if not is_of_thousands(text):
                    commas.add(place)
            elif text[-1:].isdigit() and NUMBER.fullmatch(text):
                more[place] += 1
                if "," in text and not is_of_thousands(text):
                    lists.add(place)
            elif text and text.lower() not in MISSING:
                more[place] -= 1
    return {place for place in commas - lists if more[place] > 0}
