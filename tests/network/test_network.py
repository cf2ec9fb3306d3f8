"""A network is its layers one after the other, and they share its vectors."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig, advance, initial_state
from mlp.network.layers import ACTIVATIONS
from mlp.network.network import Network, aligned_empty, count_parameters, initial_parameters, split_parameters
from tests.small_dataset import small_dataset

Array = np.ndarray
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
SIZES = (7, 6, 5, 3)


def activations_of(activation: str) -> tuple[str, ...]:
    return RunConfig(hidden=SIZES[1:-1], activation=activation).activations


def network_and_input(activation: str = "relu", batch: int = 8) -> tuple[Network, Array]:
    rng = np.random.default_rng(0)
    parameters = initial_parameters(SIZES, "he", rng, DOUBLE)
    parameters += 0.1 * rng.normal(size=len(parameters))  # biases other than zero
    return Network(SIZES, activations_of(activation), parameters, batch), rng.normal(size=(batch, 7))


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "tanh.elu"])
def test_a_forward_pass_is_each_layer_on_the_output_of_the_one_before(activation: str) -> None:
    network, x = network_and_input(activation)
    (w1, b1), (w2, b2), (w3, b3) = split_parameters(network.parameters, SIZES)
    f, g = (ACTIVATIONS[name]().forward for name in activations_of(activation))
    logits = g(f(x @ w1 + b1) @ w2 + b2) @ w3 + b3
    np.testing.assert_allclose(network.forward(x), logits, rtol=1e-12)


def test_fewer_rows_than_the_batch_give_the_same_answers_and_gradients_of_their_own() -> None:
    network, x = network_and_input(batch=8)
    whole = network.forward(x).copy()
    np.testing.assert_allclose(network.forward(x[:3]), whole[:3], rtol=1e-12)
    grad_logits = np.random.default_rng(1).normal(size=(3, 3))
    network.backward(grad_logits.copy())
    exact = Network(SIZES, ["relu", "relu"], network.parameters, 3)
    exact.forward(x[:3])
    exact.backward(grad_logits)
    np.testing.assert_allclose(network.gradient, exact.gradient, rtol=1e-12)


def test_layers_see_the_flat_vectors_and_nothing_lies_between_them() -> None:
    network, x = network_and_input()
    before = network.forward(x).copy()
    network.parameters *= 2
    assert not np.allclose(network.forward(x), before)
    flat = np.arange(count_parameters(SIZES))
    parts = [part.ravel() for pair in split_parameters(flat, SIZES) for part in pair]
    np.testing.assert_array_equal(np.concatenate(parts), flat)
    network.gradient[:] = np.nan
    network.backward(np.ones((8, 3)))
    assert np.isfinite(network.gradient).all()  # every one of its numbers was written


@pytest.mark.parametrize("shape", [1, 17, (3, 5), (0, 9)])
def test_an_aligned_array_starts_on_a_cache_line(shape: int | tuple[int, ...]) -> None:
    array = aligned_empty(shape, SINGLE)
    assert array.shape == np.empty(shape).shape
    assert array.dtype == SINGLE
    assert array.ctypes.data % 64 == 0 or array.size == 0
    assert array.flags.c_contiguous
    array[...] = 1  # it may be overwritten


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (6,), (6, 5), (6, 5, 4)])
@pytest.mark.parametrize(
    "options", [{}, {"dropout": 0.3, "input_dropout": 0.2}, {"batch_norm": True, "label_smoothing": 0.2}]
)
def test_a_training_step_goes_down_the_slope_of_loss_and_penalties(
    activation: str, hidden: tuple[int, ...], options: dict[str, Any]
) -> None:
    """The whole way of a mini-batch, from uint8 pixels to the updated parameters, in float64."""
    dataset = small_dataset()
    config = RunConfig(
        dataset="digits",
        hidden=hidden,
        activation=activation,
        batch_size=9,
        l1=0.03,
        l2=0.2,
        learning_rate=1.0,
        **options,
    )
    state = initial_state(config, dataset)
    shift = 0.2 * np.random.default_rng(2).normal(size=len(state.parameters))
    state = replace(state, parameters=state.parameters + shift)

    def loss(parameters: Array) -> float:
        _, report = advance(config, dataset, replace(state, parameters=parameters), 1)
        weights = [weights for weights, _ in split_parameters(parameters, (12, *hidden, 3))]
        return report.train_loss + sum(0.03 * np.abs(w).sum() + 0.5 * 0.2 * np.square(w).sum() for w in weights)

    step = state.parameters - advance(config, dataset, state, 1)[0].parameters
    for index in range(0, len(step), 3):
        moved = np.zeros(len(step))
        moved[index] = 1e-6
        slope = (loss(state.parameters + moved) - loss(state.parameters - moved)) / 2e-6
        assert step[index] == pytest.approx(slope, rel=1e-5, abs=1e-8), index


def test_parameters_are_counted_as_the_tutorials_network_has_them() -> None:
    assert count_parameters((784, 100, 200, 10)) == 784 * 100 + 100 + 100 * 200 + 200 + 200 * 10 + 10 == 100_710
