"""A file is imported with all that is guessed about it, by a script as on the command line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets

import mlp
from mlp import DatasetError
from mlp.datasets import dataset_info, is_file, load_dataset
from mlp.datasets.own.importing import import_file
from mlp.datasets.own.stored import own_datasets
from tests.picture_files import shade, write_folder, write_zip

pytestmark = pytest.mark.usefixtures("own")


def write_iris(path: Path) -> Path:
    bunch = sklearn.datasets.load_iris(as_frame=True)
    table = bunch.data.assign(species=[bunch.target_names[label] for label in bunch.target])
    {".csv": table.to_csv, ".parquet": table.to_parquet, ".xlsx": table.to_excel}[path.suffix](path, index=False)
    return path


@pytest.mark.parametrize("name", ["iris.csv", "iris.parquet", "iris.xlsx"])
def test_iris_is_the_same_in_every_format(tmp_path: Path, name: str) -> None:
    dataset = mlp.load_dataset(write_iris(tmp_path / name))
    info = dataset.info
    assert (info.label, info.source, info.class_names) == (
        "iris",
        f"imported from {name}",
        ("setosa", "versicolor", "virginica"),
    )
    assert (info.train, info.validation, info.test, info.columns) == (106, 22, 22, 4)
    assert dataset.table is not None
    lengths = np.concatenate([dataset.table.rows(split)[:, 0] for split in ("train", "validation", "test")])
    assert sorted(lengths.round(1)) == pytest.approx(sorted(sklearn.datasets.load_iris().data[:, 0]))
    assert info.name == import_file(write_iris(tmp_path / "again.csv"))


def test_a_target_is_chosen_by_name(tmp_path: Path) -> None:
    info = mlp.load_dataset(str(write_iris(tmp_path / "iris.csv")), target="petal width (cm)").info
    assert (info.task, info.class_names) == ("regression", ("petal width (cm)",))
    with pytest.raises(DatasetError, match="There is no column 'petal'"):
        mlp.load_dataset(str(tmp_path / "iris.csv"), target="petal")


def test_names_of_data_sets_go_on_working() -> None:
    assert mlp.load_dataset("xor") is load_dataset("xor")


def test_a_run_never_opens_a_file(tmp_path: Path) -> None:
    path = str(write_iris(tmp_path / "iris.csv"))
    assert is_file(path)
    for call in (load_dataset, dataset_info):
        with pytest.raises(DatasetError, match="There is no data set"):
            call(path)


def test_arrays_with_rows_of_numbers_are_a_table(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(100, 5)), rng.integers(0, 2, 100)
    file = tmp_path / "arrays.npz"
    np.savez(file, x_train=inputs[:70], y_train=labels[:70], x_test=inputs[70:], y_test=labels[70:])
    dataset = load_dataset(import_file(file))
    assert (dataset.info.columns, dataset.info.test, dataset.info.source) == (5, 30, "imported from arrays.npz")
    assert dataset.table is not None
    assert sorted(dataset.table.test[:, 0]) == pytest.approx(sorted(inputs[70:, 0]))


def test_images_are_read_as_they_look(tmp_path: Path) -> None:
    pictures = {f"{kind}/{index}.png": shade(level) for kind, level in (("a", 20), ("b", 90)) for index in range(10)}
    zipped = load_dataset(import_file(write_zip(tmp_path / "shades.zip", pictures)))
    assert (zipped.info.label, zipped.info.image_shape, zipped.info.train) == ("shades", (28, 28), 14)
    folder = write_folder(tmp_path / "folder", pictures)
    assert import_file(folder) == zipped.info.name
    with pytest.raises(DatasetError, match="has images: a target and a test file are for tables"):
        import_file(folder, target="a")


def test_a_spreadsheet_with_a_picture_is_a_table(tmp_path: Path) -> None:
    file = write_iris(tmp_path / "iris.xlsx")
    with pd.ExcelWriter(file, engine="openpyxl", mode="a", if_sheet_exists="overlay") as writer:
        from openpyxl.drawing.image import Image

        (tmp_path / "logo.png").write_bytes(shade(9))
        writer.book.worksheets[0].add_image(Image(str(tmp_path / "logo.png")), "H1")
    assert dataset_info(import_file(file)).columns == 4


def test_pixels_that_are_always_black_are_inputs(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 64))
    pixels[:, :8] = 0
    names = ",".join(["label", *(f"pixel{index}" for index in range(64))])
    file = tmp_path / "digits.csv"
    np.savetxt(file, np.column_stack([np.arange(60) % 10, pixels]), "%d", ",", header=names, comments="")
    info = dataset_info(import_file(file))
    assert (info.kind, info.image_shape, info.classes) == ("images", (8, 8), 10)


def test_what_holds_nothing_to_learn_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "mails.csv"
    file.write_text("email\nt@gmail.com\nu@yahoo.com\n")
    with pytest.raises(DatasetError, match="There is only one column, so there is nothing to learn from"):
        import_file(file)
    with pytest.raises(DatasetError, match=r"missing\.csv can't be read"):
        import_file(tmp_path / "missing.csv")
    assert own_datasets() == []
