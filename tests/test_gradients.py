"""Every gradient against central differences in float64: (L(θ + h) − L(θ − h)) / 2h."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from mlp import RunConfig
from mlp.datasets import Split
from mlp.network.initializers import INITIALIZERS
from mlp.network.layers import ACTIVATIONS, Dense, Dropout, Layer
from mlp.network.losses import (
    grad_softmax_crossentropy_with_logits,
    softmax_crossentropy_with_logits,
)
from mlp.network.network import Network, count_parameters, initial_parameters, split_parameters
from mlp.network.training_losses import SoftmaxCrossEntropy
from mlp.training import FLOAT, advance, initial_state
from tests.small_dataset import dataset_of

Array = np.ndarray
DOUBLE = np.dtype(np.float64)


def central_differences(function: Callable[[], float], at: Array, h: float = 1e-6) -> Array:
    """Return d function / d at, by moving each of its numbers a little up and down in place."""
    gradient = np.empty_like(at)
    for index in np.ndindex(at.shape):
        middle = at[index]
        at[index] = middle + h
        above = function()
        at[index] = middle - h
        gradient[index] = (above - function()) / (2 * h)
        at[index] = middle
    return gradient


def layers() -> Iterator[tuple[str, Layer]]:
    rng = np.random.default_rng(1)
    yield from ((name, activation()) for name, activation in ACTIVATIONS.items())
    yield "dense", Dense(rng.normal(size=(4, 4)), rng.normal(size=4), np.empty((4, 4)), np.empty(4))
    dropout = Dropout(0.4, np.empty((5, 4)))
    dropout.draw(rng)
    yield "dropout", dropout


@pytest.mark.parametrize(("name", "layer"), list(layers()))
@pytest.mark.parametrize("buffers", [False, True], ids=["new arrays", "given arrays"])
def test_a_layers_backward_is_the_slope_of_its_forward(name: str, layer: Layer, buffers: bool) -> None:
    rng = np.random.default_rng(2)
    z, weight_of = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    out = np.empty((5, 4)) if buffers else None

    def loss() -> float:
        return float((layer.forward(z) * weight_of).sum())

    numeric = central_differences(loss, z)
    kept = z.copy()
    output = layer.forward(z, np.empty((5, 4)) if buffers else None)
    answer = output.copy()
    grad = layer.backward(z, weight_of.copy(), output if buffers else None, out)
    np.testing.assert_allclose(grad, numeric, rtol=1e-6, atol=1e-8)
    assert grad is out or not buffers
    np.testing.assert_array_equal(z, kept)
    np.testing.assert_array_equal(output, answer)


def test_the_dense_layers_parameters_get_the_slope_of_the_loss() -> None:
    rng = np.random.default_rng(3)
    dense = Dense(rng.normal(size=(3, 4)), rng.normal(size=4), np.empty((3, 4)), np.empty(4))
    x, weight_of = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))

    def loss() -> float:
        return float((dense.forward(x) * weight_of).sum())

    dense.backward(x, weight_of)
    np.testing.assert_allclose(dense.grad_weights, central_differences(loss, dense.weights), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(dense.grad_biases, central_differences(loss, dense.biases), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (5,), (6, 5, 4)])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_networks_gradient_is_the_slope_of_its_loss(activation: str, hidden: tuple[int, ...], dropout: float) -> None:
    sizes = (7, *hidden, 3)
    rng = np.random.default_rng(4)
    parameters = initial_parameters(sizes, "xavier", rng, DOUBLE)
    parameters += 0.1 * rng.normal(size=len(parameters))  # biases other than zero
    network = Network(sizes, activation, parameters, 6, dropout)
    network.draw_dropout(rng)
    x, y = rng.normal(size=(6, 7)), rng.integers(0, 3, 6)

    def loss() -> float:
        return float(softmax_crossentropy_with_logits(network.forward(x), y).mean())

    numeric = central_differences(loss, parameters)
    network.backward(grad_softmax_crossentropy_with_logits(network.forward(x), y))
    np.testing.assert_allclose(network.gradient, numeric, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_a_penalty_pulls_each_weight_and_no_bias(penalty: str) -> None:
    """One SGD step with the penalty and one without differ by η λ sign(w), or η λ w."""
    rng = np.random.default_rng(5)
    split = Split(rng.integers(0, 256, (32, 64), dtype=np.uint8), rng.integers(0, 10, 32).astype(np.uint8))
    dataset = dataset_of(split, split, split, "0123456789", (8, 8))
    plain = RunConfig(dataset="digits", hidden=(6,), learning_rate=0.5)
    penalty_of = replace(plain, l1=0.01) if penalty == "l1" else replace(plain, l2=0.01)
    state = initial_state(plain, dataset)
    penalized, _ = advance(penalty_of, dataset, state, 1)
    free, _ = advance(plain, dataset, state, 1)
    sizes = (64, 6, 10)
    for (w, _), (w_free, b_free), (w_penalized, b_penalized) in zip(
        split_parameters(state.parameters, sizes),
        split_parameters(free.parameters, sizes),
        split_parameters(penalized.parameters, sizes),
        strict=True,
    ):
        pull = 0.5 * 0.01 * (np.sign(w) if penalty == "l1" else w)
        np.testing.assert_allclose(w_free - w_penalized, pull, atol=2e-7)
        np.testing.assert_array_equal(b_free, b_penalized)


@pytest.mark.parametrize("size", [1.0, 1e2, 1e4])
def test_the_loss_is_exact_and_finite_for_logits_of_any_size(size: float) -> None:
    logits = size * np.array([[1.0, -1.0, 0.5], [-1.0, 1.0, -1.0]])
    labels = np.array([1, 1])
    # In extended precision, and around the largest logit.
    wide = logits.astype(np.longdouble)
    largest = wide.max(axis=1, keepdims=True)
    exact = (np.log(np.exp(wide - largest).sum(axis=1)) + largest[:, 0] - wide[[0, 1], labels]).astype(float)
    for dtype in (np.float32, np.float64):
        losses = softmax_crossentropy_with_logits(logits.astype(dtype), labels)
        np.testing.assert_allclose(losses, exact, rtol=1e-6)
        gradient = grad_softmax_crossentropy_with_logits(logits.astype(dtype), labels)
        assert np.isfinite(gradient).all()
        np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-7)
    with np.errstate(over="ignore", invalid="ignore"):
        naive = np.log(np.exp(logits).sum(axis=1)) - logits[[0, 1], labels]
    assert np.isfinite(naive).all() == (size < 1e3)


def test_the_losss_gradient_is_its_slope() -> None:
    rng = np.random.default_rng(6)
    logits, labels = rng.normal(size=(4, 5)), rng.integers(0, 5, 4)

    def loss() -> float:
        return float(softmax_crossentropy_with_logits(logits, labels).mean())

    gradient = grad_softmax_crossentropy_with_logits(logits, labels)
    np.testing.assert_allclose(gradient, central_differences(loss, logits), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("size", [1.0, 1e4])
def test_training_uses_the_same_loss(size: float) -> None:
    rng = np.random.default_rng(7)
    logits = (size * rng.normal(size=(9, 5))).astype(FLOAT)
    labels = rng.integers(0, 5, 9).astype(np.uint8)
    buffered = SoftmaxCrossEntropy(9, 5, FLOAT)
    for _ in range(2):  # its buffers keep nothing from the batch before
        outcome = buffered(logits, labels)
        assert outcome.loss == pytest.approx(softmax_crossentropy_with_logits(logits, labels).sum(), rel=1e-5)
        assert outcome.correct == (logits.argmax(axis=1) == labels).sum()
        expected = grad_softmax_crossentropy_with_logits(logits, labels)
        np.testing.assert_allclose(buffered.grad_logits, expected, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "variance"), [("xavier", 2 / 700), ("he", 2 / 400), ("lecun", 1 / 400), ("zeros", 0.0)]
)
def test_an_initializer_draws_with_its_variance(name: str, variance: float) -> None:
    assert set(INITIALIZERS) == {"xavier", "he", "lecun", "zeros"}
    weights = INITIALIZERS[name].draw(np.random.default_rng(8), 400, 300)
    assert weights.var() == pytest.approx(variance, rel=0.02)
    assert abs(weights.mean()) <= 4 * np.sqrt(variance / weights.size)


def test_parameters_are_counted_as_the_tutorials_network_has_them() -> None:
    assert count_parameters((784, 100, 200, 10)) == 784 * 100 + 100 + 100 * 200 + 200 + 200 * 10 + 10 == 100_710
