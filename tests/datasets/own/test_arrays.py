"""NumPy's arrays become images or a table, whatever they are called and however their pixels are written."""

import io
import random
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.own import arrays
from mlp.datasets.own.examples import Examples
from mlp.datasets.own.image_source import ARRAYS
from mlp.datasets.own.images import TABLE_ARRAYS, kind_of, preview_images, read_images
from mlp.datasets.own.plan import ImageOptions
from mlp.datasets.own.table_arrays import write_table

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (20, 6, 5), dtype=np.uint8)
SQUARE = RNG.integers(0, 256, (20, 6, 6), dtype=np.uint8)
IMAGES[0, 0, 0] = SQUARE[0, 0, 0] = 255
IMAGES[1, 0, 0] = SQUARE[1, 0, 0] = 0
LABELS = np.arange(20) % 3
WORDS = np.array(["ant", "bee", "cat"])


def saved(folder: Path, **arrays: Any) -> Path:
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


def read_all(path: Path) -> Examples:
    size = preview_images(path).suggested.size
    into = path.parent / "into"
    into.mkdir(exist_ok=True)
    return read_images(path, ImageOptions(size), into, lambda share, sentence: None)


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [
        ("X", "y"),
        ("x", "Y"),
        ("images", "labels"),
        ("data", "target"),
        ("arr_0", "arr_1"),
        ("pixels", "classes"),
        ("x", "class"),
    ],
)
def test_inputs_and_labels_are_found_by_their_names(tmp_path: Path, inputs: str, labels: str) -> None:
    path = saved(tmp_path, **{labels: LABELS, inputs: IMAGES, "notes": np.ones(3)})
    preview = preview_images(path)
    assert (preview.kind, preview.shape, preview.suggested.size) == (ARRAYS, (6, 5), (6, 5))
    assert (preview.class_names, preview.counts) == (("0", "1", "2"), (7, 7, 6))
    assert np.array_equal(preview.examples[0], IMAGES[0])
    found = read_all(path)
    assert np.array_equal(found.inputs, IMAGES)
    assert np.array_equal(found.labels, LABELS)
    assert found.split is None


@pytest.mark.parametrize(
    "names",
    [("x_train", "y_train", "x_test", "y_test"), ("train_images", "train_labels", "test_images", "test_labels")],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_splits_are_found_by_their_names(tmp_path: Path, names: tuple[str, ...], save: Any) -> None:
    arrays = dict(zip(names, (IMAGES[:15], LABELS[:15], IMAGES[15:], LABELS[15:]), strict=True))
    save(tmp_path / "data.npz", **arrays)
    found = read_all(tmp_path / "data.npz")
    assert np.array_equal(found.inputs, IMAGES)
    assert np.array_equal(found.labels, LABELS)
    assert found.split is not None
    assert found.split.tolist() == [0] * 15 + [2] * 5


def test_a_pair_of_files_in_a_folder_or_a_zip(tmp_path: Path) -> None:
    for part, rows in (("train", slice(0, 12)), ("val", slice(12, 20))):
        (tmp_path / "all" / part).mkdir(parents=True)
        np.save(tmp_path / "all" / part / "images.npy", IMAGES[rows])
        np.save(tmp_path / "all" / part / "labels.npy", LABELS[rows])
    found = read_all(tmp_path / "all")
    assert np.array_equal(found.inputs, IMAGES)
    assert found.split is not None
    assert found.split.tolist() == [0] * 12 + [1] * 8
    with zipfile.ZipFile(tmp_path / "pair.zip", "w") as packed:
        packed.write(tmp_path / "all/train/images.npy", "X.npy")
        packed.write(tmp_path / "all/train/labels.npy", "y.npy")
    assert np.array_equal(read_all(tmp_path / "pair.zip").inputs, IMAGES[:12])


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (LABELS + 5, ("5", "6", "7")),
        (LABELS.astype(float), ("0", "1", "2")),
        (LABELS[:, None], ("0", "1", "2")),
        (np.eye(3)[LABELS], ("0", "1", "2")),
        (np.eye(3, dtype=bool)[LABELS], ("0", "1", "2")),
        (WORDS[LABELS], tuple(WORDS)),
        (WORDS[LABELS].astype(bytes), tuple(WORDS)),
        (np.array(["<b>x", "é", "ü"])[LABELS], ("<b>x", "é", "ü")),
    ],
)
def test_labels_are_numbers_words_or_one_hot_rows(tmp_path: Path, labels: np.ndarray, names: tuple[str, ...]) -> None:
    found = read_all(saved(tmp_path, X=IMAGES, y=labels))
    assert found.class_names == names
    assert np.array_equal(found.labels, LABELS)
    assert found.task == "classification"


def test_labels_that_no_integer_can_hold_are_classes_too(tmp_path: Path) -> None:
    found = read_all(saved(tmp_path, X=IMAGES, y=np.where(LABELS, 1e25, -0.0)))
    assert found.class_names == ("0", "10000000000000000905969664")


def test_a_missing_label_stays_missing(tmp_path: Path) -> None:
    labels = LABELS.astype(float)
    labels[3] = np.nan
    preview = preview_images(saved(tmp_path, X=IMAGES, y=labels))
    assert preview.counts == (6, 7, 6)
    assert read_all(tmp_path / "data.npz").labels[:5].tolist() == [0, 1, 2, -1, 1]


def test_labels_with_decimals_are_numbers_to_predict(tmp_path: Path) -> None:
    targets = RNG.normal(size=20)
    preview = preview_images(saved(tmp_path, X=IMAGES, y=targets))
    assert (preview.task, preview.counts) == ("regression", (20,))
    found = read_all(tmp_path / "data.npz")
    assert np.array_equal(found.labels, targets.astype(np.float32))


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (SQUARE.astype(np.float32), SQUARE),
        (SQUARE.astype(">i8"), SQUARE),
        (SQUARE / 255, SQUARE),
        ((SQUARE / 255).astype(np.float16), SQUARE),
        (SQUARE / 510, np.rint(SQUARE / 510 * 255)),
        (SQUARE // 128, SQUARE // 128 * 255),  # binary images
        (SQUARE / 127.5 - 1, SQUARE),
        (SQUARE.astype(np.uint16) * 257, SQUARE),
        (SQUARE.reshape(20, 36), SQUARE),
        (np.asfortranarray(SQUARE.reshape(20, 36)), SQUARE),
        (SQUARE[..., None], SQUARE),
        (SQUARE[:, None], SQUARE),
        (np.stack([SQUARE] * 3, axis=-1), SQUARE),
        (np.stack([SQUARE] * 3, axis=1), SQUARE),
        (np.stack([SQUARE] * 3 + [np.zeros_like(SQUARE)], axis=-1), np.full_like(SQUARE, 255)),
    ],
)
def test_pixels_of_any_range_and_order_become_bytes(tmp_path: Path, inputs: np.ndarray, expected: np.ndarray) -> None:
    read = read_all(saved(tmp_path, X=inputs, y=LABELS))
    assert read.inputs.shape == expected.shape
    assert (read.notes == ()) == (inputs.min() >= 0 and inputs.max() <= 255)
    assert np.abs(read.inputs.astype(int) - expected).max() <= (
        1 if inputs.dtype == np.float16 or inputs.ndim == 4 else 0
    )


@pytest.mark.parametrize("kind", [np.float64, np.int64, np.uint8])
def test_whole_numbers_that_are_too_many_for_classes_are_numbers_to_predict(tmp_path: Path, kind: type) -> None:
    ages: np.ndarray = np.arange(150).astype(kind)
    preview = preview_images(saved(tmp_path, X=np.zeros((150, 4, 4)), y=ages))
    assert preview.task == "regression"
    assert preview.notes == ("150 different whole numbers are too many for classes, so they are numbers to predict.",)
    assert np.array_equal(read_all(tmp_path / "data.npz").labels, ages)


def test_an_unusual_range_is_stretched_and_said_so(tmp_path: Path) -> None:
    found = read_all(saved(tmp_path, X=np.where(IMAGES > 127, 16, 0), y=LABELS))
    assert np.array_equal(found.inputs, np.where(IMAGES > 127, 255, 0))
    assert found.notes == ("Pixels from 0 to 16: shown as black to white.",)


OBJECTS = np.array([{}, []] * 10, dtype=object)
REFUSED = [
    ({"X": OBJECTS, "y": LABELS}, "X.npy in data.npz holds Python objects, which could run code"),
    ({"X": IMAGES, "y": OBJECTS}, "y.npy in data.npz holds Python objects"),
    ({"X": IMAGES}, "has the arrays X: no inputs with labels among them. Save them as np.savez"),
    ({"X": IMAGES, "y": LABELS, "x_test": IMAGES}, "x_test.npy is there, but not its labels. Save both, or neither"),
    ({"x_train": IMAGES, "y_train": LABELS, "y_val": LABELS}, "y_val.npy is there, but not its inputs"),
    ({"pictures": IMAGES, "y": LABELS}, "no inputs with labels"),
    ({"X": IMAGES, "y": LABELS[:5]}, "X.npy has the shape (20, 6, 5) and y.npy (5,)"),
    ({"X": IMAGES, "y": np.zeros(20)}, "All labels are the same"),
    ({"X": IMAGES, "y": RNG.normal(size=(20, 3))}, "Labels have the shape (20, 3)"),
    ({"X": IMAGES, "y": np.where(LABELS, np.inf, 0)}, "Labels are infinite"),
    ({"X": np.where(IMAGES, 1, np.nan), "y": LABELS}, "Pixels are NaN, infinite or too large"),
    ({"X": np.where(IMAGES, 1e308, -1e308), "y": LABELS}, "Pixels are NaN, infinite or too large"),
    ({"X": IMAGES.astype(complex), "y": LABELS}, "X.npy is of type complex128"),
    ({"X": IMAGES.astype(str), "y": LABELS}, "pixels must be numbers"),
    ({"X": np.zeros((20, 5, 5, 2)), "y": LABELS}, "with 1, 3 or 4 channels"),
    ({"X": np.zeros((20, 2, 3, 5, 5)), "y": LABELS}, "with 1, 3 or 4 channels"),
    ({"X": np.zeros((0, 5, 5)), "y": np.zeros(0)}, "X.npy is empty"),
    ({"X": np.float64(3), "y": np.float64(3)}, "has the shape ()"),
    ({"X": IMAGES, "y": np.full(20, "x" * 300)}, "short text"),
    (
        {"X": np.zeros((5000, 2, 2)), "y": np.arange(5000).astype(str)},
        "There are 5,000 classes; at most 100 are possible. Join some of them, or leave some out.",
    ),
    ({"X": IMAGES, "y": np.eye(20, 117)}, "or one-hot rows of 0 and 1 for up to 100 classes"),
    ({"X": np.full((20, 6, 5), -5.0), "y": LABELS}, "All pixels are -5, so there is nothing to learn"),
    ({"x_train": IMAGES, "y_train": LABELS, "x_test": SQUARE, "y_test": LABELS}, "different shapes: (6, 5) and (6, 6)"),
    ({"X": np.broadcast_to(np.uint8(0), (2, 7000, 7000)), "y": LABELS[:2]}, "at most 25,000,000 are read"),
]


@pytest.mark.parametrize(("arrays", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_arrays_that_make_no_images_are_refused_in_a_sentence(
    tmp_path: Path, arrays: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DatasetError) as refused:
        preview_images(saved(tmp_path, **arrays))
    assert sentence in str(refused.value)


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


@pytest.mark.parametrize(("count", "size"), [(2147483648, "64,424,509,440"), (99, "2,970"), (10, "300")])
def test_a_header_that_disagrees_with_the_file_is_refused(tmp_path: Path, count: int, size: str) -> None:
    claim = f"({count}, 6, 5)".encode()
    liar = npy(IMAGES).replace(b"(20, 6, 5), }" + b" " * 8, claim + b", }" + b" " * (18 - len(claim)))
    (tmp_path / "pair").mkdir()
    for name in ("X.npy", "y.npy"):
        (tmp_path / "pair" / name).write_bytes(liar)
    with pytest.raises(DamagedFile, match=f"X.npy claims to hold {size} bytes, but the file has 600"):
        preview_images(tmp_path / "pair")


def test_a_damaged_file_is_read_or_refused_but_never_anything_else(tmp_path: Path) -> None:
    chance = random.Random(0)
    (tmp_path / "pair").mkdir()
    (tmp_path / "pair/y.npy").write_bytes(npy(LABELS))
    whole = npy(IMAGES)
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(chance.choice([1, 3])):
            broken[chance.randrange(70)] = chance.choice([chance.randrange(256), ord(chance.choice("()[]{}'-0O9,"))])
        (tmp_path / "pair/X.npy").write_bytes(broken)
        with suppress(DatasetError):
            preview_images(tmp_path / "pair")


def test_rows_of_numbers_are_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "AT_A_TIME", 12)  # four rows
    inputs = RNG.normal(size=(20, 3)).astype(np.float32)
    words = WORDS[LABELS]
    path = saved(tmp_path, x_train=inputs[:15], y_train=words[:15], x_test=inputs[15:], y_test=words[15:])
    assert kind_of(path) == TABLE_ARRAYS
    write_table(path, tmp_path / "table.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "table.parquet").to_pydict()
    assert list(table) == ["column 1", "column 2", "column 3", "target", "split"]
    assert np.array_equal(np.column_stack([table[f"column {index}"] for index in (1, 2, 3)]), inputs)
    assert table["target"] == words.tolist()
    assert table["split"] == ["train"] * 15 + ["test"] * 5
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data.npz", "table.parquet"]


def test_parts_of_a_table_may_have_numbers_of_different_types(tmp_path: Path) -> None:
    path = saved(tmp_path, x_train=IMAGES[:, 0], y_train=LABELS, x_test=IMAGES[:, 0], y_test=LABELS.astype(np.uint8))
    write_table(path, tmp_path / "table.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "table.parquet").to_pydict()
    assert table["target"] == LABELS.tolist() * 2


@pytest.mark.parametrize("inputs", [np.arange(20.0), np.arange(20, dtype=np.float16), np.arange(20, dtype=">i4")])
def test_a_table_of_one_column_and_any_kind_of_number(tmp_path: Path, inputs: np.ndarray) -> None:
    path = saved(tmp_path, X=inputs, y=RNG.normal(size=20))
    assert kind_of(path) == TABLE_ARRAYS
    write_table(path, tmp_path / "table.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "table.parquet").to_pydict()
    assert table["column 1"] == list(range(20))


def test_images_are_no_table(tmp_path: Path) -> None:
    assert kind_of(saved(tmp_path, X=SQUARE.reshape(20, 36), y=LABELS)) == ARRAYS
    assert kind_of(saved(tmp_path, X=SQUARE.reshape(20, 36) * 1.5, y=LABELS)) == TABLE_ARRAYS
    assert kind_of(saved(tmp_path, X=SQUARE.reshape(20, 36) / 127.5 - 1, y=LABELS)) == TABLE_ARRAYS
    assert kind_of(saved(tmp_path, X=IMAGES.reshape(20, 30), y=LABELS)) == TABLE_ARRAYS
    for kind in (bool, np.uint8, np.float32):  # 36 yes or no are no image, 64 may be one
        assert kind_of(saved(tmp_path, X=(SQUARE.reshape(20, 36) > 127).astype(kind), y=LABELS)) == TABLE_ARRAYS
        assert kind_of(saved(tmp_path, X=(np.arange(20 * 64).reshape(20, 64) % 2).astype(kind), y=LABELS)) == ARRAYS
    with pytest.raises(DatasetError, match=r"a table must be \[rows, columns\]"):
        write_table(saved(tmp_path, X=IMAGES, y=LABELS), tmp_path / "table.parquet")
