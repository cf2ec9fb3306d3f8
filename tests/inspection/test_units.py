"""Units and distributions, against a network small enough to compute by hand."""

from dataclasses import replace

import numpy as np
import pytest

from mlp import RunConfig, load_dataset
from mlp.charts.distributions import bars
from mlp.datasets import Recipe
from mlp.datasets.dataset import Table
from mlp.inspection.diagnostics import examine
from mlp.inspection.distributions import layer_values, over_time
from mlp.inspection.units import input_names, unit_details
from mlp.network.network import split_parameters
from tests.models import model_of
from tests.tables import mixed

CONFIG = RunConfig(dataset="digits", hidden=(6, 5))
MODEL = model_of(CONFIG, 100)
DATASET = MODEL.dataset
(W1, B1), (W2, B2), (W3, B3) = split_parameters(MODEL.state.parameters, MODEL.sizes)


def test_a_unit_of_the_second_layer() -> None:
    inputs = DATASET.validation.inputs * np.float32(DATASET.info.scale)
    first = np.maximum(inputs @ W1 + B1, 0)
    second = np.maximum(first @ W2 + B2, 0)
    found = unit_details(MODEL, 1, 3, count=4)
    np.testing.assert_array_equal(found.incoming, W2[:, 3])
    np.testing.assert_array_equal(found.outgoing, W3[3])
    assert found.bias == B2[3]
    np.testing.assert_allclose(second[found.rows, 3], np.sort(second[:, 3])[::-1][:4], rtol=1e-5)
    assert found.active == pytest.approx((second[:, 3] > 0).mean())


def test_a_unit_of_the_first_layer_with_another_activation() -> None:
    inputs = DATASET.validation.inputs * np.float32(DATASET.info.scale)
    found = unit_details(replace(MODEL, config=replace(CONFIG, activation="tanh")), 0, 2, count=len(inputs))
    values = np.tanh(inputs @ W1 + B1)[:, 2]
    np.testing.assert_allclose(values[found.rows], np.sort(values)[::-1], atol=1e-6)
    assert found.active == pytest.approx((values > 0).mean())
    np.testing.assert_array_equal(found.outgoing, W2[2])


@pytest.mark.parametrize(("layer", "index"), [(2, 0), (-1, 0), (0, 6), (0, -1)])
def test_a_unit_that_is_not_there_is_refused(layer: int, index: int) -> None:
    with pytest.raises(ValueError, match="There is no unit"):
        unit_details(MODEL, layer, index)


def test_a_spread_has_the_layers_that_there_are() -> None:
    found = layer_values(MODEL)
    assert [len(values) for values in found.weights] == [64 * 6, 6 * 5, 5 * 10]
    assert len(found.activations) == 2
    assert (found.activations[0] >= 0).all()
    np.testing.assert_array_equal(np.sort(found.weights[1]), np.sort(W2.reshape(-1)))
    assert layer_values(model_of(replace(CONFIG, hidden=()))).activations == []


def test_gradients_of_a_spread_are_those_of_the_mean_loss() -> None:
    count = 256
    inputs = DATASET.train.inputs[:count] * np.float32(DATASET.info.scale)
    first = np.maximum(inputs @ W1 + B1, 0)
    second = np.maximum(first @ W2 + B2, 0)
    logits = second @ W3 + B3
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    grad = odds / odds.sum(axis=1, keepdims=True)
    grad[np.arange(count), DATASET.train.labels[:count]] -= 1
    np.testing.assert_allclose(layer_values(MODEL).gradients[2], (second.T @ grad / count).reshape(-1), atol=1e-6)


def test_shares_over_time_count_everything_once() -> None:
    rng = np.random.default_rng(0)
    found = over_time([rng.normal(0, width, 3000).astype(np.float32) for width in (0.1, 0.5, 1.0)])
    np.testing.assert_allclose(found.shares.sum(axis=1), 1, rtol=1e-5)
    middle = found.shares[:, found.shares.shape[1] // 2]
    assert middle[0] > middle[1] > middle[2]
    assert found.limit >= 3


def test_shares_of_what_is_no_number() -> None:
    found = over_time([np.full(9, np.nan, np.float32), np.zeros(9, np.float32)])
    assert np.isfinite(found.shares).all()


@pytest.mark.parametrize("count", [10, 200])  # as bars, and as one outline
def test_a_units_weights_are_drawn_whole_and_by_their_sign(count: int) -> None:
    weights = np.random.default_rng(0).normal(size=count).astype(np.float32)
    above, below = bars("Weights", weights, [*map(str, range(count))])["data"]
    assert (above["y"] >= 0).all()
    assert (below["y"] <= 0).all()
    assert (above["y"][:count] + below["y"][:count] == weights).all()
    if above["type"] == "scatter":  # units 1 to `count`, the first and the last as wide as the others
        assert (above["x"][0], above["x"][-1], len(above["x"])) == (0.5, count + 0.5, count + 1)


# ── What a diagnosis looks at ─────────────────────────────────────────────────────────────────────────────────────


def test_dead_and_saturated_units_are_counted_exactly() -> None:
    model = model_of(replace(CONFIG, hidden=(8, 4)))
    (_, biases), *_ = split_parameters(model.state.parameters, model.sizes)
    biases[:6] = -100  # no input makes up for that
    found = examine(model)
    assert found.dead[0] == 0.75
    assert found.saturated == (0.0, 0.0)
    found = examine(replace(model, config=replace(model.config, activation="sigmoid")))
    assert found.dead == (0.0, 0.0)
    assert found.saturated[0] == 0.75


def test_units_are_equal_at_any_value() -> None:
    model = model_of(replace(CONFIG, hidden=(8, 4)))
    (weights, _), *_ = split_parameters(model.state.parameters, model.sizes)
    weights[:] = weights[:, :1]
    assert examine(model).alike == (True, False)
    weights[5, 3] += 0.01
    assert examine(model).alike == (False, False)
    assert examine(model_of(replace(CONFIG, hidden=(1,)))).alike == (
        False,
    )  # a layer of one unit is not equal to itself


def test_the_speeds_are_the_gradients_for_the_weights_size() -> None:
    found = examine(MODEL)
    for gradient, speed, weights in zip(found.gradients, found.speeds, (W1, W2, W3), strict=True):
        assert speed == pytest.approx(gradient / np.linalg.norm(weights), rel=1e-5)


def test_inputs_have_the_names_of_their_columns() -> None:
    assert input_names(load_dataset("digits"))[:2] == ["1", "2"]
    assert input_names(load_dataset(Recipe("moons", features=("x", "xx")).name)) == ["x", "x²"]
    found = mixed()
    table = Table(found.preprocessing, found.raw, found.raw, found.raw)
    names = ["amount", "amount missing", "city = Bonn", "city = Paris", "city = Oslo", "city = other", "noise"]
    assert input_names(replace(found.dataset, table=table)) == names
