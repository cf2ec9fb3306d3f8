"""A sheet of an Excel file becomes text with commas, which is read like any other."""

import csv
import itertools
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, time
from pathlib import Path
from typing import NamedTuple

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.rows import check_width
from mlp.text import quoted

LARGEST = 1 << 30  # bytes that an Excel file may unpack to
LARGEST_OTHERS = 100 << 20  # bytes of all but the sheets, such as the cells' texts: openpyxl keeps them in memory
MOST_ROWS = 1 << 20  # that Excel itself can write. A row may claim any number, and openpyxl gives all that are missing.
# What openpyxl raises for a file that is damaged, or no Excel file. The XML parser's errors are SyntaxErrors.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
)


class Sheet(NamedTuple):
    """A sheet written as text."""

    path: Path
    name: str
    others: tuple[str, ...]  # names of all sheets
    share: float  # of the sheet that it holds, about; 0 for a part of a sheet that does not say how many rows it has


def sheet_as_text(source: Path, folder: Path, name: str, sheet: str = "", most: int = 0) -> Sheet:
    """Write a sheet as UTF-8 with commas, by default the first with cells. With `most`, about that many of them.

    A formula gives the value that Excel saved with it. Empty rows, and titles above the table, are left out; all rows
    get the same number of cells. Raises DatasetError for a file that is no Excel file, or too large.
    """
    from openpyxl import load_workbook

    try:
        _check_size(source, name)
        # Opened here, because openpyxl looks at a file's name, which an upload does not keep.
        with open(source, "rb") as file, closing(load_workbook(file, read_only=True, data_only=True)) as book:
            sheets = {found.title: found for found in book.worksheets}
            if sheet not in ("", *sheets):
                raise DatasetError(f"{quoted(name)} has no sheet {quoted(sheet)}. Choose one of: {', '.join(sheets)}.")
            title, promised, (width, read, whole) = sheet, 0, (0, 0, True)
            for title in [sheet] if sheet else sheets:
                promised = sheets[title].max_row  # what the file says; some programs write wrong figures
                sheets[title].reset_dimensions()
                width, read, whole = _write(sheets[title].iter_rows(values_only=True), folder / "cells.csv", name, most)
                if width:
                    break
    except BROKEN as error:
        raise DatasetError(f"{quoted(name)} can't be read as an Excel file. Save it again as .xlsx or CSV.") from error
    if not width and sheet:
        raise DatasetError(f"The sheet {quoted(sheet)} of {quoted(name)} is empty. Choose another one.")
    if not width:
        raise DatasetError(f"{quoted(name)} has no sheet with cells. Choose a file with a table in it.")
    path = folder / "sheet.csv"
    with (
        open(folder / "cells.csv", encoding="utf-8", newline="") as cells,
        open(path, "w", encoding="utf-8", newline="") as out,
    ):
        rows = itertools.dropwhile(lambda row: width > 1 and sum(map(bool, row)) == 1, csv.reader(cells))
        csv.writer(out).writerows(row + [""] * (width - len(row)) for row in rows)
    return Sheet(path, title, tuple(sheets), 1.0 if whole else read / promised if promised else 0.0)


def _write(rows: Iterator[tuple[object, ...]], path: Path, name: str, most: int) -> tuple[int, int, bool]:
    """Write rows that are not empty; return the most cells in one, the rows read, and whether that is all.

    Raises DatasetError for more rows than Excel writes, or more columns than a table may have.
    """
    width, cells, read = 0, 0, 0
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for row in rows:
            if most and cells >= most:
                return width, read, False
            if read == MOST_ROWS:
                raise DatasetError(
                    f"A sheet of {quoted(name)} has more than {MOST_ROWS:,} rows, the most that Excel can write. "
                    "Save the table as CSV."
                )
            check_width(len(row), name)
            texts = [_text(value) for value in row]
            if any(texts):
                writer.writerow(texts)
                width = max(width, len(texts))
            cells += len(texts)
            read += 1
    return width, read, True


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value).strip()


def _check_size(source: Path, name: str) -> None:
    with zipfile.ZipFile(source) as archive:
        parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    sheets = sum(part.file_size for part in parts if part.filename.lstrip("/").startswith("xl/worksheets/"))
    if size > LARGEST or size - sheets > LARGEST_OTHERS:
        raise DatasetError(
            f"{quoted(name)} unpacks to {size >> 20:,} MB, too much for an Excel file. Save the table as CSV."
        )
