"""Pictures of more than 8 bits are neither dark nor white: all of a file show which numbers are black and white."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mlp import RunConfig
from mlp.cli.examples import read_examples
from mlp.datasets import Dataset, load_dataset
from mlp.datasets.own.images import preview_images
from mlp.datasets.own.importing import import_file
from mlp.datasets.own.pixels import Range
from mlp.export import open_network
from tests.cli.networks import saved
from tests.picture_files import picture, write_folder
from tests.tables import trained

pytestmark = pytest.mark.usefixtures("own_folders")

GRAY = np.random.default_rng(0).integers(0, 256, (8, 28, 28), dtype=np.uint8)
GRAY[:, 0, :2] = 0, 255
INVALID = np.where(np.arange(28 * 28).reshape(28, 28) % 9, 1, np.nan)


def written(pixels: Any, kind: str = "TIFF") -> list[Path]:
    """The files of pictures, which are in the folder "kinds"."""
    files = {f"{'ab'[n % 2]}/{n}.{kind.lower()}": picture(Image.fromarray(each), kind) for n, each in enumerate(pixels)}
    write_folder(Path("kinds"), files)
    return [Path("kinds", name) for name in files]


def imported() -> Dataset:
    return load_dataset(import_file(Path("kinds")))


def rows_of(dataset: Dataset) -> list[bytes]:
    return sorted(bytes(row) for split in (dataset.train, dataset.validation, dataset.test) for row in split.inputs)


@pytest.mark.parametrize(
    ("pixels", "kind", "known"),
    [
        ((GRAY * (4000 / 255)).astype(np.uint16), "PNG", (0, 4095)),
        ((GRAY * (4095 / 255)).astype(np.uint16), "TIFF", (0, 4095)),
        (GRAY.astype(np.uint16), "PNG", (0, 255)),
        (GRAY.astype(np.int32), "TIFF", (0, 255)),
        (GRAY.astype(np.int32) * 1000, "TIFF", (0, 255_000)),
        (GRAY.astype(np.int32) * 8 - 1000, "TIFF", (-1000, 1040)),
        (GRAY.astype(np.float32) * 257, "TIFF", (0, 65535)),
        ((GRAY / 127.5 - 1).astype(np.float32), "TIFF", (-1, 1)),
        ((GRAY / 255 * [[[255]]] ** (np.arange(8) % 2)[:, None, None]).astype(np.float32), "TIFF", (0, 255)),
    ],
    ids=["12 bits", "12 bits, full", "8 bits", "8 of 32 bits", "32 bits", "negative", "float 16", "-1", "dark"],
)
def test_pictures_are_as_bright_as_they_are_meant(pixels: np.ndarray, kind: str, known: Range) -> None:
    files, (low, high) = written(pixels, kind), known
    expected = np.clip(np.rint((pixels.astype(float) - low) * (255 / (high - low))), 0, 255)
    preview = preview_images(Path("kinds"))
    note = f"Pixels of more than 8 bits, from {low:g} to {high:g}: shown as black to white."
    assert preview.notes[0] == note
    np.testing.assert_allclose(preview.examples, expected[[*range(0, 8, 2), *range(1, 8, 2)]], atol=1)
    dataset = imported()
    assert dataset.info.pixel_range == known
    model = trained(RunConfig(dataset=dataset.info.name, hidden=(4,), batch_size=4), dataset, 1)
    alone = open_network(saved(model)).alone().dataset
    for each in (dataset, alone):
        assert sorted(bytes(read_examples(file, each)) for file in files) == rows_of(dataset)


@pytest.mark.parametrize(
    "pixels",
    [
        GRAY.astype(np.uint16) * 257,
        GRAY.astype(np.uint16) * 17,
        GRAY.astype(np.int32) * 257,
        (GRAY / 255).astype(np.float32),
        GRAY.astype(np.float32),
        (GRAY / 255 * INVALID).astype(np.float32),
        (GRAY / 255 * 1.05 - 0.01).astype(np.float32),
    ],
    ids=["16 bits", "more than 12 bits", "32 bits", "float 1", "float 255", "NaN", "beyond"],
)
def test_usual_pixels_stay_as_they_were_and_so_does_the_name(pixels: np.ndarray) -> None:
    written(pixels)
    white = 65535 if pixels.dtype.kind != "f" else 1 if np.nanmax(pixels) < 2 else 255
    scaled = np.nan_to_num(pixels).astype(np.float32) * np.float32(255 / white)
    expected = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    dataset = imported()
    assert preview_images(Path("kinds")).notes == ()
    assert rows_of(dataset) == sorted(bytes(image) for image in expected)
    assert dataset.info.pixel_range is None


def test_pictures_of_many_bits_in_two_types_of_numbers_stay_as_usual_for_each() -> None:
    written([*GRAY[:4].astype(np.uint16) * 257, *(GRAY[4:] / 255).astype(np.float32)])
    assert rows_of(imported()) == sorted(map(bytes, GRAY))


def test_a_picture_far_beyond_the_known_range_is_as_usual() -> None:
    written(GRAY.astype(np.uint16) * 16, "PNG")
    dataset = imported()
    Path("one.png").write_bytes(picture(Image.fromarray(GRAY[0].astype(np.uint16) * 257)))
    assert np.array_equal(read_examples(Path("one.png"), dataset)[0], GRAY[0].ravel())


def test_further_frames_and_pages_are_counted() -> None:
    images = [Image.fromarray(each) for each in GRAY]
    more = {"save_all": True, "append_images": images[1:3]}
    kinds = {"a/1.gif": ("GIF", more), "b/2.tiff": ("TIFF", more), "a/3.png": ("PNG", more), "b/4.png": ("PNG", {})}
    write_folder(Path("kinds"), {name: picture(images[0], kind, **options) for name, (kind, options) in kinds.items()})
    note = "3 images have several frames or pages: only the first is read."
    assert preview_images(Path("kinds")).notes == (note,)
    assert rows_of(imported()) == [bytes(GRAY[0])] * 4
