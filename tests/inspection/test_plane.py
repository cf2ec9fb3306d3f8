"""Maps of the plane show the network's own outputs; the loss landscape is the loss itself."""

import numpy as np
import pytest

from mlp import Model, RunConfig, advance, evaluate, initial_state, load_dataset
from mlp.charts.landscapes import loss_landscape
from mlp.charts.palette import DARK
from mlp.datasets import Recipe
from mlp.inspection.landscape import landscape, path_directions, random_directions
from mlp.inspection.plane import EXTENT, nodes, outputs_on_plane, unit_on_plane, units_on_plane
from mlp.inspection.predictions import class_probabilities
from mlp.network.network import split_parameters
from tests.models import model_of

NAME = Recipe("spirals", points=200, classes=3, features=("x", "y", "xy")).name
CONFIG = RunConfig(dataset=NAME, hidden=(5, 4), activation="tanh", dropout=0.5, batch_size=16, epochs=50)
DATASET = load_dataset(NAME)
SIZES = CONFIG.sizes(DATASET.info)
FIRST = initial_state(CONFIG, DATASET)
STATE = advance(CONFIG, DATASET, FIRST, 200)[0]
MODEL = Model(CONFIG, DATASET, STATE)


def test_the_plane_shows_the_networks_predictions() -> None:
    shares = outputs_on_plane(MODEL, 31)
    expected = class_probabilities(MODEL, nodes(31))
    np.testing.assert_allclose(shares.reshape(3, -1).T, expected, rtol=1e-5)
    # Rows follow y upward, columns x.
    corner = class_probabilities(MODEL, np.array([[EXTENT, -EXTENT]], np.float32))[0]
    np.testing.assert_allclose(shares[:, 0, -1], corner, rtol=1e-5)


def test_each_units_map_is_its_output_calculated_by_hand() -> None:
    inputs, *hidden, outputs = units_on_plane(MODEL, 9)
    x, y = nodes(9).T
    features = np.stack([x, y, x * y], axis=1)
    (w1, b1), (w2, b2), _ = split_parameters(STATE.parameters, SIZES)
    first = np.tanh(features @ w1 + b1)
    second = np.tanh(first @ w2 + b2)
    np.testing.assert_allclose(inputs.reshape(3, -1).T, features, rtol=1e-6)
    np.testing.assert_allclose(hidden[0].reshape(5, -1).T, first, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(hidden[1].reshape(4, -1).T, second, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(unit_on_plane(MODEL, 2, 3, 9), hidden[1][3])
    np.testing.assert_array_equal(unit_on_plane(MODEL, 0, 2, 9), inputs[2])
    np.testing.assert_array_equal(unit_on_plane(MODEL, 3, 1, 9), outputs[1])


def test_without_a_hidden_layer_there_are_inputs_and_outputs() -> None:
    maps = units_on_plane(model_of(RunConfig(dataset=NAME, hidden=(), batch_size=16)), 9)
    assert [len(layer) for layer in maps] == [3, 3]


# ── The loss landscape ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_network_is_in_the_middle_of_its_landscape() -> None:
    found = landscape(MODEL, np.array([FIRST.parameters, STATE.parameters]), side=5)
    assert found.alphas[2] == found.betas[2] == 0
    assert found.losses[2, 2] == pytest.approx(evaluate(CONFIG, DATASET, STATE, "train").loss, rel=1e-5)
    np.testing.assert_array_equal(found.path[-1], [0, 0])


def test_random_directions_are_as_long_as_each_units_weights() -> None:
    one, two = random_directions(STATE.parameters.astype(np.float64), SIZES, seed=0)
    pairs = zip(
        split_parameters(one, SIZES),
        split_parameters(STATE.parameters, SIZES),
        strict=True,
    )
    for (along, biases), (weights, _) in pairs:
        np.testing.assert_allclose(np.linalg.norm(along, axis=0), np.linalg.norm(weights, axis=0), rtol=1e-5)
        assert not biases.any()
    assert not np.array_equal(one, two)
    assert np.array_equal(one, random_directions(STATE.parameters.astype(np.float64), SIZES, seed=0)[0])


def test_a_slice_along_the_path_holds_it() -> None:
    states = [FIRST]
    for _ in range(10):
        states.append(advance(CONFIG, DATASET, states[-1], 20)[0])
    path = np.array([state.parameters for state in states])
    along, across = (landscape(Model(CONFIG, DATASET, states[-1]), path, along, side=5) for along in (True, False))
    assert along.kept > 0.8 > 0.3 > across.kept
    one, two = path_directions(path.astype(np.float64))
    assert one @ one == pytest.approx(1)
    assert one @ two == pytest.approx(0, abs=1e-9)
    # The path started far from where it ended, and the slice contains both.
    assert np.abs(along.path[0]).max() > 5 * np.abs(along.path[-2]).max()


def test_before_the_first_step_there_is_a_landscape_without_a_path() -> None:
    for along in (True, False):
        found = landscape(Model(CONFIG, DATASET, FIRST), np.array([FIRST.parameters]), along, side=3)
        assert np.isfinite(found.losses).all()
        assert found.kept == 1


def test_its_chart_says_what_it_shows() -> None:
    found = landscape(MODEL, np.array([FIRST.parameters]), side=5)
    layout = loss_landscape(found, palette=DARK)["layout"]
    assert "training loss" in layout["meta"]["summary"]
    assert layout["meta"]["summary"].endswith("at 1 step.")
    assert "large dot: the network" in layout["meta"]["caption"]
    assert "network" in layout["annotations"][0]["text"]
    found.losses[0, 0] = np.inf  # as if the network diverged there
    assert np.isnan(loss_landscape(found)["data"][0]["z"][0, 0])
