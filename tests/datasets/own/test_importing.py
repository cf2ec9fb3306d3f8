"""Files become data sets: tables with a test set of their own, images, pixels in a table."""

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from mlp.datasets import REGRESSION, DatasetError, dataset_info, load_dataset
from mlp.datasets.own.importing import import_images, import_table
from mlp.datasets.own.plan import Dialect, ImageOptions, ImagesPlan, SplitPlan, TablePlan
from mlp.datasets.own.preview import preview_table, suggested_plan, target_column
from mlp.datasets.own.stored import own_datasets, read_stored
from mlp.datasets.own.targets import classes_in_order
from mlp.datasets.preprocessing import NumberColumn, Preprocessing
from tests.datasets.own.made import small_files
from tests.picture_files import shade, write_zip

pytestmark = pytest.mark.usefixtures("own")

PLAN = TablePlan(
    "People", Dialect(), "kind", "classification", {"age": "number", "city": "category", "note": "left out"}
)


def people(path: Path, rows: int = 40, header: str = "age,city,kind,note", start: int = 0) -> Path:
    lines = [f"{20 + row % 50},{['Bonn', 'Lima'][row % 2]},{'AB'[row % 3 > 0]},row {row}" for row in range(rows)]
    path.write_text("\n".join([header, *lines[start:]]) + "\n", "utf-8")
    return path


def raw_rows(name: str, split: str) -> list[list[float]]:
    table = load_dataset(name).table
    assert table is not None
    return table.rows(split).tolist()


def test_a_table_becomes_a_data_set(tmp_path: Path) -> None:
    shown: list[tuple[float, str]] = []
    name = import_table(people(tmp_path / "people.csv"), PLAN, lambda *what: shown.append(what))
    dataset = load_dataset(name)
    assert dataset.table is not None
    assert dataset.table.preprocessing.names == ("age", "city = Bonn", "city = Lima")
    assert (dataset.info.label, dataset.info.source) == ("People", "imported from people.csv")
    for split in ("train", "validation", "test"):
        for (age, city), label in zip(raw_rows(name, split), dataset.split(split).labels, strict=True):
            row = int(age) - 20
            assert (city, label) == (row % 2, row % 3 > 0)
    shares = [share for share, _ in shown]
    assert shares == sorted(shares)
    assert (shares[0], shown[0][1]) == (0, "Reading people.csv")


def test_classes_that_differ_only_in_capital_letters_or_spaces_become_one_if_the_plan_says_so(tmp_path: Path) -> None:
    file, test = tmp_path / "answers.csv", tmp_path / "test.csv"
    file.write_text("x,answer\n" + "".join(f"{row},{('no', 'Yes', 'yes', 'Yes')[row % 4]}\n" for row in range(40)))
    test.write_text("x,answer\n1,YES\n3,No\n5,maybe\n")
    plan = TablePlan("Answers", Dialect(), "answer", "classification", {"x": "number", "answer": "target"})
    apart = read_stored(import_table(file, plan))
    assert apart.info.class_names == ("Yes", "no", "yes")
    assert apart.notes == ("'Yes' and 'yes' are different classes: they differ only in capital letters.",)
    together = import_table(file, replace(plan, merge_classes=True), test=test)
    stored, dataset = read_stored(together), load_dataset(together)
    assert stored.info.class_names == ("Yes", "no")
    assert stored.notes[:-1] == (
        "Left out: rows of the test file with a class that is only there, such as maybe.",
        "1 row left out: no value to predict.",
        "'Yes' and 'yes' are one class: they differ only in capital letters.",
    )
    assert stored.notes[-1].startswith("1 of 2 test rows are also in training")
    for split in ("train", "validation", "test"):
        rows = [int(x) for (x,) in raw_rows(together, split)]
        known = {1: 0, 3: 1} if split == "test" else {row: int(row % 4 == 0) for row in rows}
        assert [known[row] for row in rows] == dataset.split(split).labels.tolist()


def test_folders_that_differ_only_in_capital_letters_become_one_class(tmp_path: Path) -> None:
    pictures = {f"{('Cat', 'cat', 'dog')[number % 3]}/{number}.png": shade(number) for number in range(20)}
    plan = ImagesPlan("Pets", ImageOptions((8, 8)), merge_classes=True)
    name = import_images(write_zip(tmp_path / "pets.zip", pictures), plan)
    dataset = load_dataset(name)
    assert dataset.info.class_names == ("Cat", "dog")
    assert [dataset.split(split).labels.tolist().count(0) for split in ("train", "validation", "test")] == [10, 2, 2]
    assert "'Cat' and 'cat' are one class: they differ only in capital letters." in read_stored(name).notes


def test_what_the_browser_called_the_file_is_shown(tmp_path: Path) -> None:
    name = import_table(people(tmp_path / "upload"), PLAN, name="Leute.csv", token="me")
    assert read_stored(name, "me").info.source == "imported from Leute.csv"
    assert own_datasets("you") == []


def test_values_that_mean_missing(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Age,class\n,A\n?,B\n-999,NA\n22,A\n30,B\n40,NA\n")
    plan = TablePlan("Ages", Dialect(), "class", "classification", {"Age": "number"}, {"Age": ("", "?", "-999")})
    dataset = load_dataset(import_table(file, plan))
    assert dataset.info.class_names == ("A", "B", "NA")
    assert dataset.table is not None
    ages = np.concatenate([dataset.table.rows(split)[:, 0] for split in ("train", "validation", "test")])
    assert sorted(ages[~np.isnan(ages)]) == [22, 30, 40]
    (column,) = dataset.table.preprocessing.columns
    assert isinstance(column, NumberColumn)
    assert list(column.missing_values) == [-999]
    assert "missing" not in Preprocessing((replace(column, missing_values=()),)).to_json()


@pytest.mark.parametrize(
    "classes",
    [("1", "1.0", "2", "2.0"), ("-1", "+1"), ("10%", "20%", "5%"), ("$1,000", "$2,000"), ("3", "inf", "nan", "9-")],
)
def test_the_classes_of_the_preview_are_those_of_the_import(tmp_path: Path, classes: tuple[str, ...]) -> None:
    file = tmp_path / "classes.csv"
    file.write_text("".join(["x|class\n", *(f"{row}.5|{classes[row % len(classes)]}\n" for row in range(40))]))
    preview = preview_table(file, target="class", task="classification")
    counts = classes_in_order(target_column(preview))
    assert tuple(text for text, _ in counts) == classes
    assert load_dataset(import_table(file, suggested_plan(preview, "Classes"))).info.class_names == classes
    assert sum(count for _, count in counts) == 40


def test_values_of_numbers_that_are_none_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("age,class\nyoung,A\n?,B\n12,A\nyoung,B\n-5 €,A\nold,B\nunclear,A\n7,B\n")
    plan = TablePlan("Ages", Dialect(), "class", "classification", {"age": "number"}, {"age": ("unclear",)})
    assert read_stored(import_table(file, plan)).notes == (
        "3 values of column 'age' can't be read as numbers, so they are missing: 'young', 'old'.",
    )


@pytest.mark.parametrize(
    ("written", "shown", "dtype"),
    [
        ("2021-03-{0:02}", "2021-03-{0:02}", np.float32),
        ("{0:02}.03.2021", "2021-03-{0:02}", np.float32),
        ("2021-03-{0:02} 10:30:07", "2021-03-{0:02} 10:30:07", np.float64),
        ("167772{0:02}", "167772{0:02}", np.float64),  # float32 has no odd numbers beyond 16,777,216
        ("1700000000.{0:02}", "1700000000.{0:02}", np.float64),  # nor any others within 64 seconds of this time
        ("0.1{0:02}", "0.1{0:02}", np.float32),
    ],
)
def test_dates_and_long_numbers_are_kept_as_they_are_written(
    tmp_path: Path, written: str, shown: str, dtype: type
) -> None:
    file = tmp_path / "times.csv"
    file.write_text("".join(["when,x,kind\n", *(f"{written.format(day)},1.5,{day % 2}\n" for day in range(10, 28))]))
    plan = TablePlan("Times", Dialect(), "kind", "classification", {"when": "number", "x": "number"})
    dataset = load_dataset(import_table(file, plan))
    assert dataset.table is not None
    rows = np.concatenate([dataset.table.rows(split) for split in ("train", "validation", "test")])
    assert rows.dtype == dtype
    assert set(rows[:, 1]) == {1.5}
    column = dataset.table.preprocessing.columns[0]
    assert isinstance(column, NumberColumn)
    assert column.is_date == (shown[:4] == "2021")
    texts = sorted(map(column.text, rows[:, 0]))
    written_days = [shown.format(day) for day in range(10, 28)]
    assert texts == [text.rstrip("0") if "." in text else text for text in written_days]
    since = np.datetime64(0, "s")
    days = (np.array(texts, "M8[s]") - since) / np.timedelta64(1, "D") if column.is_date else np.array(texts, float)
    np.testing.assert_array_equal(days.astype(dtype), np.sort(rows[:, 0]))


def test_a_number_to_predict(tmp_path: Path) -> None:
    plan = replace(PLAN, target="age", task=REGRESSION, kinds={"city": "category"})
    name = import_table(people(tmp_path / "people.csv"), plan)
    info = dataset_info(name)
    assert info.target is not None
    assert (info.task, info.class_names, info.target.name) == (REGRESSION, ("age",), "age")
    ages = load_dataset(name).train.labels * info.target.scale + info.target.mean
    assert set(np.rint(ages)) <= set(range(20, 70))


def test_a_second_file_is_the_test_set(tmp_path: Path) -> None:
    train = people(tmp_path / "train.csv", rows=30)
    test = tmp_path / "test.csv"
    test.write_text("city,kind,age\nLima,A,90\nOslo,B,91\nLima,C,92\n,A,93\n")  # other columns, in another order
    name = import_table(train, PLAN, test=test)
    rows = sorted(raw_rows(name, "test"))
    assert [age for age, _ in rows] == [90, 91, 93]
    np.testing.assert_equal([city for _, city in rows], [1, np.nan, np.nan])
    info = dataset_info(name)
    assert (info.train, info.validation, info.test, info.class_names) == (26, 4, 3, ("A", "B"))
    assert read_stored(name).notes == (
        "Left out: rows of the test file with a class that is only there, such as C.",
        "1 row left out: no value to predict.",
    )


def test_a_test_set_may_be_written_in_another_way(tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text("age;city;kind\n90,5;Lima;A\n91,5;Oslo;B\n")
    name = import_table(people(tmp_path / "train.csv"), PLAN, test=test)
    assert sorted(age for age, _ in raw_rows(name, "test")) == [90.5, 91.5]


@pytest.mark.parametrize(("decimal", "encoding"), [(".", "utf-8"), (",", "cp1252")])
def test_a_test_set_may_have_another_decimal_sign_or_encoding(tmp_path: Path, decimal: str, encoding: str) -> None:
    def write(name: str, ages: range, decimal: str, encoding: str) -> Path:
        cities = ("Düsseldorf", "Köln")
        lines = [f"{age}{decimal}5;{cities[age % 2]};{'AB'[age % 2]}\n" for age in ages]
        (tmp_path / name).write_text("age;city;kind\n" + "".join(lines), encoding)
        return tmp_path / name

    train, test = write("train.csv", range(30), decimal, encoding), write("test.csv", range(90, 94), ",", "utf-8")
    name = import_table(
        train, replace(PLAN, dialect=Dialect(delimiter=";", decimal=decimal, encoding=encoding)), test=test
    )
    assert sorted(raw_rows(name, "test")) == [[90.5, 0], [91.5, 1], [92.5, 0], [93.5, 1]]


@pytest.mark.parametrize(
    ("train_form", "test_form"), [("%d/%m/%Y", "%d/%m/%Y"), ("%m/%d/%Y", "%m/%d/%Y"), ("%d/%m/%Y", "%Y-%m-%d")]
)
def test_the_dates_of_a_test_set_are_written_as_in_the_first_file(
    tmp_path: Path, train_form: str, test_form: str
) -> None:
    def write(name: str, days: list[date], form: str) -> Path:
        lines = [f"{day:{form}},{'AB'[day.day % 2]}\n" for day in days]
        (tmp_path / name).write_text("".join(["when,kind\n", *lines]))
        return tmp_path / name

    year = [date(2020, 1, 1) + timedelta(days) for days in range(366)]
    test = [date(2020, 2, 10), date(2020, 12, 3)]
    plan = TablePlan("Days", Dialect(), "kind", "classification", {"when": "number"})
    dataset = load_dataset(
        import_table(write("train.csv", year, train_form), plan, test=write("test.csv", test, test_form))
    )
    assert dataset.table is not None
    (column,) = dataset.table.preprocessing.columns
    assert isinstance(column, NumberColumn)
    assert column.day_first == (train_form == "%d/%m/%Y")
    assert ("day_first" in dataset.table.preprocessing.to_json()) == column.day_first
    assert sorted(column.text(float(day)) for day in dataset.table.test[:, 0]) == ["2020-02-10", "2020-12-03"]


def test_a_test_file_without_the_target_is_a_sentence(tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text("age,city\n22,Bonn\n")
    with pytest.raises(
        DatasetError, match=r"In test\.csv: There is no column 'kind'\. Known: age, city\. Choose a file with the s"
    ):
        import_table(people(tmp_path / "train.csv"), PLAN, test=test)
    assert own_datasets() == []


def test_a_column_names_the_split(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    rows = [f"{age},{'AB'[age % 2]},{part}" for age, part in enumerate(["train"] * 6 + ["val"] * 3 + ["test"] * 2)]
    file.write_text("\n".join(["age,kind,part", *rows]))
    plan = TablePlan(
        "People",
        Dialect(),
        "kind",
        "classification",
        {"age": "number", "part": "category"},
        split=SplitPlan(column="part"),
    )
    name = import_table(file, plan)
    ages = [sorted(age for (age,) in raw_rows(name, split)) for split in ("train", "validation", "test")]
    assert ages == [[0, 1, 2, 3, 4, 5], [6, 7, 8], [9, 10]]


def test_rows_that_are_also_in_training_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "twice.csv"
    rows = [f"{row * 37 % 101}.5,{'AB'[row % 2]}\n" for row in range(100)]
    plan = TablePlan("Twice", Dialect(), "class", "classification", {"x": "number"})
    file.write_text("".join(["x,class\n", *rows]))
    assert read_stored(import_table(file, plan)).notes == ()
    file.write_text("".join(["x,class\n", *rows, *rows]))
    dataset = load_dataset(name := import_table(file, plan))
    known = set(zip(dataset.train.inputs[:, 0].tolist(), dataset.train.labels.tolist(), strict=True))
    counts = [
        sum(pair in known for pair in zip(split.inputs[:, 0].tolist(), split.labels.tolist(), strict=True))
        for split in (dataset.validation, dataset.test)
    ]
    assert read_stored(name).notes == (
        f"{counts[0]} of 30 validation and {counts[1]} of 30 test rows are also in training.",
    )
    file.write_text("x,class\n" + "".join(f"{row % 7},{'AB'[row % 2]}\n" for row in range(100)))
    assert read_stored(import_table(file, plan)).notes == (), "few values: rows are alike in training, too"


def test_thirty_rows_of_one_class_then_one_of_another(tmp_path: Path) -> None:
    file = tmp_path / "rare.csv"
    file.write_text("x,class\n" + "".join(f"{row},A\n" for row in range(30)) + "30,B\n")
    name = import_table(file, TablePlan("Rare", Dialect(), "class", "classification", {"x": "number"}))
    dataset = load_dataset(name)
    assert [set(dataset.split(split).labels.tolist()) for split in ("train", "validation", "test")] == [
        {0, 1},
        {0},
        {0},
    ]
    assert read_stored(name).notes == ("Class B has a single row, which is for training.",)


def test_a_zip_of_images_becomes_a_data_set(tmp_path: Path) -> None:
    pictures = {
        f"{kind}/{index}.png": shade(level + index)
        for kind, level in (("ink", 200), ("sky", 20))
        for index in range(10)
    }
    file = write_zip(tmp_path / "pictures.zip", {**pictures, "sky/broken.png": b"nonsense"})
    name = import_images(file, ImagesPlan("Shades", ImageOptions(size=(4, 5), invert=True)))
    dataset = load_dataset(name)
    assert (dataset.info.kind, dataset.info.image_shape, dataset.info.class_names) == ("images", (4, 5), ("ink", "sky"))
    assert (dataset.info.train, dataset.info.validation, dataset.info.test) == (14, 3, 3)
    assert [int(image[0] > 127) for image in dataset.train.inputs] == dataset.train.labels.tolist()
    assert "1 image skipped: sky/broken.png" in read_stored(name).notes[0]


def test_folders_that_name_the_split_decide_it(tmp_path: Path) -> None:
    pictures = {
        f"{split}/{kind}/{index}.png": shade(level)
        for split, level, count in (("train", 10, 10), ("test", 200, 5))
        for kind in "ab"
        for index in range(count)
    }
    dataset = load_dataset(import_images(write_zip(tmp_path / "pictures.zip", pictures), ImagesPlan("Shades")))
    assert [len(split.labels) for split in (dataset.train, dataset.validation, dataset.test)] == [17, 3, 10]
    assert (dataset.test.inputs == 200).all()
    assert (dataset.train.inputs == 10).all()


def test_all_temporary_files_are_in_the_folder_of_the_import(tmp_path: Path, own: Path) -> None:
    system = tmp_path / "system"
    system.mkdir()
    files: dict[str, list[str]] = {}

    def look(share: float, sentence: str) -> None:
        files[sentence] = [path.name for path in own.rglob("*.parquet")]
        assert not list(system.iterdir())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(system))
        import_table(people(tmp_path / "people.csv"), PLAN, look)
        pictures = {f"{kind}/{index}.png": shade(index) for kind in "ab" for index in range(9)}
        import_images(write_zip(tmp_path / "pictures.zip", pictures), ImagesPlan("x"), look)
    assert files["Reading column 1 of 2"]
    assert not list(own.rglob("*.parquet"))


def test_a_disk_that_fills_up_while_a_table_is_read_is_a_sentence(tmp_path: Path, own: Path) -> None:
    file = people(tmp_path / "people.csv", 100_000)
    sentence = r"'people.csv' can't be read, because the disk is full. Free some space"
    with small_files(), pytest.raises(DatasetError, match=sentence):
        import_table(file, PLAN)
    assert not list(own.iterdir())


def test_what_cannot_be_imported_leaves_nothing(tmp_path: Path, own: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("age,kind\n1,A\n2,A\n3,A\n")
    with pytest.raises(DatasetError, match="Column 'kind': 1 class found; 2 to 100 can be learned"):
        import_table(file, replace(PLAN, kinds={"age": "number"}))
    assert not list(own.iterdir())
