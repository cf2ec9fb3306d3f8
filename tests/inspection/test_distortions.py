"""Distortions, on pictures small enough to follow."""

import numpy as np
import pytest

from mlp.datasets import Dataset, Split
from mlp.inspection.distortions import KINDS, Distortion, Kind, distort
from tests.small_dataset import dataset_of

DOT = np.zeros((1, 25), np.uint8)
DOT[0, 6] = 16  # row 1, column 1


def on_paper(gray: int) -> Dataset:
    """Return a data set of empty pictures of 5 × 5 pixels, from 0 to 16."""
    empty = Split(np.full((3, 25), gray, np.uint8), np.zeros(3, np.uint8))
    return dataset_of(empty, empty, empty, "ab", (5, 5), scale=1 / 16)


DATASET = on_paper(0)


def where(picture: np.ndarray) -> list[tuple[int, int]]:
    return [(int(place) // 5, int(place) % 5) for place in np.flatnonzero(picture > 0.01)]


def test_nothing_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 17, (3, 25)).astype(np.uint8)
    np.testing.assert_array_equal(distort(DATASET, images, Distortion()), images)


def test_a_picture_moves_right_and_down_and_off_the_paper() -> None:
    assert where(distort(DATASET, DOT, Distortion(right=2, down=1))) == [(2, 3)]
    assert where(distort(DATASET, DOT, Distortion(right=-2))) == []
    half = distort(DATASET, DOT, Distortion(right=0.5))
    assert half[0, 6] == half[0, 7] == 8


def test_a_quarter_turn_is_clockwise() -> None:
    assert where(distort(DATASET, DOT, Distortion(degrees=90))) == [(1, 3)]


def test_twice_the_size_spreads_about_the_middle() -> None:
    large = distort(DATASET, DOT, Distortion(size=2))
    assert large[0, 0] == 16  # what was one off the middle is two off
    small = distort(DATASET, DOT, Distortion(size=0.5))
    assert small.sum() < 16


def test_noise_stays_between_paper_and_ink_and_is_the_same_for_a_seed() -> None:
    noisy = distort(DATASET, DOT, Distortion(noise=0.5), seed=3)
    assert noisy.min() >= 0
    assert noisy.max() <= 16
    assert (noisy != DOT).any()
    np.testing.assert_array_equal(noisy, distort(DATASET, DOT, Distortion(noise=0.5), seed=3))
    assert (noisy != distort(DATASET, DOT, Distortion(noise=0.5), seed=4)).any()


def test_images_of_floats_keep_their_own_range() -> None:
    images = np.random.default_rng(0).uniform(-3, 16, (40, 5, 5))
    dataset = Dataset.from_arrays(images, np.arange(40) % 2)
    train = dataset.train.inputs
    np.testing.assert_allclose(distort(dataset, train, Distortion(noise=1e-6)), train, atol=1e-3)
    noisy = distort(dataset, train, Distortion(noise=1))
    assert (noisy.min(), noisy.max()) == (train.min(), train.max())


def test_noise_has_the_size_of_the_usual_pixels_and_leaves_outlying_ones() -> None:
    images = np.random.default_rng(0).uniform(0, 1, (900, 5, 5))
    images[::90, 2, 2] = 100
    train = Dataset.from_arrays(images, np.arange(900) % 2).train
    dataset = Dataset.from_arrays(images, np.arange(900) % 2)
    noise = distort(dataset, train.inputs, Distortion(noise=0.1)) - train.inputs
    assert 0.05 < noise.std() < 0.15
    assert np.abs(noise).max() < 1


def test_a_cover_hides_a_square_somewhere() -> None:
    black = np.full((200, 25), 16, np.uint8)
    covered = distort(DATASET, black, Distortion(covered=0.4))
    assert ((covered == 0).sum(axis=1) == 4).all()
    assert len({tuple(np.flatnonzero(row == 0)) for row in covered}) == 16  # every place it can lie


@pytest.mark.parametrize(
    "how", [Distortion(right=2), Distortion(degrees=30), Distortion(size=0.5), Distortion(covered=0.4)]
)
def test_paper_has_the_gray_that_the_images_have_at_their_edges(how: Distortion) -> None:
    dataset = on_paper(9)
    np.testing.assert_allclose(distort(dataset, dataset.validation.inputs, how), 9, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_strength_that_changes_nothing(kind: Kind) -> None:
    assert any(Distortion(**{kind.field: strength}) == Distortion() for strength in kind.strengths)
