"""A table whose columns are pixels is offered as images, and becomes images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn import datasets

from mlp.datasets import CLASSIFICATION, DatasetError, load_dataset
from mlp.datasets.own.importing import import_table
from mlp.datasets.own.plan import Dialect, ImageOptions, TablePlan
from mlp.datasets.own.preview import example_images, preview_table, suggested_plan
from mlp.datasets.own.stored import read_stored
from tests.datasets.own.made import Write

pytestmark = pytest.mark.usefixtures("own")

SKLEARN = Path(datasets.__file__).parent / "data"


def test_digits_are_offered_as_images() -> None:
    preview = preview_table(SKLEARN / "digits.csv.gz")
    assert (preview.images, preview.target, preview.problem) == (ImageOptions((8, 8)), "column 65", "")
    assert preview.notes[-1] == "Pixels from 0 to 16: shown as black to white."
    assert example_images(preview).max() == 255


def test_pixels_of_a_small_range_are_stretched_and_said_so() -> None:
    preview = preview_table(SKLEARN / "digits.csv.gz")
    name = import_table(SKLEARN / "digits.csv.gz", suggested_plan(preview, "Digits"))
    stored = read_stored(name)
    assert stored.notes == ("Pixels from 0 to 16: shown as black to white.",)
    assert stored.info.pixel_range == (0.0, 16.0)
    assert np.unique(load_dataset(name).train.inputs).tolist() == np.rint(np.arange(17) * 255 / 16).tolist()


PIXELS = np.random.default_rng(0).integers(0, 256, (12, 784))
LABELS = np.arange(12) % 3


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("label," + ",".join(f"pixel{number}" for number in range(784)), "label"),
        ("label," + ",".join(f"{row}x{column}" for row in range(1, 29) for column in range(1, 29)), "label"),
        ("", "column 1"),
    ],
    ids=["Kaggle", "with rows and columns", "headerless"],
)
def test_mnist_as_csv_is_offered_as_images(write: Write, header: str, target: str) -> None:
    rows = [",".join(map(str, (label, *pixels))) for label, pixels in zip(LABELS, PIXELS, strict=True)]
    preview = preview_table(write("\n".join([header, *rows] if header else rows)))
    assert (preview.images, preview.target, preview.task) == (ImageOptions(), target, CLASSIFICATION)
    assert (preview.count, preview.problem) == (12, "")


def test_rows_of_all_classes_are_shown_also_of_a_sorted_table(write: Write) -> None:
    rows = [",".join(map(str, (row // 100, *[row % 256] * 64))) for row in range(300)]
    preview = preview_table(write("\n".join(rows)))
    images = example_images(preview)
    assert [row[0] for row in preview.examples] == ["0"] * 13 + ["1"] * 13 + ["2"] * 13
    assert [image[0, 0] for image in images[[0, 12, 13, 38]]] == [0, 99, 100, 299 % 256]


def test_how_pixels_are_turned_is_guessed(write: Write) -> None:
    ink_on_paper = np.full((12, 8, 8), 230)
    ink_on_paper[:, 2:5, 3:5] = 10
    rows = [",".join(map(str, (row % 3, *image.ravel()))) for row, image in enumerate(ink_on_paper)]
    preview = preview_table(write("\n".join(rows), "EMNIST-letters.csv"))
    assert preview.images == ImageOptions((8, 8), invert=True, transpose=True)
    assert np.array_equal(example_images(preview), ink_on_paper)


def test_pixels_without_labels_are_rows_to_predict(write: Write) -> None:
    header = ",".join(f"pixel{number}" for number in range(784))
    preview = preview_table(write("\n".join([header, *(",".join(map(str, row)) for row in PIXELS)])))
    assert (preview.images, preview.target) == (ImageOptions(), "")
    assert preview.problem == (
        "All columns are pixels and none is a class, so there is nothing to learn from. "
        "Choose the file that has labels. These are rows to predict: download the weights of a network trained "
        "on that file, and run “python -m mlp predict WEIGHTS FILE”."
    )


def test_pixels_in_a_table_are_images(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 6), dtype=np.uint8)
    file = tmp_path / "pixels.csv"
    np.savetxt(file, np.column_stack([np.arange(40) % 3, pixels]), "%d", ",", header="label,a,b,c,d,e,f", comments="")
    plan = TablePlan(
        "Pixels", Dialect(), "label", "classification", dict.fromkeys("abcdef", "number"), images=ImageOptions((2, 3))
    )
    dataset = load_dataset(import_table(file, plan))
    assert (dataset.info.kind, dataset.info.image_shape, dataset.info.class_names) == (
        "images",
        (2, 3),
        ("0", "1", "2"),
    )
    rows = [bytes(image) for image in pixels]
    for split in (dataset.train, dataset.validation, dataset.test):
        assert [rows.index(bytes(image)) % 3 for image in split.inputs] == split.labels.tolist()
    with pytest.raises(
        DatasetError, match=r"There are 6 columns, but images of 2 × 2 pixels need 4. Choose another size"
    ):
        import_table(file, replace(plan, images=ImageOptions((2, 2))))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ImageOptions((2, 3)), [[0, 1, 2], [3, 4, 255]]),
        (ImageOptions((2, 3), invert=True, flip=True), [[253, 254, 255], [0, 251, 252]]),
        (ImageOptions((3, 2), transpose=True), [[0, 3], [1, 4], [2, 255]]),
    ],
)
def test_pixels_in_a_table_are_turned_as_the_plan_says(
    tmp_path: Path, options: ImageOptions, expected: list[list[int]]
) -> None:
    file = tmp_path / "pixels.csv"
    file.write_text("label,a,b,c,d,e,f\n" + "".join(f"{row % 2},0,1,2,3,4,255\n" for row in range(10)))
    kinds = dict.fromkeys("abcdef", "number")
    plan = TablePlan("Pixels", Dialect(), "label", "classification", kinds, images=options)
    dataset = load_dataset(import_table(file, plan))
    assert dataset.info.image_shape == options.size
    assert (dataset.train.inputs.reshape(-1, *options.size) == expected).all()
