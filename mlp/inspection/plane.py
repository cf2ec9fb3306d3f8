"""A plane map shows the output of a network, or of one of its units, at every point in the plane."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlp.datasets import CLASSIFICATION
from mlp.inspection.predictions import class_probabilities
from mlp.network.layers import Array
from mlp.network.losses import softmax
from mlp.training import FLOAT, Model

EXTENT = 1.3  # the visible plane goes from −EXTENT to EXTENT in both directions
DECISION_SIDE = 40
DECISION_PRODUCTS = 400_000_000  # multiplications a decision map may cost: about 20 ms


class DecisionMap(NamedTuple):
    """The network's predictions over the part of the plane with the training points."""

    x: Array  # [side], the first coordinate
    y: Array  # [side], the second
    classes: Array  # [side, side], the most likely class; rows follow y
    confidence: Array  # [side, side], its probability


def decision_map(model: Model) -> DecisionMap:
    """Return the network's predictions on a grid that covers the training points.

    The grid has 40 × 40 nodes, fewer for a network that would take too long.
    """
    side = min(DECISION_SIDE, max(12, math.isqrt(DECISION_PRODUCTS // len(model.parameters))))
    points = model.dataset.train.inputs
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.12 * (high - low)
    x, y = np.linspace(low - margin, high + margin, side, dtype=FLOAT).T
    probabilities = class_probabilities(model, _grid(x, y)).reshape(side, side, -1)
    return DecisionMap(x, y, probabilities.argmax(axis=2), probabilities.max(axis=2))


def nodes(side: int) -> Array:
    """Return the points of a grid over the visible plane, [side · side, 2]; x varies fastest, y goes upward."""
    line = np.linspace(-EXTENT, EXTENT, side, dtype=FLOAT)
    return _grid(line, line)


def outputs_on_plane(model: Model, side: int) -> Array:
    """Return the network's outputs on a grid: class probabilities or heights, [outputs, side, side]."""
    return _maps(model, side, [len(model.config.hidden) + 1])[0]


def unit_on_plane(model: Model, layer: int, unit: int, side: int) -> Array:
    """Return one unit's output on a grid, [side, side]; layer 0 is the input, the last one the output."""
    return _maps(model, side, [layer])[0][unit]


def units_on_plane(model: Model, side: int) -> list[Array]:
    """Return every unit's output on a grid, for the input, each hidden layer and the output: [units, side, side]."""
    return _maps(model, side, range(len(model.config.hidden) + 2))


def _grid(x: Array, y: Array) -> Array:
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def _maps(model: Model, side: int, layers: Sequence[int]) -> list[Array]:
    """Return the outputs of some layers on a grid, each [units, side, side]; rows follow y, upward."""
    maps = []
    for layer, values in zip(layers, model.outputs(nodes(side), layers), strict=True):
        if layer > len(model.config.hidden) and model.dataset.info.task == CLASSIFICATION:
            with np.errstate(over="ignore", invalid="ignore"):
                values = softmax(values)
        maps.append(values.T.copy().reshape(-1, side, side))
    return maps
