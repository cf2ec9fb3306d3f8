"""Points in the plane lie on their shapes, in equal classes and random order, the same for the same seed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.datasets import Split, make_points
from mlp.datasets.points import MOST_CLASSES, SHAPES


def drawn(name: str, points: int = 1000, noise: float = 0.1, classes: int = 2, seed: int = 0) -> Split:
    return make_points(name, points, noise, classes, seed)


@given(st.data(), st.sampled_from(sorted(SHAPES)), st.integers(6, 400), st.integers(0, 2**32 - 1))
def test_points_are_even_bounded_and_repeatable(data: st.DataObject, name: str, points: int, seed: int) -> None:
    classes = data.draw(st.integers(2, SHAPES[name].most_classes))
    inputs, labels = drawn(name, points, noise=0.0, classes=classes, seed=seed)
    assert inputs.shape == (points, 2)
    assert inputs.dtype == np.float32
    assert labels.dtype == np.uint8
    counts = np.bincount(labels, minlength=classes)
    assert len(counts) == classes
    assert counts.max() - counts.min() <= 1
    assert np.abs(inputs).max() <= 1 + 1e-6
    again = drawn(name, points, noise=0.0, classes=classes, seed=seed)
    assert np.array_equal(again.inputs, inputs)
    assert np.array_equal(again.labels, labels)


@pytest.mark.parametrize("name", SHAPES)
def test_another_seed_gives_other_points(name: str) -> None:
    assert not np.array_equal(drawn(name, seed=1).inputs, drawn(name, seed=2).inputs)


@pytest.mark.parametrize("name", SHAPES)
def test_noise_has_the_width_asked_for(name: str) -> None:
    exact, noisy = drawn(name, 4000, noise=0.0), drawn(name, 4000, noise=0.2)
    assert (noisy.inputs - exact.inputs).std() == pytest.approx(0.2, rel=0.05)
    assert np.array_equal(noisy.labels, exact.labels)


@pytest.mark.parametrize("name", SHAPES)
def test_points_come_in_random_order(name: str) -> None:
    labels = drawn(name, 1000, classes=2).labels
    assert 0.4 < (labels[1:] == labels[:-1]).mean() < 0.6


def exact_points(name: str, **arguments: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coordinates x and y, and labels, without noise."""
    inputs, labels = drawn(name, 300, noise=0.0, **arguments)
    return inputs[:, 0].astype(np.float64), inputs[:, 1].astype(np.float64), labels


def test_xor_is_one_where_the_signs_differ() -> None:
    x, y, labels = exact_points("xor")
    assert np.array_equal(labels, x * y < 0)
    for corner in ((x > 0) & (y > 0), (x > 0) & (y < 0), (x < 0) & (y > 0), (x < 0) & (y < 0)):
        assert corner.sum() > 50


def test_circles_have_radius_one_and_a_half() -> None:
    x, y, labels = exact_points("circles")
    np.testing.assert_allclose(np.hypot(x, y), np.where(labels == 0, 1.0, 0.5), atol=1e-6)


def test_moons_are_half_circles_that_reach_into_each_other() -> None:
    x, y, labels = exact_points("moons")
    sign = np.where(labels == 0, 1, -1)
    np.testing.assert_allclose(np.hypot(sign * x + 1 / 3, sign * y + 1 / 6), 2 / 3, atol=1e-6)
    assert (sign * y >= -1 / 6 - 1e-6).all()
    assert y[labels == 0].min() < y[labels == 1].max()


@pytest.mark.parametrize("classes", range(2, MOST_CLASSES + 1))
def test_spirals_are_one_arm_turned(classes: int) -> None:
    x, y, labels = exact_points("spirals", classes=classes)
    radius = np.hypot(x, y)
    turns = np.arctan2(y, x) / (2 * np.pi) - 1.25 * radius - labels / classes
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-6)


@pytest.mark.parametrize("classes", range(2, MOST_CLASSES + 1))
def test_gaussians_have_one_center_each(classes: int) -> None:
    x, y, labels = exact_points("gaussians", classes=classes)
    centers = np.unique(np.round(np.column_stack([x, y, labels]), 5), axis=0)
    assert len(centers) == classes
    assert len(np.unique(labels)) == classes
