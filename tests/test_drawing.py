"""What a network sees of a drawing: the same wherever and however large it was drawn."""

import numpy as np
import pytest

from mlp.datasets import Dataset, Split, load_dataset
from mlp.drawing import most_ink, prepare, side_of
from mlp.layers import Array

NOTHING = Split(np.zeros((1, 784), np.uint8), np.zeros(1, np.uint8))
CLASSES = tuple("0123456789")
# A data set's name and shape are all that counts here; the real MNIST need not be on disk.
MNIST = Dataset("mnist", NOTHING, NOTHING, NOTHING, CLASSES, (28, 28), 1 / 255)
FASHION = Dataset("fashion-mnist", NOTHING, NOTHING, NOTHING, CLASSES, (28, 28), 1 / 255)


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
    assert dataset.image_shape is not None
    return prepare(ink, dataset).reshape(dataset.image_shape).astype(float)


def box(picture: Array) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero((picture > picture.max() / 4).any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def test_it_is_one_example_in_the_data_sets_range() -> None:
    for dataset, most in ((MNIST, 255), (FASHION, 255), (digits(), 16)):
        example = prepare(seven(), dataset)
        assert example.dtype == np.uint8
        assert (example.shape, example.max()) == ((dataset.inputs,), most)


@pytest.mark.parametrize("dataset", [MNIST, FASHION, digits()], ids=lambda dataset: dataset.name)
def test_it_does_not_matter_where_it_was_drawn(dataset: Dataset) -> None:
    here = seen(seven(left=5, top=3), dataset)
    there = seen(seven(left=60, top=30), dataset)
    assert np.abs(here - there).max() <= 1  # of 255, from rounding


@pytest.mark.parametrize("dataset", [MNIST, digits()], ids=lambda dataset: dataset.name)
def test_nor_how_large(dataset: Dataset) -> None:
    small = seen(seven(size=20, width=4), dataset)
    large = seen(np.kron(seven(size=20, width=4), np.ones((3, 3), np.uint8)), dataset)
    assert np.abs(small - large).max() <= 1


@pytest.mark.parametrize(("height", "width"), [(80, 40), (30, 90), (50, 50), (8, 8)])
def test_the_longer_side_has_20_pixels_and_the_aspect_is_kept(height: int, width: int) -> None:
    ink = np.zeros((112, 112), np.uint8)
    ink[10 : 10 + height, 5 : 5 + width] = 255
    top, bottom, left, right = box(seen(ink))
    assert max(bottom - top, right - left) in (20, 21)  # 21 where it begins in the middle of a pixel
    assert (bottom - top) / (right - left) == pytest.approx(height / width, rel=0.15)


def test_its_centre_of_mass_is_where_mnist_has_it() -> None:
    picture = seen(seven())
    middles = np.arange(28) + 0.5
    assert picture.sum(axis=1) @ middles / picture.sum() == pytest.approx(14.5, abs=0.05)
    assert picture.sum(axis=0) @ middles / picture.sum() == pytest.approx(14.5, abs=0.05)


def test_no_ink_falls_over_the_border() -> None:
    ink = np.zeros((112, 112), np.uint8)
    ink[:, :25] = 255
    ink[:4] = 255  # a long thin arm, far from the centre of mass
    picture, whole = seen(ink), (ink / 255).sum() * (20 / 112) ** 2
    assert picture.sum() / 255 == pytest.approx(whole, rel=0.01)


def test_edges_are_smooth() -> None:
    picture = seen(seven(width=12))
    grey = (picture > 20) & (picture < 235)
    assert grey.sum() > 10
    assert (picture >= 235).sum() > 20


def test_clothes_fill_the_picture() -> None:
    top, bottom, left, right = box(seen(seven(), FASHION))
    assert (top, bottom) == (0, 28)
    assert abs(left - (28 - right)) <= 1


def test_digits_are_counted_in_blocks_of_a_bitmap_that_they_fill() -> None:
    picture = seen(seven(), digits())
    top, bottom, left, right = box(picture)
    assert (top, bottom) == (0, 8)
    assert (left, right) == (1, 7)
    bar = np.zeros((112, 112), np.uint8)
    bar[10:100, 50:56] = 255
    assert seen(bar, digits()).mean() / 16 < 0.35  # a 1 stays narrow


@pytest.mark.parametrize("width", [2, 6, 14, 22])
def test_digits_get_the_usual_amount_of_ink_from_any_brush(width: int) -> None:
    assert 0.25 <= seen(seven(width=width), digits()).mean() / 16 <= 0.345


@pytest.mark.parametrize("dataset", [MNIST, FASHION, digits()], ids=lambda dataset: dataset.name)
def test_nothing_stays_nothing(dataset: Dataset) -> None:
    assert not prepare(np.zeros((112, 112), np.uint8), dataset).any()


def test_a_canvas_full_of_ink_is_a_square_with_more_ink_than_any_digit() -> None:
    full = np.full((112, 112), 255, np.uint8)
    picture = seen(full)
    assert picture.sum() / 255 == pytest.approx(400, rel=0.01)
    assert box(picture)[1] - box(picture)[0] in (20, 21)
    assert seen(full, digits()).mean() / 16 > most_ink(digits())
    assert seen(seven(), digits()).mean() / 16 < most_ink(digits())


@pytest.mark.parametrize("place", [(0, 0), (111, 111), (50, 3)])
def test_a_single_dot_is_no_trouble(place: tuple[int, int]) -> None:
    ink = np.zeros((112, 112), np.uint8)
    ink[place] = 9  # faint
    for dataset in (MNIST, FASHION, digits()):
        assert prepare(ink, dataset).any()


def test_points_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="points, not pictures"):
        prepare(seven(), load_dataset("moons"))


def test_only_squares_have_a_side() -> None:
    assert side_of(112 * 112) == 112
    for pixels in (0, 2, 112 * 112 - 1):
        with pytest.raises(ValueError, match="no square"):
            side_of(pixels)
