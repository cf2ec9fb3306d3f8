"""Distortions, on pictures small enough to follow."""

import numpy as np
import pytest

from mlp.inspection.distortions import KINDS, Distortion, Kind, distort

SHAPE = (5, 5)
DOT = np.zeros((1, 25), np.uint8)
DOT[0, 6] = 16  # row 1, column 1


def where(picture: np.ndarray) -> list[tuple[int, int]]:
    return [(int(place) // 5, int(place) % 5) for place in np.flatnonzero(picture > 0.01)]


def test_nothing_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 17, (3, 25)).astype(np.uint8)
    np.testing.assert_array_equal(distort(images, SHAPE, 16, Distortion()), images)


def test_a_picture_moves_right_and_down_and_off_the_paper() -> None:
    assert where(distort(DOT, SHAPE, 16, Distortion(right=2, down=1))) == [(2, 3)]
    assert where(distort(DOT, SHAPE, 16, Distortion(right=-2))) == []
    half = distort(DOT, SHAPE, 16, Distortion(right=0.5))
    assert half[0, 6] == half[0, 7] == 8


def test_a_quarter_turn_is_clockwise() -> None:
    assert where(distort(DOT, SHAPE, 16, Distortion(degrees=90))) == [(1, 3)]


def test_twice_the_size_spreads_about_the_middle() -> None:
    large = distort(DOT, SHAPE, 16, Distortion(size=2))
    assert large[0, 0] == 16  # what was one off the middle is two off
    small = distort(DOT, SHAPE, 16, Distortion(size=0.5))
    assert small.sum() < 16


def test_noise_stays_between_paper_and_ink_and_is_the_same_for_a_seed() -> None:
    noisy = distort(DOT, SHAPE, 16, Distortion(noise=0.5), seed=3)
    assert noisy.min() >= 0
    assert noisy.max() <= 16
    assert (noisy != DOT).any()
    np.testing.assert_array_equal(noisy, distort(DOT, SHAPE, 16, Distortion(noise=0.5), seed=3))
    assert (noisy != distort(DOT, SHAPE, 16, Distortion(noise=0.5), seed=4)).any()


def test_a_cover_hides_a_square_somewhere() -> None:
    black = np.full((200, 25), 16, np.uint8)
    covered = distort(black, SHAPE, 16, Distortion(covered=0.4))
    assert ((covered == 0).sum(axis=1) == 4).all()
    assert len({tuple(np.flatnonzero(row == 0)) for row in covered}) == 16  # every place it can lie


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_strength_that_changes_nothing(kind: Kind) -> None:
    assert any(Distortion(**{kind.field: strength}) == Distortion() for strength in kind.strengths)
