"""A layer returns its formula's values and their slopes, and changes nothing else."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from mlp.lessons.walk import central_differences
from mlp.network.layers import ACTIVATIONS, Dense, Dropout, Layer

Array = np.ndarray

FORMULAS: dict[str, tuple[Callable[[float], float], float]] = {  # the formula, and the promised precision
    "relu": (lambda z: z if z > 0 else 0.0, 0.0),
    "leaky_relu": (lambda z: z if z > 0 else 0.01 * z, 1e-15),
    "tanh": (lambda z: (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z)), 1e-14),
    "sigmoid": (lambda z: 1 / (1 + math.exp(-z)), 1e-14),
    "gelu": (lambda z: z * 0.5 * (1 + math.erf(z / math.sqrt(2))), 1e-3),  # ours is the paper's approximation
    "swish": (lambda z: z / (1 + math.exp(-z)), 1e-14),
    "elu": (lambda z: z if z > 0 else math.exp(z) - 1, 1e-14),
    "selu": (lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * (math.exp(z) - 1)), 1e-14),
    "identity": (lambda z: z, 0.0),
}


def dense() -> Dense:
    rng = np.random.default_rng(0)
    return Dense(rng.normal(size=(4, 4)), rng.normal(size=4), np.empty((4, 4)), np.empty(4))


def dropout(probability: float, rows: int = 5, units: int = 4) -> Dropout:
    layer = Dropout(probability, np.empty((rows, units)))
    layer.draw(np.random.default_rng(1))
    return layer


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_has_its_formulas_values(name: str) -> None:
    formula, tolerance = FORMULAS[name]
    z = np.linspace(-6, 6, 49).reshape(7, 7)
    expected = np.array([formula(value) for value in z.flat]).reshape(7, 7)
    np.testing.assert_allclose(ACTIVATIONS[name]().forward(z), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_stays_finite_and_float32_however_far_out_its_input_is(name: str) -> None:
    z = np.array([[-1e6, -1e4, -100, -1e-30, 0, 1e-30, 100, 1e4, 1e6]], np.float32)
    layer = ACTIVATIONS[name]()
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        output = layer.forward(z)
        grad = layer.backward(z, np.ones_like(z))
    for array in (output, grad):
        assert array.dtype == np.float32
        assert np.isfinite(array).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_says_whether_its_units_can_die_or_saturate(name: str) -> None:
    layer, z = ACTIVATIONS[name](), np.array([[-30.0, -1.0, 30.0]])
    output, slope = layer.forward(z)[0], layer.backward(z, np.ones_like(z))[0]
    assert layer.can_die == (output[1] == slope[1] == 0)
    flat = bool(np.all(np.abs(slope[[0, 2]]) < 1e-9))
    assert layer.ends == (pytest.approx((output[0], output[2])) if flat else None)


@pytest.mark.parametrize("layer", [*(a() for a in ACTIVATIONS.values()), dense(), dropout(0.4)])
@pytest.mark.parametrize("buffers", [False, True], ids=["new arrays", "given arrays"])
def test_a_layers_backward_is_the_slope_of_its_forward_and_nothing_else_changes(layer: Layer, buffers: bool) -> None:
    """The optimizer changes weights and `draw` changes masks; a pass through the layer changes neither."""
    rng = np.random.default_rng(3)
    z, weight_of = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    numeric = central_differences(lambda: float((layer.forward(z) * weight_of).sum()), z)
    mine = {name: value.copy() for name, value in vars(layer).items() if isinstance(value, np.ndarray)}
    kept, out = z.copy(), np.empty((5, 4)) if buffers else None
    output = layer.forward(z, np.empty((5, 4)) if buffers else None)
    answer = output.copy()
    grad = layer.backward(z, weight_of.copy(), output if buffers else None, out)
    np.testing.assert_allclose(grad, numeric, rtol=1e-6, atol=1e-8)
    assert grad is out or not buffers
    np.testing.assert_array_equal(z, kept)
    np.testing.assert_array_equal(output, answer)
    for name, before in mine.items():
        if not name.startswith("grad"):
            np.testing.assert_array_equal(vars(layer)[name], before, err_msg=name)


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.95])
def test_dropout_silences_its_share_and_keeps_the_mean(probability: float) -> None:
    layer = dropout(probability, 1000, 200)
    a = layer.forward(np.ones((1000, 200)))
    assert (a == 0).mean() == pytest.approx(probability, abs=0.005)
    np.testing.assert_allclose(a[a != 0], 1 / (1 - probability))
    assert a.mean() == pytest.approx(1, abs=0.05)


def test_each_draw_is_another_mask_and_a_smaller_batch_takes_its_first_rows() -> None:
    layer, rng = dropout(0.5, 50, 20), np.random.default_rng(4)
    layer.draw(rng)
    first = layer.mask.copy()
    np.testing.assert_array_equal(layer.forward(np.ones((7, 20))), first[:7])
    layer.draw(rng)
    assert not np.array_equal(first, layer.mask)
