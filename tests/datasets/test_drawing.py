"""What a network sees of a drawing: the same wherever and however large it was drawn."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mlp import RunConfig
from mlp.datasets import DATASETS, Dataset, Split, is_available, load_dataset, roots
from mlp.datasets.drawing import most_ink, on_paper, pixel_range, prepare, side_of
from mlp.inspection.predictions import class_probabilities
from mlp.network.layers import Array
from mlp.presets import PRESETS
from tests.datasets.own.made import store_pictures
from tests.models import WHOLE, model_of

NOTHING = Split(np.zeros((1, 784), np.uint8), np.zeros(1, np.uint8))
# Only a data set's name and shape count here; the real MNIST need not be on disk.
MNIST, FASHION = (Dataset(DATASETS[name], NOTHING, NOTHING, NOTHING) for name in ("mnist", "fashion-mnist"))


def digits() -> Dataset:
    return load_dataset("digits")


def seven(side: int = 112, left: int = 40, top: int = 30, size: int = 40, width: int = 6) -> Array:
    """A 7 on a sheet: a bar, and a slanted stroke down from its right end."""
    ink = np.zeros((side, side), np.uint8)
    ink[top : top + width, left : left + size] = 255
    for row in range(2 * size):
        start = left + size - width - row // 3
        ink[top + row, start : start + width] = 255
    return ink


def seen(ink: Array, dataset: Dataset = MNIST) -> Array:
    assert dataset.info.image_shape is not None
    return prepare(ink, dataset).reshape(dataset.info.image_shape).astype(float)


def box(picture: Array) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero((picture > picture.max() / 4).any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def test_it_is_one_example_in_the_data_sets_range() -> None:
    for dataset, most in ((MNIST, 255), (FASHION, 255), (digits(), 16)):
        example = prepare(seven(), dataset)
        assert example.dtype == np.uint8
        assert (example.shape, example.max()) == ((dataset.info.inputs,), most)


SMALL = seven(size=20, width=4)


@pytest.mark.parametrize("dataset", [MNIST, FASHION, digits()], ids=lambda dataset: dataset.info.name)
@pytest.mark.parametrize(
    ("one", "other"),
    [(seven(left=5, top=3), seven(left=60, top=30)), (SMALL, np.kron(SMALL, np.ones((3, 3), np.uint8)))],
    ids=["where", "how large"],
)
def test_it_does_not_matter_where_or_how_large_it_was_drawn(dataset: Dataset, one: Array, other: Array) -> None:
    assert np.abs(seen(one, dataset) - seen(other, dataset)).max() <= 1  # of 255, from rounding


@pytest.mark.parametrize(("height", "width"), [(80, 40), (30, 90), (50, 50), (8, 8)])
def test_the_longer_side_has_20_pixels_and_the_aspect_is_kept(height: int, width: int) -> None:
    ink = np.zeros((112, 112), np.uint8)
    ink[10 : 10 + height, 5 : 5 + width] = 255
    top, bottom, left, right = box(seen(ink))
    assert max(bottom - top, right - left) in (20, 21)  # 21 where it begins in the middle of a pixel
    assert (bottom - top) / (right - left) == pytest.approx(height / width, rel=0.15)


def test_its_center_of_mass_is_where_mnist_has_it() -> None:
    picture = seen(seven())
    middles = np.arange(28) + 0.5
    assert picture.sum(axis=1) @ middles / picture.sum() == pytest.approx(14.5, abs=0.05)
    assert picture.sum(axis=0) @ middles / picture.sum() == pytest.approx(14.5, abs=0.05)


def test_no_ink_falls_over_the_border() -> None:
    ink = np.zeros((112, 112), np.uint8)
    ink[:, :25] = 255
    ink[:4] = 255  # a long thin arm, far from the center of mass
    picture, whole = seen(ink), (ink / 255).sum() * (20 / 112) ** 2
    assert picture.sum() / 255 == pytest.approx(whole, rel=0.01)


def test_edges_are_smooth() -> None:
    picture = seen(seven(width=12))
    gray = (picture > 20) & (picture < 235)
    assert gray.sum() > 10
    assert (picture >= 235).sum() > 20


def test_clothes_fill_the_picture() -> None:
    top, bottom, left, right = box(seen(seven(), FASHION))
    assert (top, bottom) == (0, 28)
    assert abs(left - (28 - right)) <= 1


def test_digits_are_counted_in_blocks_of_a_bitmap_that_they_fill() -> None:
    top, bottom, left, right = box(seen(seven(), digits()))
    assert (top, bottom) == (0, 8)
    assert 5 <= right - left <= 7
    bar = np.zeros((112, 112), np.uint8)
    bar[10:100, 50:56] = 255
    assert box(seen(bar, digits()))[2:] in ((2, 6), (3, 5))  # a 1 stays narrow


@pytest.mark.parametrize("width", [2, 6, 14, 22])
def test_digits_get_the_usual_amount_of_ink_from_any_brush(width: int) -> None:
    """The bounds are what the middle 98 of 100 training pictures have."""
    assert 0.235 <= seen(seven(width=width), digits()).mean() / 16 <= 0.39


@pytest.mark.parametrize("lean", [-30, 0, 30])
def test_digits_are_straightened_as_in_the_data_set(lean: int) -> None:
    """The left ends of the top and bottom rows are in one column, in the training pictures as in drawings."""
    left = np.argmax(digits().train.inputs.reshape(-1, 8, 8)[:, [0, 7]] > 0, axis=2)
    assert np.mean(np.abs(left[:, 0] - left[:, 1]) <= 1) > 0.99
    slanted = np.stack([np.roll(row, lean * (60 - index) // 80) for index, row in enumerate(seven())])
    top, bottom = (int(np.argmax(seen(slanted, digits())[row] > 0)) for row in (0, 7))
    assert abs(top - bottom) <= 1


Drawing = dict[str, Any]
DRAWINGS: list[Drawing] = json.loads((Path(__file__).parent / "strokes.json").read_text(encoding="utf-8"))


def painted(drawing: Drawing, scale: float = 1, brush: float = 1, side: int = 112) -> Array:
    """Paint a drawing with round strokes, larger or smaller, and pushed into a corner if it is smaller."""
    fine = 4 * side
    picture = Image.new("L", (fine, fine))
    pen = ImageDraw.Draw(picture)
    middle = np.array([0.5, 0.5]) if scale > 1 else np.array([0.1, 0.15])
    radius = brush * drawing["brush"] / 200 * fine
    for stroke in drawing["strokes"]:
        places = ((np.array(stroke) - middle) * scale + middle) * fine
        pen.line([tuple(place) for place in places], fill=255, width=round(2 * radius))
        for x, y in places:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.reduce(4))


def answers_of(config: RunConfig) -> Any:
    """Return the answers of a network that is trained to its end."""
    model = model_of(config, WHOLE)
    return lambda images: class_probabilities(model, images).argmax(axis=1)


def wrong(answers: Any, dataset: Dataset, scale: float = 1, brush: float = 1) -> list[str]:
    """Return the drawings that are misclassified."""
    images = np.stack([prepare(painted(drawing, scale, brush), dataset) for drawing in DRAWINGS])
    return [
        f"{drawing['kind']} {drawing['digit']} → {answer}"
        for drawing, answer in zip(DRAWINGS, answers(images), strict=True)
        if str(answer) != drawing["digit"]
    ]


@pytest.fixture(scope="module")
def answers_of_first_network() -> Any:
    """Return the answers of the network that is trained at the first start: the first preset, on 8 × 8 digits."""
    return answers_of(next(iter(PRESETS.values())).config("digits"))


@pytest.mark.parametrize(("scale", "brush"), [(1, 1), (1.25, 1), (1.25, 0.5), (0.6, 0.6), (0.6, 1), (1, 0.5), (1, 1.5)])
def test_plain_digits_are_right_at_least_nine_times_in_ten(
    answers_of_first_network: Any, scale: float, brush: float
) -> None:
    assert len(DRAWINGS) == 50
    assert len(found := wrong(answers_of_first_network, digits(), scale, brush)) <= 5, found


@pytest.mark.skipif(not is_available("mnist"), reason="MNIST is not on disk (see tests/training/test_mnist.py)")
def test_plain_digits_are_right_on_mnist_too() -> None:
    answers = answers_of(PRESETS["fast"].config("mnist"))
    assert len(found := wrong(answers, load_dataset("mnist"))) <= 5, found


@pytest.mark.parametrize("lean", [0, 0.1, 0.2])
@pytest.mark.parametrize("height", [0.4, 0.85])
@pytest.mark.parametrize("brush", [5, 8, 14])
def test_a_plain_stroke_is_a_one(answers_of_first_network: Any, lean: float, height: float, brush: float) -> None:
    line = [[0.5 - lean * height / 2, 0.5 + height / 2], [0.5 + lean * height / 2, 0.5 - height / 2]]
    image = prepare(painted({"brush": brush, "strokes": [line]}), digits())
    assert answers_of_first_network(image[None]) == [1]


@pytest.mark.parametrize("dataset", [MNIST, FASHION, digits()], ids=lambda dataset: dataset.info.name)
def test_nothing_stays_nothing(dataset: Dataset) -> None:
    assert not prepare(np.zeros((112, 112), np.uint8), dataset).any()


def test_a_canvas_full_of_ink_is_a_square_with_more_ink_than_any_digit() -> None:
    full = np.full((112, 112), 255, np.uint8)
    picture = seen(full)
    assert picture.sum() / 255 == pytest.approx(400, rel=0.01)
    assert box(picture)[1] - box(picture)[0] in (20, 21)
    assert seen(full, digits()).mean() > most_ink(digits())
    assert seen(seven(), digits()).mean() < most_ink(digits())


@pytest.mark.parametrize("place", [(0, 0), (111, 111), (50, 3)])
def test_a_single_dot_is_no_trouble(place: tuple[int, int]) -> None:
    ink = np.zeros((112, 112), np.uint8)
    ink[place] = 9  # faint
    for dataset in (MNIST, FASHION, digits()):
        assert prepare(ink, dataset).any()


def test_of_imported_images_on_paper_a_drawing_is_on_paper_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    kept = np.zeros((40, 28, 28), np.uint8)
    kept[:, 8:20, 8:20] = np.random.default_rng(0).integers(100, 256, (40, 12, 12))
    dark, paper = (load_dataset(store_pictures(images, np.arange(40) % 2)) for images in (kept, 255 - kept))
    assert (on_paper(dark), on_paper(paper), on_paper(MNIST)) == (False, True, False)
    assert np.array_equal(prepare(seven(), dark), prepare(seven(), MNIST))
    assert np.array_equal(prepare(seven(), paper), 255 - prepare(seven(), MNIST))
    assert np.array_equal(prepare(np.zeros((9, 9)), paper), np.full(784, 255))


def test_of_images_of_floats_a_drawing_has_the_range() -> None:
    images = np.random.default_rng(0).uniform(-3, 5, (40, 28, 28))
    images[:, [0, -1]] = images[:, :, [0, -1]] = -3  # dark ground
    dataset = Dataset.from_arrays(images, np.arange(40) % 2)
    low, high = dataset.train.inputs.min(), dataset.train.inputs.max()
    example = prepare(seven(), dataset)
    assert example.dtype == np.float32
    assert example.min() == low
    np.testing.assert_allclose((example - low) / (high - low), prepare(seven(), MNIST) / 255, atol=1 / 255)


@pytest.mark.parametrize(("low", "high"), [(0, 16), (-1, 1), (0, 1)])
def test_a_few_outlying_pixels_are_no_ink_but_rare_ink_is(low: float, high: float) -> None:
    images = np.random.default_rng(0).uniform(low, low + 0.9 * (high - low), (40, 28, 28))
    images[:, 0, 0], images[:, 0, 1] = low, high
    usual = Dataset.from_arrays(images, np.arange(40) % 2)
    assert pixel_range(usual) == (low, high)
    with_outliers = usual.train.inputs.copy()
    with_outliers[::9, 1] = 40 * high
    dataset = replace(usual, train=usual.train._replace(inputs=with_outliers))
    assert pixel_range(dataset) == pytest.approx((low, high), abs=0.15 * (high - low))
    assert prepare(seven(), dataset).max() <= high


def test_of_images_with_hardly_any_ink_that_is_the_range() -> None:
    images = np.zeros((40, 28, 28))
    images[::2, 5, 5] = 7
    assert pixel_range(Dataset.from_arrays(images, np.arange(40) % 2)) == (0, 7)


def test_points_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="points, not pictures"):
        prepare(seven(), load_dataset("moons"))


def test_only_squares_have_a_side() -> None:
    assert side_of(112 * 112) == 112
    for pixels in (0, 2, 112 * 112 - 1):
        with pytest.raises(ValueError, match="must be a square"):
            side_of(pixels)
