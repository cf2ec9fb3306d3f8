"""The file that was imported, given to `mlp predict`, has the examples that the network was trained on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mlp import Model, RunConfig, initial_state
from mlp.cli.arguments import UsageError
from mlp.cli.examples import read_examples
from mlp.datasets import Dataset, load_dataset
from mlp.datasets.drawing import pixel_range
from mlp.datasets.own.importing import import_file
from mlp.export import open_network
from mlp.inspection.predictions import class_probabilities
from tests.cli.calls import Say
from tests.cli.networks import saved
from tests.datasets.own.made import store_pictures
from tests.tables import trained

pytestmark = pytest.mark.usefixtures("own_folders")

RNG = np.random.default_rng(0)
LABELS = np.arange(24) % 2
GRAY = RNG.integers(0, 256, (24, 9, 8), dtype=np.uint8)
GRAY[0, 0, :2] = 0, 255
SMALL = GRAY // 16
TABLE = RNG.integers(-40, 40, (24, 5)) / 8
TABLE[:, 2], TABLE[::5, 1], TABLE[:, 4] = 7, np.nan, LABELS


def imported(**arrays: Any) -> Dataset:
    np.savez("data.npz", y=LABELS, **arrays)
    return load_dataset(import_file(Path("data.npz")))


def examples_of(dataset: Dataset) -> list[bytes]:
    splits = (dataset.train, dataset.validation, dataset.test)
    return sorted(bytes(row) for split in splits for row in np.asarray(split.inputs))


@pytest.mark.parametrize(
    "inputs",
    [
        GRAY,
        SMALL,
        GRAY > 127,
        (GRAY > 127).astype(float),
        (GRAY / 255).astype(np.float32),
        GRAY / 127.5 - 1,
        GRAY.astype(">u2") * 257,
        np.stack([GRAY, GRAY // 2, SMALL], axis=-1),
        np.stack([GRAY, GRAY // 2, SMALL], axis=1),
        np.kron(GRAY, np.ones((1, 9, 9), np.uint8)),
        GRAY[:, :8].reshape(24, 64),
        TABLE,
        TABLE.astype(np.float32),
    ],
    ids=lambda inputs: f"{inputs.dtype} {inputs.shape}",
)
def test_the_array_that_was_imported(inputs: np.ndarray) -> None:
    dataset = imported(X=inputs)
    np.save("data.npy", inputs)
    for file in ("data.npz", "data.npy"):
        assert sorted(map(bytes, read_examples(Path(file), dataset))) == examples_of(dataset)


@pytest.mark.parametrize("most", [255, 16, 1])
def test_the_table_of_pixels_that_was_imported(most: int) -> None:
    pixels = np.rint(GRAY[:, :8] * (most / 255)).astype(int).reshape(24, 64)
    names = ",".join(f"pixel{number}" for number in range(64))
    rows = [",".join(map(str, row)) for row in np.column_stack([LABELS, pixels])]
    Path("pixels.csv").write_text("\n".join([f"label,{names}", *rows, ""]))
    dataset = load_dataset(import_file(Path("pixels.csv")))
    assert examples_of(dataset) == sorted(map(bytes, np.rint(pixels * (255 / most)).astype(np.uint8)))
    assert sorted(map(bytes, read_examples(Path("pixels.csv"), dataset))) == examples_of(dataset)


@pytest.mark.parametrize(
    ("inputs", "new", "words"),
    [
        (GRAY, GRAY * 2.0, "has pixels from 0 to 510; those of the network's images are from 0 to 1 or 0 to 255"),
        (SMALL, GRAY, "has pixels from 0 to 255; those of the network's images are from 0 to 15, black to white"),
        (GRAY, np.where(GRAY, 1, np.nan), "has no number in row 1"),
        (GRAY, np.zeros((3, 70)), r"the network takes numbers of shape \(examples, 72\)"),
        (TABLE, TABLE[:, :3], r"the network takes numbers of shape \(examples, 4\)"),
    ],
    ids=["too bright", "bright", "NaN", "shape", "columns"],
)
def test_other_pixels_are_refused(inputs: np.ndarray, new: np.ndarray, words: str) -> None:
    dataset = imported(X=inputs)
    np.save("new.npy", new)
    with pytest.raises(UsageError, match=words):
        read_examples(Path("new.npy"), dataset)


def test_dark_pictures_are_taken_as_they_are() -> None:
    dataset = imported(X=GRAY)
    for dark in (SMALL, SMALL.astype(float), GRAY // 255, np.zeros_like(GRAY)):
        np.save("new.npy", dark)
        np.testing.assert_array_equal(read_examples(Path("new.npy"), dataset), dark.reshape(24, -1))


@pytest.mark.parametrize("most", [16, 1])
def test_a_table_of_pixels_that_an_earlier_version_kept_as_they_were(most: int) -> None:
    pixels = np.rint(GRAY[:, :8] * (most / 255)).astype(np.uint8)
    dataset = load_dataset(store_pictures(pixels, LABELS))
    Path("pixels.csv").write_text("\n".join(",".join(map(str, row)) for row in pixels.reshape(24, -1)))
    np.save("pixels.npy", pixels / 1.0)
    for file in ("pixels.csv", "pixels.npy"):
        np.testing.assert_array_equal(read_examples(Path(file), dataset), pixels.reshape(24, -1))


def test_pixels_barely_beyond_an_unusual_range_are_black_and_white() -> None:
    dataset = imported(X=GRAY / 127.5 - 1)
    np.save("new.npy", (GRAY / 127.5 - 1) * 1.1)
    examples = read_examples(Path("new.npy"), dataset)
    assert (examples.min(), examples.max(), examples[0, 0], examples[0, 1]) == (0, 255, 0, 255)


def test_a_saved_network_knows_the_range_of_the_pixels(say: Say) -> None:
    dataset = imported(X=SMALL)
    model = trained(RunConfig(dataset=dataset.info.name, hidden=(4,), batch_size=4), dataset, 9)
    rows = say("predict", saved(model), "data.npz").out.splitlines()[1:]
    expected = class_probabilities(model, read_examples(Path("data.npz"), dataset))
    np.testing.assert_allclose([float(row.split(",")[3]) for row in rows], expected[:, 0], rtol=1e-5)


@pytest.mark.parametrize(("low", "high"), [(0, 16), (-1, 1), (0, 255), (0, 1), (3, 3)])
def test_a_saved_network_knows_the_range_of_images_of_floats(low: float, high: float) -> None:
    dataset = Dataset.from_arrays(low + GRAY * ((high - low) / 255), LABELS)
    config = RunConfig(hidden=(4,), batch_size=4)
    path = saved(Model(config, dataset, initial_state(config, dataset)))
    alone = open_network(path).alone()
    again = open_network(saved(alone, "again.safetensors")).alone()
    Image.fromarray(GRAY[1]).save("of_their_size.png")
    Image.fromarray(np.pad(GRAY[1], 9)).save("larger.png")
    for file in ("of_their_size.png", "larger.png") if low < high else ():
        expected = read_examples(Path(file), dataset)
        for opened in (alone.dataset, again.dataset):
            np.testing.assert_array_equal(read_examples(Path(file), opened), expected)
    assert pixel_range(alone.dataset) == (pixel_range(dataset) if low < high else (0, 1))


@pytest.mark.parametrize("paper", [False, True])
@pytest.mark.parametrize("scale", [1, 1 / 16])
def test_pictures_are_on_the_ground_of_the_images(scale: float, paper: bool) -> None:
    kept = np.zeros((24, 28, 28), np.uint8)
    kept[:, 6:22, 9:15] = 255
    images = 255 - kept if paper else kept
    dataset = Dataset.from_arrays(images if scale == 1 else images * scale, LABELS)
    config = RunConfig(hidden=(4,), batch_size=4)
    alone = open_network(saved(Model(config, dataset, initial_state(config, dataset)))).alone().dataset
    Image.fromarray(images[0]).save("same.png")
    Image.fromarray(np.pad(images[0], 9, mode="edge")).save("paper.png")
    for each in (dataset, alone):
        np.testing.assert_array_equal(read_examples(Path("same.png"), each)[0], dataset.train.inputs[0])
        example = read_examples(Path("paper.png"), each).reshape(28, 28)
        assert bool(example[0, 0] > example[14, 14]) == paper


def test_columns_in_their_order_if_only_those_of_the_network_are_there() -> None:
    dataset = imported(X=TABLE)
    np.save("new.npy", np.delete(TABLE, 2, axis=1))
    assert sorted(map(bytes, read_examples(Path("new.npy"), dataset))) == examples_of(dataset)
