"""A running average is the mean of all values so far, each with less weight than the one after it."""

import numpy as np
import pytest

from mlp.network.averaging import PIECE, move_toward, share_of_latest


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.99])
def test_an_average_is_the_weighted_mean_of_all_values(decay: float) -> None:
    values = np.random.default_rng(0).normal(size=(7, 2 * PIECE + 5))
    average = np.full(values.shape[1], 1e6)  # where it starts has no weight
    for t, latest in enumerate(values, start=1):
        move_toward(average, latest, share_of_latest(decay, t))
        weights = decay ** np.arange(t - 1, -1, -1, dtype=float)
        np.testing.assert_allclose(average, weights @ values[:t] / weights.sum(), atol=1e-9)
