"""A sheet of an Excel file becomes text."""

import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from mlp.datasets import DatasetError
from mlp.datasets.own import excel
from mlp.datasets.own.excel import sheet_as_text

XML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "people"
    for row in (
        ["Made on Monday"],
        [],
        ["age", "born", "ok", "note"],
        [22, datetime(2002, 5, 1), True, "a, b"],
        [31.5],
    ):
        sheet.append(row)
    sheet.append([None, datetime(2002, 5, 1, 13, 30), None, "=cmd|' /C calc'!A0"])
    made.create_sheet("empty")
    made.save(tmp_path / "upload")  # whatever a file is called
    return tmp_path / "upload"


def test_a_sheet_without_title_and_empty_rows(book: Path, tmp_path: Path) -> None:
    sheet = sheet_as_text(book, tmp_path, "book.xlsx")
    assert sheet.path.read_text().splitlines() == [
        "age,born,ok,note",
        '22,2002-05-01,True,"a, b"',
        "31.5,,,",
        ",2002-05-01 13:30:00,,",
    ]
    assert (sheet.name, sheet.others, sheet.share) == ("people", ("people", "empty"), 1)


def test_a_beginning_says_which_share_it_is(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    assert made.active is not None
    for number in range(100):
        made.active.append([number, number * 2])
    made.save(tmp_path / "book.xlsx")
    sheet = sheet_as_text(tmp_path / "book.xlsx", tmp_path, "book.xlsx", most=40)
    assert (len(sheet.path.read_text().splitlines()), sheet.share) == (20, 0.2)


def test_of_several_sheets_the_first_with_cells_is_read(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.save(tmp_path / "empty.xlsx")
    with pytest.raises(DatasetError, match=r"'empty\.xlsx' has no sheet with cells\. Choose a file with a table"):
        sheet_as_text(tmp_path / "empty.xlsx", tmp_path, "empty.xlsx")
    made.create_sheet("people").append(["age"])
    made.save(tmp_path / "book.xlsx")
    sheet = sheet_as_text(tmp_path / "book.xlsx", tmp_path, "book.xlsx")
    assert (sheet.name, sheet.others, sheet.path.read_text()) == ("people", ("Sheet", "people"), "age\n")


def test_a_sheet_that_is_not_there_or_empty_is_refused(book: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"'b\.xlsx' has no sheet 'peple'\. Choose one of: people, empty\."):
        sheet_as_text(book, tmp_path, "b.xlsx", "peple")
    with pytest.raises(DatasetError, match=r"The sheet 'empty' of 'b\.xlsx' is empty\. Choose another one\."):
        sheet_as_text(book, tmp_path, "b.xlsx", "empty")


@pytest.mark.parametrize("limit", ["LARGEST", "LARGEST_OTHERS"])
def test_an_excel_file_that_unpacks_to_too_much_is_refused(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(excel, limit, 100)
    with pytest.raises(DatasetError, match="too much for an Excel file"):
        sheet_as_text(book, tmp_path, "book.xlsx")


@pytest.mark.parametrize(
    ("cell", "refused"),
    [
        ("A4000000000", "has more than 1,000 rows, the most that Excel can write"),
        ("XFD1", "has 16,384 columns; at most"),
    ],
)
def test_one_cell_far_away_does_not_fill_the_server(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str, refused: str
) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 1000)
    row = f"<row r='{cell.lstrip('AXFD')}'><c r='{cell}' t='inlineStr'><is><t>x</t></is></c></row>"
    rewritten(
        book,
        tmp_path / "far",
        "xl/worksheets/sheet1.xml",
        f"<worksheet xmlns='{XML}'><sheetData>{row}</sheetData></worksheet>".encode(),
    )
    with pytest.raises(DatasetError, match=refused):
        sheet_as_text(tmp_path / "far", tmp_path, "book.xlsx")


def test_damaged_excel_files_are_refused(book: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.xlsx"
    for part, content in (("xl/workbook.xml", b"<workbook"), ("xl/worksheets/sheet1.xml", b"<worksheet><row r='x'")):
        rewritten(book, damaged, part, content)
        with pytest.raises(DatasetError, match="can't be read as an Excel file"):
            sheet_as_text(damaged, tmp_path, "damaged.xlsx")
    damaged.write_bytes(book.read_bytes()[:-100])
    with pytest.raises(DatasetError, match="can't be read as an Excel file"):
        sheet_as_text(damaged, tmp_path, "damaged.xlsx")


def rewritten(book: Path, copy: Path, part: str, content: bytes) -> None:
    """Copy an Excel file, with another content of one of its parts."""
    with zipfile.ZipFile(book) as read, zipfile.ZipFile(copy, "w") as written:
        for name in read.namelist():
            written.writestr(name, content if name == part else read.read(name))
