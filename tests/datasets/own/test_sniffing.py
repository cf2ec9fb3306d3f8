"""How a text file of a table is written is guessed: delimiter, header, decimal point or comma, titles."""

from pathlib import Path

import numpy as np
import pandas
import pytest
from sklearn import datasets

from mlp.datasets import DatasetError
from mlp.datasets.own.plan import EXCEL, PARQUET, Dialect
from mlp.datasets.own.preview import preview_table
from mlp.datasets.own.tables import TableReader
from tests.datasets.own.made import Write, kinds

SKLEARN = Path(datasets.__file__).parent / "data"


def test_decimal_commas_in_all_cells_below_a_title(write: Write) -> None:
    preview = preview_table(write("Measured in May\nx;y;z\n1,5;2,0;0,5\n2,5;1,0;1,5\n3,5;1,5;2,5\n"))
    assert [column.name for column in preview.columns] == ["x", "y", "z"]
    assert (preview.columns[0].low, preview.columns[0].high, preview.dialect.skip) == (1.5, 3.5, 1)


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["42,605", "635", "1,204"], "."),
        (["1,204", "12,5", "42,605"], ","),
        (["0,125", "42,605", "1,204"], ","),
        (["1,204e-3", "42,605", "1,204"], ","),
    ],
)
def test_commas_between_commas_are_of_thousands_if_they_can_be(write: Write, cells: list[str], decimal: str) -> None:
    rows = "".join(f'"{cell}",{age},"Rome, Italy"\n' for age, cell in enumerate(cells * 4))
    preview = preview_table(write(f"people,age,city\n{rows}"))
    assert (preview.dialect.delimiter, preview.dialect.decimal) == (",", decimal)
    assert (preview.columns[0].kind, preview.columns[0].high) == ("number", 42_605 if decimal == "." else 42.605)


def test_thousands_beside_prices(write: Write) -> None:
    rows = "".join(f'"{people:,}","${people * 2.5:,.2f}"\n' for people in range(500, 3500, 100))
    preview = preview_table(write(f"people,price\n{rows}"))
    assert [(column.low, column.high) for column in preview.columns] == [(500, 3400), (1250, 8500)]


def test_quotes_delimiters_and_line_breaks_in_cells(write: Write) -> None:
    preview = preview_table(write('a,b\n"x, ""y""",1\n"two\nlines",2\nz,3\n'))
    assert preview.rows == (('x, "y"', "1"), ("two\nlines", "2"), ("z", "3"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_any_delimiter(write: Write, delimiter: str) -> None:
    rows = [["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"]]
    preview = preview_table(write("\n".join(delimiter.join(row) for row in rows)))
    assert (preview.dialect.delimiter, list(kinds(preview))) == (delimiter, ["a", "b", "c"])


def test_what_was_guessed_can_be_changed(write: Write) -> None:
    file = write("1;a\n2;b\n3;a\n")
    assert not preview_table(file).dialect.header
    preview = preview_table(file, dialect=Dialect(delimiter=";", header=True), target="1")
    assert [column.name for column in preview.columns] == ["1", "a"]
    assert preview.target == "1"
    with pytest.raises(DatasetError, match="There is no column 'nothing'"):
        preview_table(file, target="nothing")


def test_rows_of_texts_alone_without_a_header(write: Write) -> None:
    assert not preview_table(write("red,small\nblue,small\nred,large\nblue,large\n")).dialect.header
    assert preview_table(write("color,size\nred,small\nblue,large\nred,large\n")).dialect.header


@pytest.mark.parametrize(
    ("first", "is_header"),
    [
        ("2019,2020,class,", True),
        ("2019,2020,A,North", False),  # as below
        ("2019,2020,class,North", False),
        ("2020,2020,class,", False),  # no column is called like another
        ("5.1,3.5,class,", False),
        ("2019,2020,,", False),
    ],
)
def test_years_beside_a_name_that_never_comes_again_are_a_header(write: Write, first: str, is_header: bool) -> None:
    rows = [f"{row}.5,{row % 7}.5,{'AB'[row % 2]},{('North', 'South')[row % 3 > 0]}" for row in range(40)]
    preview = preview_table(write("\n".join([first, *rows, ""])))
    assert preview.dialect.header == is_header
    assert not is_header or (preview.target, preview.columns[2].values) == ("class", (("A", 20), ("B", 20)))


def test_texts_that_all_differ_need_no_header(write: Write) -> None:
    assert not preview_table(write("1,2,Ann\n3,4,Bob\n5,6,Cid\n7,8,Dan\n")).dialect.header


def test_ragged_rows_are_left_out_and_named(write: Write) -> None:
    preview = preview_table(write("a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,2,4\nx,2,3\n"))
    assert preview.notes[0] == "2 rows were left out for not having 3 values: line 3, 4."
    assert (preview.count, len(preview.columns)) == (3, 3)


@pytest.mark.parametrize("ragged", ["1,2,A,3", "1\n1,2,A,3", "1,2,A,3\n4,5,B,6\n7,8,A"])
def test_a_longer_row_at_the_end_does_not_skip_all_before_it(write: Write, ragged: str) -> None:
    rows = "".join(f"{number / 7:.3f},{number % 11},{'AB'[number % 2]}\n" for number in range(40))
    preview = preview_table(write(f"a,b,class\n{rows}{ragged}\n"))
    assert [column.name for column in preview.columns] == ["a", "b", "class"]
    assert preview.count >= 40
    assert any("left out for not having 3 values" in note for note in preview.notes)


@pytest.mark.parametrize("ragged", ["5,6,A,extra", "5,6", "5,6,A,extra\n7,8"])
def test_a_title_and_a_row_of_another_length_at_the_end(write: Write, ragged: str) -> None:
    preview = preview_table(write(f"My flowers\n\nw,h,class\n1,2,A\n3,4,B\n{ragged}\n"))
    assert (list(kinds(preview)), preview.dialect.skip) == (["w", "h", "class"], 2)
    assert preview.rows == (("1", "2", "A"), ("3", "4", "B"))
    assert "left out for not having 3 values" in preview.notes[1]


def test_names_are_unique_and_never_empty(write: Write) -> None:
    preview = preview_table(write(",a,a,<b>x</b>,=cmd|' /C calc'!A0\n0,1,2,3,4\n1,4,5,6,8\n"))
    assert list(kinds(preview)) == ["column 1", "a", "a (2)", "<b>x</b>", "=cmd|' /C calc'!A0"]


def test_names_never_get_into_sql(write: Write) -> None:
    file = write('"a""b","x\'); DROP TABLE t; --"\n1,x\n2,y\n2,x\n', "x'; DROP [1]*.csv")
    preview = preview_table(file)
    assert list(kinds(preview)) == ['a"b', "x'); DROP TABLE t; --"]
    with TableReader(file, preview.dialect, numbers=['a"b'], texts=["x'); DROP TABLE t; --"]) as table:
        assert table.numbers('a"b').tolist() == [1, 2, 2]
        assert table.texts("x'); DROP TABLE t; --")[1] == ("x", "y")


def test_parquet(tmp_path: Path) -> None:
    days = pandas.date_range("2024-01-01", periods=40)
    frame = pandas.DataFrame(
        {
            "width": np.linspace(0, 1, 40),
            "size": range(40),
            "day": days,
            "kind": ["a", "b"] * 20,
            "level": [1.0, 2.0] * 20,
        }
    )
    frame.loc[3, "width"] = np.nan
    frame.to_parquet(tmp_path / "upload")
    preview = preview_table(tmp_path / "upload", target="level")
    assert (preview.dialect.format, preview.count, preview.estimated) == (PARQUET, 40, False)
    assert kinds(preview) == {
        "width": "number", "size": "left out", "day": "left out", "kind": "category", "level": "target"
    }  # fmt: skip
    assert preview.columns[2].question.startswith("These are dates.")
    assert preview.columns[4].values == (("1", 20), ("2", 20))
    with TableReader(tmp_path / "upload", preview.dialect, numbers=["day", "width"], texts=["level"]) as table:
        assert table.numbers("day")[:2].tolist() == [19723, 19724]
        assert np.flatnonzero(np.isnan(table.numbers("width"))).tolist() == [3]
        assert table.texts("level")[1] == ("1", "2")


def test_excel(tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    with pandas.ExcelWriter(file) as book:
        pandas.DataFrame({"a": [1, 2, 3], "kind": ["x", "y", "x"]}).to_excel(book, sheet_name="first", index=False)
        table = pandas.DataFrame(
            {"b": [1.5, 2.5], "day": pandas.to_datetime(["2024-01-01", "2024-01-03"]), "c": [1, None]}
        )
        table.to_excel(book, sheet_name="second", index=False, startrow=2)
        book.sheets["second"]["A1"] = "My title"
    preview = preview_table(file)
    assert (preview.dialect.format, preview.dialect.sheet, preview.sheets) == (EXCEL, "first", ("first", "second"))
    assert kinds(preview) == {"a": "number", "kind": "target"}
    second = preview_table(file, dialect=Dialect(EXCEL, sheet="second"))
    assert second.rows == (("1.5", "2024-01-01", "1"), ("2.5", "2024-01-03", ""))
    with TableReader(file, second.dialect, numbers=["b", "day"]) as reader:
        assert reader.numbers("b").tolist() == [1.5, 2.5]
        assert reader.numbers("day").tolist() == [19723, 19725]


def test_thousands_of_columns_below_a_title(write: Write) -> None:
    rows = np.random.default_rng(0).normal(size=(12, 4000)).round(3).astype(str).tolist()
    names = [f"n{place}" for place in range(4000)]
    lines = [";".join([*row, "ab"[place % 2]]).replace(".", ",") for place, row in enumerate(rows)]
    preview = preview_table(write("\n".join(["Measured in May", ";".join([*names, "class"]), *lines])))
    assert (preview.dialect.decimal, preview.dialect.skip, preview.dialect.header) == (",", 1, True)
    assert set(kinds(preview).values()) == {"number", "target"}
    assert (len(preview.columns), preview.count, preview.target) == (4001, 12, "class")
