"""Initial weights keep signals at the same size, and can be reproduced from a seed."""

from collections.abc import Callable

import numpy as np
import pytest

from mlp.network.initializers import INITIALIZERS
from mlp.network.network import initial_parameters, split_parameters

VARIANCES: dict[str, Callable[[int, int], float]] = {
    "xavier": lambda inputs, outputs: 2 / (inputs + outputs),
    "he": lambda inputs, outputs: 2 / inputs,
    "lecun": lambda inputs, outputs: 1 / inputs,
    "zeros": lambda inputs, outputs: 0.0,
}


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize(("inputs", "outputs"), [(30, 3000), (3000, 30), (300, 300)])
def test_weights_have_the_tables_variance_whatever_the_layers_form(name: str, inputs: int, outputs: int) -> None:
    weights = INITIALIZERS[name].draw(np.random.default_rng(1), inputs, outputs)
    assert weights.shape == (inputs, outputs)
    variance = VARIANCES[name](inputs, outputs)
    assert weights.var() == pytest.approx(variance, rel=0.03)
    assert abs(weights.mean()) <= 4 * np.sqrt(variance / weights.size)


def test_a_fresh_vector_has_each_layers_weights_and_biases_of_zero() -> None:
    sizes = (60, 50, 40)
    parameters = initial_parameters(sizes, "he", np.random.default_rng(2), np.dtype(np.float32))
    for weights, biases in split_parameters(parameters, sizes):
        assert weights.var() == pytest.approx(2 / len(weights), rel=0.15)
        assert not biases.any()


@pytest.mark.parametrize(("name", "kept"), [("he", 2.0), ("lecun", 0.5**7), ("xavier", 0.5**7)])
def test_he_keeps_signals_through_relus_where_the_others_let_them_fade(name: str, kept: float) -> None:
    """Each of seven ReLUs halves the mean square; He doubles it in return, in each of eight layers."""
    rng = np.random.default_rng(3)
    z = rng.normal(size=(200, 400))
    before = np.square(z).mean()
    z = z @ INITIALIZERS[name].draw(rng, 400, 400)
    for _ in range(7):
        z = np.maximum(z, 0) @ INITIALIZERS[name].draw(rng, 400, 400)
    assert np.square(z).mean() / before == pytest.approx(kept, rel=0.5)
