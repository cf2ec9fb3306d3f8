"""A preview guesses how a table is written and what its columns are for, and refuses what is no table."""

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from sklearn import datasets

from mlp.datasets import CLASSIFICATION, REGRESSION, DatasetError
from mlp.datasets.own import preview as module
from mlp.datasets.own.preview import TablePreview, preview_table
from mlp.datasets.own.tables import TableReader
from mlp.datasets.own.targets import notes_on_classes
from tests.datasets.own.made import Write, kinds

SKLEARN = Path(datasets.__file__).parent / "data"


def reasons(preview: TablePreview) -> dict[str, str]:
    return {column.name: column.reason for column in preview.columns}


# ── small files that a first version gets wrong ──


def test_a_decimal_comma(write: Write) -> None:
    file = write("x;y;class\n1,5;2,0;A\n2,5;1,0;B\n")
    preview = preview_table(file)
    assert kinds(preview) == {"x": "number", "y": "number", "class": "target"}
    assert (preview.dialect.delimiter, preview.dialect.decimal, preview.task) == (";", ",", CLASSIFICATION)
    assert (preview.columns[0].low, preview.columns[0].high) == (1.5, 2.5)
    with TableReader(file, preview.dialect, numbers=["x", "y"]) as table:
        assert table.numbers("x").tolist() == [1.5, 2.5]
        assert table.numbers("y").tolist() == [2.0, 1.0]


def test_one_column_of_texts_is_refused(write: Write) -> None:
    preview = preview_table(write("email\nt@gmail.com\nu@yahoo.com\n"))
    assert kinds(preview).keys() == {"email"}
    assert preview.rows == (("t@gmail.com",), ("u@yahoo.com",))
    assert preview.problem.startswith("There is only one column, so there is nothing to learn from.")


def test_of_an_excel_file_the_first_sheet_with_several_columns_is_guessed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes.append(["Measured in May; see the next sheet"])
    notes.append(["by Anna, Ben"])
    for title in ("Info", "Empty"):
        book.create_sheet(title)
    book["Info"].append(["more"])
    book.save(tmp_path / "notes.xlsx")
    refused = preview_table(tmp_path / "notes.xlsx")
    assert (refused.dialect.sheet, refused.sheets) == ("Sheet", ("Sheet", "Info", "Empty"))
    assert refused.problem.endswith("Choose another sheet, or add columns.")
    data = book.create_sheet("Daten")
    for row in (["x", "class"], [1, "a"], [2, "b"]):
        data.append(row)
    book.save(tmp_path / "table.xlsx")
    found = preview_table(tmp_path / "table.xlsx")
    assert (found.dialect.sheet, [*kinds(found)]) == ("Daten", ["x", "class"])
    assert preview_table(tmp_path / "table.xlsx", dialect=refused.dialect).dialect.sheet == "Sheet", "if it was chosen"


def test_a_byte_order_mark_is_no_part_of_a_name(write: Write) -> None:
    preview = preview_table(write(b"\xef\xbb\xbflabel,a\n1,2\n3,4\n"))
    assert kinds(preview) == {"label": "target", "a": "number"}


def test_a_second_row_of_names_is_noticed(write: Write) -> None:
    rows = [f"{row}.5,{row % 7},{row % 9},{'xy'[row % 2]}" for row in range(40)]
    hint = (
        "The first row has words above numbers: 'length', 'width', 'kg'. If that row has the column names, set "
        "“Lines to skip above” to 1."
    )
    for second, noticed in (("length,width,kg,label", True), ("1,NA,?,x", False), (",,,x", False), ("1,2,kg,x", False)):
        preview = preview_table(write("\n".join(["size,,weight,", second, *rows, ""])))
        assert (hint in preview.notes) is noticed
        assert len(preview.notes) == noticed


def test_without_a_header_no_row_is_lost(write: Write) -> None:
    preview = preview_table(write("7,0,0,1\n3,0,0,2\n"))
    assert not preview.dialect.header
    assert [column.name for column in preview.columns] == ["column 1", "column 2", "column 3", "column 4"]
    assert preview.rows == (("7", "0", "0", "1"), ("3", "0", "0", "2"))
    assert preview.count == 2


def test_zip_codes_are_text_and_ids_and_constants_are_left_out(write: Write) -> None:
    file = write("zip,id,class,const\n01234,1,1,1\n00321,2,2,1\n")
    preview = preview_table(file)
    assert kinds(preview) == {"zip": "category", "id": "left out", "class": "target", "const": "left out"}
    assert reasons(preview)["zip"] == "Leading zeros: text."
    assert reasons(preview)["id"] == "All values differ: an id."
    assert reasons(preview)["const"] == "Constant: 1."
    with TableReader(file, preview.dialect, texts=["zip"]) as table:
        assert table.texts("zip")[1] == ("00321", "01234")


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "Unnamed: 0.1"])
@pytest.mark.parametrize("numbers", [(0, 1, 2), (1, 2, 3), (17, 3, 5)], ids=["pandas", "R", "a part of a table"])
def test_row_numbers_are_left_out(write: Write, name: str, numbers: tuple[int, ...]) -> None:
    rows = "".join(f"{number},{x},{label}\n" for number, x, label in zip(numbers, (5, 7, 7), "ABB", strict=True))
    preview = preview_table(write(f"{name},x,class\n{rows}"))
    assert list(kinds(preview).values()) == ["left out", "number", "target"]
    reason = "All values differ: an id." if name else "No name, and all values differ: row numbers."
    assert preview.columns[0].reason == reason


@pytest.mark.parametrize(
    "text",
    ["x,y,class\n0,5,A\n1,7,B\n", "0,5,A\n1,7,B\n", ",y,class\n0,5,A\n1,7,B\n1,7,B\n", ",y,class\n0.5,5,A\n1.5,7,B\n"],
    ids=["a name", "no names at all", "a number twice", "no whole numbers"],
)
def test_other_first_columns_stay_numbers(write: Write, text: str) -> None:
    assert list(kinds(preview_table(write(text))).values()) == ["number", "number", "target"]


def test_missing_values_of_several_kinds(write: Write) -> None:
    file = write("Age,class\n,A\n?,B\n-999,NA\n22,A\n")
    preview = preview_table(file)
    age, target = preview.columns
    assert (age.kind, age.missing, age.missing_values) == ("number", 0.5, ("", "?"))
    assert (age.question, age.suspect) == ("-999 appears in 1 row. Does it mean missing?", "-999")
    assert (target.kind, target.missing, target.missing_values) == ("target", 0, ())
    assert dict(target.values) == {"A": 2, "B": 1, "NA": 1}
    with TableReader(file, preview.dialect, numbers=["Age"], texts=["class"]) as table:
        assert table.texts("class", target.missing_values)[1] == ("A", "B", "NA")
        assert table.numbers("Age", [*age.missing_values, age.suspect]).tolist()[3] == 22
        assert np.isnan(table.numbers("Age", [*age.missing_values, age.suspect])).sum() == 3


def test_classes_with_one_or_two_rows_are_named(write: Write) -> None:
    rows = [f"{number},A" for number in range(80)] + ["30,B", "31,C", "32,C"]
    notes = notes_on_classes(preview_table(write("x,class\n" + "\n".join(rows))).columns[1])
    assert notes == (
        "1 class has a single row, used for training: 'B'.",
        "1 class has two rows, for training and validation: 'C'.",
        "'A' is the class of 96\u202f% of the rows: guessing it is hard to beat.",
    )


def test_of_too_many_classes_only_the_number_is_said(write: Write) -> None:
    preview = preview_table(write("x,class\n" + "\n".join(f"{n},class {n % 110}" for n in range(150))), target="class")
    assert notes_on_classes(preview.columns[1]) == ()
    assert preview.problem.startswith("The target 'class' has 110 different values; at most 100")


def test_the_reason_for_a_target_is_a_persons_choice_if_it_was_one(write: Write) -> None:
    file = write("x,species,z\n" + "\n".join(f"{number},{number % 3},{number % 5}" for number in range(30)))
    reasons = {
        target: next(column.reason for column in preview_table(file, target=target).columns if column.kind == "target")
        for target in ("", "species", "x")
    }
    assert reasons == {
        "": "Its name is usual for an answer.",
        "species": "Its name is usual for an answer.",
        "x": "Chosen to be predicted.",
    }


@pytest.mark.parametrize("row", ["${0},000;{0} %;€ {0}.5", "{0},000.00 $;{0}%;{0}.5€", "£ {0},000; {0} % ;¥{0}.5"])
def test_amounts_of_money_and_percentages_are_numbers(write: Write, row: str) -> None:
    preview = preview_table(write("price;share;fee\n" + "\n".join(row.format(n) for n in (3, 7, 5, 8, 21))))
    assert [(column.low, column.high) for column in preview.columns] == [(3000, 21_000), (3, 21), (3.5, 21.5)]
    assert preview.task == REGRESSION


# ── real files ──


@pytest.mark.parametrize(
    ("name", "rows", "columns", "classes"),
    [("iris", 150, 5, 3), ("wine_data", 178, 14, 3), ("breast_cancer", 569, 31, 2)],
)
def test_the_files_of_scikit_learn(name: str, rows: int, columns: int, classes: int) -> None:
    preview = preview_table(SKLEARN / f"{name}.csv")
    assert (preview.count, len(preview.columns), preview.task) == (rows, columns, CLASSIFICATION)
    assert preview.target == f"column {columns}"
    assert preview.columns[-1].distinct == classes
    assert {column.kind for column in preview.columns[:-1]} == {"number"}
    assert preview.notes[0].startswith(f"1 line was skipped before the table: {rows},{columns - 1},")


def test_numbers_with_spaces_between_in_a_gzip_file() -> None:
    preview = preview_table(SKLEARN / "diabetes_data_raw.csv.gz")
    assert (preview.count, len(preview.columns), preview.dialect.delimiter) == (442, 10, " ")
    assert not preview.dialect.header


def test_a_number_to_predict(write: Write) -> None:
    data = datasets.load_diabetes(as_frame=True, scaled=False).frame
    preview = preview_table(write(data.to_csv(index=False)))
    assert (preview.target, preview.task) == ("target", REGRESSION)
    assert kinds(preview)["sex"] == "number"
    assert sum(preview.columns[0].histogram) == 442


def test_what_means_missing_is_decided_for_any_column(write: Write) -> None:
    rows = ["-999,?,2021-03-05,A", "2,x,1900-01-01,B", "3,,2021-03-06,-", "4,y,2021-03-07,A", "7,x,2021-03-08,B"]
    file = write("\n".join(["n,c,d,class", *rows]))
    decided = {"n": ("-999", "7"), "c": ("?", "y"), "d": ("1900-01-01",), "class": ("-",)}
    preview = preview_table(file, missing_values=decided)
    assert {column.name: column.missing for column in preview.columns} == {"n": 0.4, "c": 0.6, "d": 0.2, "class": 0.2}
    number, category, date, target = preview.columns
    assert (number.low, number.high, number.missing_values) == (2, 4, ("", "-999", "7"))
    assert (category.values, category.question) == ((("x", 2),), "")
    assert "1900-01-01" not in dict(date.values)
    assert (target.values, target.missing_values) == ((("A", 2), ("B", 2)), ("", "-"))
    with TableReader(file, preview.dialect, numbers=["n", "d"], texts=["c"]) as table:
        assert np.isnan(table.numbers("n", decided["n"])).tolist() == [True, False, False, False, True]
        assert np.isnan(table.numbers("d", decided["d"])).tolist() == [False, True, False, False, False]
        assert table.texts("c", decided["c"])[0].tolist() == [-1, 0, -1, -1, 0]


# ── large files ──


def test_figures_of_a_large_file_are_those_of_its_beginning(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CELLS", 2000)
    preview = preview_table(
        write("x,class\n" + "\n".join(f"{number % 50},{'AB'[number % 2]}" for number in range(9000)))
    )
    assert preview.notes == ("Kinds and figures are those of the first 1,000 rows.",)
    assert preview.estimated
    assert 8500 < preview.count < 9500
    assert sum(count for _, count in preview.columns[1].values) == 1000


def test_only_the_beginning_of_a_large_file_is_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEGINNING", 1 << 20)
    text = "x,class\n" + "\n".join(f"{number % 997},{'AB'[number % 2]}" for number in range(600_000))
    for file in (write(text), write(gzip.compress(text.encode(), 1), "table.csv.gz")):
        preview = preview_table(file)
        assert preview.estimated
        assert 570_000 < preview.count < 630_000
        assert not any("left out" in note for note in preview.notes)


@pytest.mark.parametrize("says", [True, False])
def test_only_the_beginning_of_a_large_sheet_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: bool
) -> None:
    monkeypatch.setattr(module, "EXCEL_CELLS", 400)
    book = openpyxl.Workbook(write_only=not says)  # written row by row, a sheet does not say how many it has
    sheet = book.create_sheet("long") if book.write_only else book.active
    assert sheet is not None
    for row in (["x", "class"], *([number % 9, "AB"[number % 2]] for number in range(999))):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    preview = preview_table(tmp_path / "book.xlsx")
    assert (preview.count, preview.estimated) == (995 if says else 199, True)
    assert "Kinds and figures are those of the first 199 rows." in preview.notes
    assert ("The sheet has more rows, but does not say how many." in preview.notes) is not says


# ── bad input ──


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "'table.csv' is empty. Choose a file with a header and at least two rows."),
        (b" \n\n", "'table.csv' is empty. Choose a file with a header and at least two rows."),
        (b"a,b,c\n", "'table.csv' has a header but no rows. Choose a file with rows below the header, or"),
        (b"a,b\n1,2\x003\n", "'table.csv' has NUL bytes: it is not text, or it is damaged."),
        (b"\x89PNG\r\n\x1a\n", "'table.csv' is an image, not a table."),
        (b"<!DOCTYPE html>\n<html>", "'table.csv' is a web page, not a table. Download the file itself."),
        (gzip.compress(b"<html><body>404"), "'table.csv' is a web page, not a table."),
        (gzip.compress(b"a,b\n1,2\n" * 999)[:-20], "'table.csv' can't be read: Compressed file ended"),
        (b"PK\x03\x04" + bytes(100), "'table.csv' can't be read as an Excel file. Save it again as .xlsx or CSV."),
        (b"PAR1" + bytes(100), "'table.csv' is not a complete Parquet file. Copy or make it again."),
        (
            b'{"a":0.1,"label":"yes"}\n{"a":0.2,"label":"no"}\n',
            "'table.csv' is JSON, not a table. Save the table as CSV",
        ),
        (b'[\n  {"a": 0.1}]', "'table.csv' is JSON, not a table. Save the table as CSV, .xlsx or Parquet."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "'table.csv' is an old Excel file, not a table. Save the table as CSV, .xlsx"),
        (",".join(map(str, range(10_000))).encode(), "'table.csv' has 10,000 columns; at most 4,096 are allowed."),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else "",
)
def test_what_is_no_table_is_refused(write: Write, content: bytes, sentence: str) -> None:
    with pytest.raises(DatasetError) as error:
        preview_table(write(content, "upload-17"), "table.csv")
    assert str(error.value).startswith(sentence)


def test_a_line_of_300_mb_is_refused_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    with open(file, "wb") as out:
        out.write(b"a,b\n")
        for _ in range(300):
            out.write(b"x" * (1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(DatasetError, match="has a line of more than 2,000,000 bytes, the longest allowed"):
            preview_table(file)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x,class\n1,A\n2,A\n3,A\n", "The target 'class' has only one class, 'A', so there is nothing to learn."),
        ("x,class\n1,\n2,\n3,\n", "The target 'class' has no values. Choose another target."),
        (
            "x,class\n" + "\n".join(f"{number % 7},c{number}" for number in range(5000)),
            "The target 'class' has 5,000 different values; at most 100 classes are allowed.",
        ),
        ("const,class\n1,A\n1,B\n1,A\n", "All columns but the target are left out, so there is nothing to learn from."),
    ],
    ids=["one class", "no values", "5,000 classes", "nothing to learn from"],
)
def test_nothing_to_learn(write: Write, text: str, problem: str) -> None:
    assert preview_table(write(text)).problem.startswith(problem)


def test_infinities_count_as_missing(write: Write) -> None:
    file = write("x,class\ninf,A\n-Infinity,B\n1e400,A\n3,B\n4,A\n1e39,B\nnan,A\n")
    preview = preview_table(file)
    column = preview.columns[0]
    assert (column.kind, column.low, column.high) == ("number", 3, 4)
    assert column.reason == "Numbers; 4 infinite ones count as missing."
    assert column.missing == pytest.approx(5 / 7)
    with TableReader(file, preview.dialect, numbers=["x"]) as table:
        np.testing.assert_array_equal(table.numbers("x"), [np.nan, np.nan, np.nan, 3, 4, np.nan, np.nan])


def test_texts_may_start_with_zeros(write: Write) -> None:
    preview = preview_table(write("code,share,class\n00ff,0.5,A\n0a1b,0.25,B\n00ff,0,A\n"))
    assert reasons(preview) == reasons(preview) | {"code": "2 texts.", "share": "Numbers."}


def test_dates_are_left_out_or_numbers(write: Write) -> None:
    file = write("us,de,x,class\n12/31/2023,31.12.2023,1,A\n01/02/2024,02.01.2024,5,B\n01/03/2024,03.01.2024,7,A\n")
    preview = preview_table(file)
    assert kinds(preview) == {"us": "left out", "de": "left out", "x": "number", "class": "target"}
    assert preview.columns[0].question == "These are dates. Use them as numbers (days since 1970), or leave them out?"
    with TableReader(file, preview.dialect, numbers=["us", "de"]) as table:
        assert table.numbers("us").tolist() == table.numbers("de").tolist() == [19722, 19724, 19725]
