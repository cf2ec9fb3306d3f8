"""A plane map shows the output of a network, or of one of its units, at every point in the plane."""

from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.layers import Array, Dense
from mlp.network.losses import softmax
from mlp.network.network import Network
from mlp.training import FLOAT, TrainingState, inputs_of, network_sizes

EXTENT = 1.3  # the visible plane goes from −EXTENT to EXTENT in both directions
ROWS = 2_000  # points per pass through the network: its buffers fit a core's cache


class UnitMaps(NamedTuple):
    """The output of every unit at every point of a grid; rows follow y, upward."""

    inputs: Array  # [features, side, side]
    hidden: list[Array]  # [units, side, side] of each hidden layer, after its activation
    outputs: Array  # [outputs, side, side]: probabilities of the classes, or heights


def nodes(side: int) -> Array:
    """Return the points of a grid over the plane, [side · side, 2]; x varies fastest, y goes upward."""
    line = np.linspace(-EXTENT, EXTENT, side, dtype=FLOAT)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def outputs_on_plane(config: RunConfig, dataset: Dataset, state: TrainingState, side: int) -> Array:
    """Return the network's outputs on a grid: class probabilities or heights, [outputs, side, side]."""
    return _stacked(_passes(config, dataset, state, side, [-1])[0], side, answers=dataset)


def unit_on_plane(config: RunConfig, dataset: Dataset, state: TrainingState, layer: int, unit: int, side: int) -> Array:
    """Return one unit's output on a grid, [side, side]; layer 0 is the input, the last one the output."""
    if layer == len(config.hidden) + 1:
        return outputs_on_plane(config, dataset, state, side)[unit]
    place = _places(config, dataset, state)[layer]
    return _passes(config, dataset, state, side, [place])[0][:, unit].reshape(side, side)


def units_on_plane(config: RunConfig, dataset: Dataset, state: TrainingState, side: int) -> UnitMaps:
    """Return every unit's output on a grid."""
    columns = _passes(config, dataset, state, side, _places(config, dataset, state))
    inputs, *hidden = (_stacked(column, side) for column in columns[:-1])
    return UnitMaps(inputs, hidden, _stacked(columns[-1], side, answers=dataset))


def _places(config: RunConfig, dataset: Dataset, state: TrainingState) -> list[int]:
    """Return the places in `Network.forward_all` of the input, each hidden layer's activation, and the output."""
    network = Network(network_sizes(config, dataset), config.activation, state.parameters, 1)
    dense = [index for index, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    # `forward_all` starts with the input, so the input of the layer at an index is at that index.
    return [*dense, len(network.layers)]


def _passes(config: RunConfig, dataset: Dataset, state: TrainingState, side: int, places: list[int]) -> list[Array]:
    """Run the grid through the network; return the values at these places of it, each [points, units]."""
    points = nodes(side)
    network = Network(network_sizes(config, dataset), config.activation, state.parameters, ROWS)
    parts: list[list[Array]] = [[] for _ in places]
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(points), ROWS):
            passed = network.forward_all(inputs_of(dataset, points[start : start + ROWS]))
            for part, place in zip(parts, places, strict=True):
                part.append(passed[place].copy())  # the next pass overwrites it
    return [np.concatenate(part) for part in parts]


def _stacked(column: Array, side: int, answers: Dataset | None = None) -> Array:
    """Return values [points, units] as maps [units, side, side]; logits of the data set `answers` as probabilities."""
    if answers is not None and answers.info.task == "classification":
        with np.errstate(over="ignore", invalid="ignore"):
            column = softmax(column)
    return np.ascontiguousarray(column.T).reshape(-1, side, side)
