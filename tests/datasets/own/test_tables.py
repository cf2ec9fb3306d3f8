"""A table's rows are read a column at a time, in order, by a database that can reach nothing else."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from mlp.datasets import DatasetError
from mlp.datasets.own import database, source, tables
from mlp.datasets.own.database import open_database
from mlp.datasets.own.plan import Dialect
from mlp.datasets.own.tables import TableReader
from tests.datasets.own.made import Write


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text('age,city,code\n22, Paris ,10\n"1,234.5",Rome,9\n-1,,x\n?,Paris,9\n')
    return path


def test_numbers_and_texts(people: Path) -> None:
    with TableReader(people, Dialect(), numbers=["age"], texts=["city", "code"]) as table:
        assert (table.count, table.names, table.notes) == (4, ("age", "city", "code"), ())
        np.testing.assert_array_equal(table.numbers("age"), [22, 1234.5, -1, np.nan])
        np.testing.assert_array_equal(table.numbers("age", ["", "-1.0"]), [22, 1234.5, np.nan, np.nan])
        codes, texts = table.texts("city")
        assert (codes.tolist(), texts) == ([0, 1, -1, 0], ("Paris", "Rome"))
        assert codes.dtype == np.int32
        codes, texts = table.texts("code", ["x"])
        assert (codes.tolist(), texts) == ([1, 0, -1, 0], ("9", "10"))


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M", "%m/%d/%Y"])
def test_dates_are_read_in_the_order_that_fits_the_whole_column(write: Write, form: str) -> None:
    days = [18_628 + hour / 24 for hour in range(24 * 31)]  # both orders fit the first twelve
    lines = [f"{datetime.fromtimestamp(day * 86_400, UTC):{form}}\n" for day in days]
    path = write("".join(["when\n", *lines, "soon\n"]))
    numbers: tuple[str, ...]
    for numbers, texts in ((("when",), ()), ((), None)):
        with TableReader(path, Dialect(), numbers=numbers, texts=texts) as table:
            found = table.numbers("when")
            assert (set(table.dates), "when" in table.day_first) == ({"when"}, form.startswith("%d"))
            assert table.notes == ("Missing in column 'when': 1 value not written like its other dates.",)
        np.testing.assert_allclose(found, [*(days if "%H" in form else map(int, days)), np.nan])


def test_dates_with_a_zone(write: Write) -> None:
    times = ["2021-01-01T10:00:00", "2021-01-01T10:00:00Z", "2021-01-01T12:00:00+02:00", "2021-01-01 08:00-02:00"]
    path = write("a,b,c,d\n" + f"{','.join(times)}\n" * 2)
    with TableReader(path, Dialect(), numbers=["a", "b", "c", "d"]) as table:
        assert {float(table.numbers(name)[0]) for name in table.names} == {18_628 + 10 / 24}


def test_numbers_are_also_read_from_a_column_of_texts(people: Path) -> None:
    with TableReader(people, Dialect(), texts=None) as table:
        np.testing.assert_array_equal(table.numbers("age"), [22, 1234.5, -1, np.nan])
        np.testing.assert_array_equal(table.numbers("code"), [10, 9, np.nan, 9])


def test_a_column_that_is_not_there_is_refused(people: Path) -> None:
    with (
        pytest.raises(DatasetError, match=r"There is no column 'agge'\. Did you mean 'age'\?"),
        TableReader(people, Dialect(), numbers=["agge"]),
    ):
        pass
    with (
        TableReader(people, Dialect(), numbers=["age"]) as table,
        pytest.raises(DatasetError, match="no column 'city'"),
    ):
        table.texts("city")


@pytest.mark.parametrize(
    ("decimal", "written"), [(".", "−1.5;−2,048;−3.5 €;1_05;$1_0"), (",", "−1,5;−2.048;−3,5 €;1_05;$1_0")]
)
def test_a_minus_that_is_no_hyphen_and_codes(write: Write, decimal: str, written: str) -> None:
    path = write(f"a;b;c;d;e\n{written}\n")
    with TableReader(path, Dialect(delimiter=";", decimal=decimal), texts=None) as table:
        found = [table.numbers(name)[0] for name in table.names]
        np.testing.assert_array_equal(found, [-1.5, -2048, -3.5, np.nan, np.nan])
        ((_, plain),) = table.each(["d"], table.plain_number)
        assert np.ma.getmaskarray(plain).all()


@pytest.mark.parametrize(
    ("texts", "expected", "decimal"),
    [
        ("-$1,234.50;$-2.00;$3;−€4", [-1234.5, -2, 3, -4], "."),
        ("(1,234.50);($2.00);$(3);( 4 %);(5.5);(1'234)", [-1234.5, -2, -3, -4, -5.5, -1234], "."),
        ("(5;5);(-5);();(2008);(0);(1.)", [np.nan] * 7, "."),  # codes
        ("1 234,50;99,5;-1 234 567,0;(99,50);12,50 kr", [1234.5, 99.5, -1234567, -99.5, 12.5], ","),
        ("1 234,50", [np.nan], "."),
        ("$12.50;1.234,50 €;1.5;−1.5", [12.5, 1234.5, 1.5, -1.5], ","),
        ("1\u00a0234,50 €;99,5 €;1 234 €;1 234 EUR", [1234.5, 99.5, 1234, 1234], ","),
        ("1\u202f234.50;99.5", [1234.5, 99.5], "."),
        ("1'234.50;1’234;12'34", [1234.5, 1234, np.nan], "."),
        ("560 001;655 906 444;+49 170 776 358", [np.nan] * 3, "."),  # addresses and telephones
        ("12.50 kr;-1,234.00 kr;?;12.50", [12.5, -1234, np.nan, 12.5], "."),
        ("1,234.50 EUR;(2.00) EUR;9 zł", [1234.5, -2, 9], "."),
        ("9 MAY;0XXL;12 EURO", [np.nan] * 3, "."),
        ("1,5;2,5", [np.nan] * 2, "."),  # two numbers, perhaps
        ("12 34;1 234 5;1 234'567;A 1", [np.nan] * 4, "."),
        (f"${' ' * 3000}x;{'%' * 3000}x", [np.nan] * 2, "."),
        ("1.5\t;\t1,234;\t-$2.50 ", [1.5, 1234, -2.5], "."),
    ],
)
@pytest.mark.parametrize("texts_only", [False, True])
def test_numbers_as_people_write_them(
    write: Write, texts: str, expected: list[float], decimal: str, texts_only: bool
) -> None:
    path = write("\n".join(["n|m", *(f"{text}|0" for text in texts.split(";")), ""]))
    kept = {"texts": None} if texts_only else {"numbers": ["n"]}
    with TableReader(path, Dialect(delimiter="|", decimal=decimal), **kept) as table:
        np.testing.assert_array_equal(table.numbers("n"), expected)


def test_a_decimal_comma_and_points_between_thousands(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("a;b\n1.234,5;1\n-0,5;2\n12.345.678;3\n")
    with TableReader(path, Dialect(delimiter=";", decimal=","), numbers=["a"]) as table:
        assert table.numbers("a").tolist() == [1234.5, -0.5, 12345678]
        assert np.isnan(table.numbers("a", ["-0,5"])[1])


def test_rows_keep_their_order_and_columns_their_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "TOGETHER", 2)  # so that three files keep the columns
    path, rows = tmp_path / "long.csv", np.arange(400_000)
    bad = {7: "1,2,3", 300_000: "1,2,3,4,5,6"}
    lines = [bad.get(row, f"{row},{row * 2},t{row % 5},{row % 256},{255 - row % 256}") for row in rows.tolist()]
    path.write_text("\n".join(["a,b,c,p,q", *lines]))
    kept = np.delete(rows, list(bad))
    with TableReader(path, Dialect(), numbers=["a", "b"], texts=["c"], pixels=["p", "q"]) as table:
        assert table.count == len(kept)
        assert table.notes == ("2 rows were left out for not having 5 values: line 9, 300,002.",)
        np.testing.assert_array_equal(table.numbers("a"), kept)
        np.testing.assert_array_equal(table.numbers("b"), kept * 2)
        np.testing.assert_array_equal(table.texts("c")[0], kept % 5)
        chunks = list(table.pixels(["q", "p"]))
    pixels = np.concatenate(chunks)
    assert pixels.dtype == np.uint8
    assert len(chunks) > 40
    np.testing.assert_array_equal(pixels[:, 0], 255 - kept % 256)
    np.testing.assert_array_equal(pixels[:, 1], kept % 256)


@pytest.mark.parametrize("wrong", ["256", "-1", "1.5", "", "x"])
def test_what_is_no_pixel_is_named(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "pixels.csv"
    path.write_text("p,q\n" + "0,255\n" * 9000 + f"3,{wrong}\n")
    with (
        TableReader(path, Dialect(), pixels=["p", "q"]) as table,
        pytest.raises(
            DatasetError, match="Column 'q' has no whole number from 0 to 255 in row 9,001, so it is no pixel"
        ),
    ):
        list(table.pixels(["p", "q"]))


def test_many_columns_need_little_memory(tmp_path: Path) -> None:
    path, columns = tmp_path / "wide.csv", 2000
    rows = np.random.default_rng(0).integers(0, 100, (300, columns))
    names = [f"n{place}" for place in range(columns)]
    np.savetxt(path, rows, fmt="%d", delimiter=",", header=",".join(names), comments="")
    with TableReader(path, Dialect(), numbers=names) as table:
        np.testing.assert_array_equal(table.numbers("n0"), rows[:, 0])
        np.testing.assert_array_equal(table.numbers("n1999"), rows[:, 1999])


def test_the_database_reaches_the_file_and_its_folder_alone(people: Path, tmp_path: Path) -> None:
    other = tmp_path.parent / "other.csv"
    other.write_text("a,b\n1,2\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    with open_database(folder, people) as opened:
        assert opened.execute(f"SELECT count(*) FROM read_csv('{people}')").fetchall() == [(4,)]
        for statement in (
            f"FROM read_csv('{other}')",
            f"FROM glob('{tmp_path.parent}/*')",
            "FROM read_csv('http://127.0.0.1:1/x.csv')",
            "INSTALL httpfs",
            "LOAD httpfs",
            f"ATTACH '{tmp_path / 'x.duckdb'}'",
            f"COPY (SELECT 1) TO '{tmp_path / 'x.csv'}'",
        ):
            with pytest.raises(duckdb.PermissionException):
                opened.execute(statement)
        with pytest.raises(duckdb.InvalidInputException, match="locked"):
            opened.execute("SET enable_external_access = true")


def test_cells_that_are_too_large_get_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "texts.csv"
    monkeypatch.setattr(database, "MEMORY", "20MB")
    path.write_text("a,b\n" + f"1,{'x' * 1_900_000}\n" * 20)
    with (
        pytest.raises(DatasetError, match="can't be read in little memory, because its cells are too large"),
        TableReader(path, Dialect(), texts=["a", "b"]),
    ):
        pass


def test_a_full_disk_gets_a_sentence() -> None:
    error = tables.unreadable("a.csv", duckdb.IOException("IO Error: … No space left on device"), "csv")
    assert str(error) == "'a.csv' can't be read, because the disk is full. Free some space and try again."


def test_nothing_is_left_behind(people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    with TableReader(people, Dialect(), numbers=["age"]):
        assert list((tmp_path / "scratch").iterdir()) != []
    assert list((tmp_path / "scratch").iterdir()) == []
    monkeypatch.setattr(source, "MOST_REJECTED", -1)
    with pytest.raises(DatasetError), TableReader(people, Dialect(encoding="no such"), numbers=["age"]):
        pass
    assert list((tmp_path / "scratch").iterdir()) == []


PROGRESS = """
import sys
from pathlib import Path
from mlp.datasets.own.database import open_database
folder = Path(sys.argv[1])
with open_database(folder, folder / "a.csv") as connection:
    print(connection.execute("SELECT current_setting('enable_progress_bar')").fetchone())
"""


def test_nothing_is_printed_while_a_file_is_read(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRESS, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "(False,)\n"
