"""A limit shortens what is too long, keeps its direction, and leaves the rest alone."""

import numpy as np
import pytest

from mlp.network.limits import clip_to_norm, limit_norms

SINGLE = np.dtype(np.float32)


@pytest.mark.parametrize("size", [1.0, 1e30])
def test_a_long_gradient_becomes_as_long_as_allowed_and_points_the_same_way(size: float) -> None:
    gradient = (size * np.random.default_rng(0).normal(size=1000)).astype(SINGLE)
    direction = gradient.astype(np.float64) / np.linalg.norm(gradient.astype(np.float64))
    clip_to_norm(gradient, 0.5)
    np.testing.assert_allclose(gradient, 0.5 * direction, rtol=1e-5)


def test_a_short_gradient_stays_as_it_is_to_the_last_bit() -> None:
    gradient = np.array([3, -4], SINGLE)
    clip_to_norm(gradient, 6)
    assert gradient.tolist() == [3, -4]


def test_a_gradient_that_is_no_number_is_not_hidden() -> None:
    for wrong in (np.nan, np.inf):
        gradient = np.array([1, wrong], SINGLE)
        with np.errstate(invalid="ignore"):
            clip_to_norm(gradient, 1)
        assert not np.isfinite(gradient).all()


def test_each_units_incoming_weights_have_their_own_limit() -> None:
    weights = np.array([[3, 0.3, 0, 3e30], [4, -0.4, 0, 4e30]], SINGLE)
    limit_norms(weights, 2)
    np.testing.assert_allclose(weights, [[1.2, 0.3, 0, 1.2], [1.6, -0.4, 0, 1.6]], rtol=1e-6)
    assert weights[0, 1] == SINGLE.type(0.3)
