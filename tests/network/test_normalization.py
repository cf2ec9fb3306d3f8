"""Batch normalization normalizes a mini-batch, remembers its statistics, and folds into the weights."""

import numpy as np
import pytest

from mlp.lessons.walk import central_differences
from mlp.network.network import Network, count_parameters, folded, initial_parameters, scales_and_shifts
from mlp.network.normalization import EPSILON, BatchNormalization

Array = np.ndarray
UNITS = 4


def layer(rows: int = 9) -> BatchNormalization:
    rng = np.random.default_rng(0)
    learned, statistics = rng.normal(size=(2, UNITS)), rng.uniform(0.5, 2, size=(2, UNITS))
    return BatchNormalization(learned, np.empty((2, UNITS)), statistics, np.empty((rows, UNITS)))


def test_a_mini_batch_gets_the_learned_mean_and_deviation_whatever_its_own_are() -> None:
    normalization = layer()
    z = 50 + 7 * np.random.default_rng(1).normal(size=(9, UNITS))
    a = normalization.forward(z)
    np.testing.assert_allclose(a.mean(axis=0), normalization.shifts)
    np.testing.assert_allclose(a.std(axis=0), np.abs(normalization.scales), rtol=1e-5)
    np.testing.assert_allclose(normalization.forward(3 * z - 8), a, rtol=1e-5)


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_its_gradients_are_the_slopes_of_its_output(rows: int) -> None:
    normalization, rng = layer(), np.random.default_rng(2)
    z, weight_of = rng.normal(size=(rows, UNITS)), rng.normal(size=(rows, UNITS))
    by = {
        name: central_differences(lambda: float((normalization.forward(z) * weight_of).sum()), of)
        for name, of in (("z", z), ("scales", normalization.scales), ("shifts", normalization.shifts))
    }
    output = normalization.forward(z)
    grad = normalization.backward(z, weight_of.copy(), output, np.empty_like(z))
    np.testing.assert_allclose(grad, by["z"], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(normalization.grad_scales, by["scales"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(normalization.grad_shifts, by["shifts"], rtol=1e-6, atol=1e-8)


def test_the_running_statistics_move_toward_those_of_the_mini_batch() -> None:
    normalization, z = layer(), np.random.default_rng(3).normal(size=(9, UNITS))
    before = normalization.statistics.copy()
    normalization.forward(z)
    np.testing.assert_array_equal(normalization.statistics, before)  # a pass alone changes nothing
    normalization.remember(9, share=0.25)
    both = np.stack([z.mean(axis=0), z.var(axis=0, ddof=1)])
    np.testing.assert_allclose(normalization.statistics, 0.75 * before + 0.25 * both)


def test_a_single_example_is_normalized_with_the_running_statistics_and_changes_none() -> None:
    normalization, z = layer(), np.random.default_rng(4).normal(size=(1, UNITS))
    mean, variance = before = normalization.statistics.copy()
    expected = normalization.scales * (z - mean) / np.sqrt(variance + EPSILON) + normalization.shifts
    np.testing.assert_allclose(normalization.forward(z), expected)
    normalization.remember(1, share=0.25)
    np.testing.assert_array_equal(normalization.statistics, before)


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_folded_into_the_weights_it_gives_what_running_statistics_give(hidden: tuple[int, ...]) -> None:
    rng, sizes = np.random.default_rng(5), (7, *hidden, 3)
    parameters = initial_parameters(sizes, "he", rng, np.dtype(np.float64), batch_norm=True)
    assert (scales_and_shifts(parameters, sizes) == [[1], [0]]).all()
    parameters += 0.3 * rng.normal(size=len(parameters))
    kept = parameters.copy()
    statistics = rng.uniform(0.5, 2, size=(2, sum(hidden)))
    plain = folded(parameters, sizes, statistics)
    assert len(plain) == count_parameters(sizes)
    np.testing.assert_array_equal(parameters, kept)
    x = rng.normal(size=(8, 7))
    one_by_one = Network(sizes, len(hidden) * ["tanh"], parameters, 1, statistics=statistics)
    expected = np.concatenate([one_by_one.forward(x[row : row + 1]).copy() for row in range(8)])
    np.testing.assert_allclose(Network(sizes, len(hidden) * ["tanh"], plain, 8).forward(x), expected, rtol=1e-10)
