"""A network is its layers one after the other, and they share its vectors."""

from dataclasses import replace

import numpy as np
import pytest

from mlp import RunConfig, initial_state
from mlp.network.layers import ACTIVATIONS
from mlp.network.network import Network, aligned_empty, count_parameters, initial_parameters, predict, split_parameters
from mlp.training import loop as training
from tests.small_dataset import small_dataset

Array = np.ndarray
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
SIZES = (7, 6, 5, 3)


def network_and_input(activation: str = "relu", batch: int = 8) -> tuple[Network, Array]:
    rng = np.random.default_rng(0)
    parameters = initial_parameters(SIZES, "he", rng, DOUBLE)
    parameters += 0.1 * rng.normal(size=len(parameters))  # biases other than zero
    return Network(SIZES, activation, parameters, batch), rng.normal(size=(batch, 7))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_forward_pass_is_each_layer_on_the_output_of_the_one_before(activation: str) -> None:
    network, x = network_and_input(activation)
    (w1, b1), (w2, b2), (w3, b3) = split_parameters(network.parameters, SIZES)
    f = ACTIVATIONS[activation]().forward
    logits = f(f(x @ w1 + b1) @ w2 + b2) @ w3 + b3
    np.testing.assert_allclose(network.forward(x), logits, rtol=1e-12)
    np.testing.assert_array_equal(predict(network, x), logits.argmax(axis=1))


def test_fewer_rows_than_the_batch_give_the_same_answers_and_gradients_of_their_own() -> None:
    network, x = network_and_input(batch=8)
    whole = network.forward(x).copy()
    np.testing.assert_allclose(network.forward(x[:3]), whole[:3], rtol=1e-12)
    grad_logits = np.random.default_rng(1).normal(size=(3, 3))
    network.backward(grad_logits.copy())
    exact = Network(SIZES, "relu", network.parameters, 3)
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
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_what_training_computes_is_the_slope_of_loss_and_penalties(
    monkeypatch: pytest.MonkeyPatch, activation: str, hidden: tuple[int, ...], dropout: float
) -> None:
    """The whole way of a mini-batch, from uint8 pixels to the gradient that the optimizer gets, in float64."""
    monkeypatch.setattr(training, "FLOAT", DOUBLE)
    dataset = small_dataset()
    config = RunConfig(
        dataset="digits", hidden=hidden, activation=activation, batch_size=9, l1=0.03, l2=0.2, dropout=dropout
    )
    state = initial_state(config, dataset)
    shift = 0.2 * np.random.default_rng(2).normal(size=len(state.parameters))
    trainer = training._Trainer(config, dataset, replace(state, parameters=state.parameters + shift))

    def loss() -> float:
        outcome, rows = trainer.gradient()
        weights = [weights for weights, _ in split_parameters(trainer.parameters, (12, *hidden, 3))]
        penalties = sum(0.03 * np.abs(w).sum() + 0.5 * 0.2 * np.square(w).sum() for w in weights)
        return float(outcome.loss / rows + penalties)

    trainer.gradient()
    gradient, h = trainer.network.gradient.copy(), 1e-6
    for index in range(0, len(gradient), 3):
        middle = trainer.parameters[index]
        trainer.parameters[index] = middle + h
        above = loss()
        trainer.parameters[index] = middle - h
        slope = (above - loss()) / (2 * h)
        trainer.parameters[index] = middle
        assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-8), index
