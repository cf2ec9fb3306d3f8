"""Single units of a network: their weights, and the examples that activate them most."""

import math
from typing import NamedTuple

import numpy as np

from mlp.datasets import FEATURES, Dataset
from mlp.network.layers import ACTIVATIONS, Array
from mlp.network.network import split_parameters
from mlp.training import FLOAT, Model

MOST_IMAGES = 24


class FirstLayer(NamedTuple):
    """The weights of some first-layer units as pictures, all on one scale."""

    units: Array  # [shown], which units
    images: Array  # [shown, rows, columns], weights
    limit: float  # pictures run from −limit to limit; a few weights may lie beyond
    templates: bool  # whether the units are the classes themselves, because there is no hidden layer


class UnitDetails(NamedTuple):
    """A hidden unit's weights, and the examples that activate it most."""

    incoming: Array  # [units of the previous layer]; for the first layer, the inputs
    bias: float
    outgoing: Array  # [units of the next layer]; for the last hidden layer, the classes
    rows: Array  # [count], the validation examples that activate it most, the strongest first
    active: float  # share of validation examples for which it is above zero


def first_layer_images(model: Model) -> FirstLayer | None:
    """Return up to MOST_IMAGES first-layer units' weights as pictures; None if the inputs are not pictures."""
    shape = model.dataset.info.image_shape
    if shape is None:
        return None
    weights, _ = next(split_parameters(model.parameters, model.sizes))
    units = np.unique(np.linspace(0, weights.shape[1] - 1, MOST_IMAGES).astype(int))
    shown = weights[:, units].T
    # A few weights may be far larger than the rest; they must not make all others look pale.
    with np.errstate(invalid="ignore"):
        limit = float(np.quantile(np.abs(shown), 0.99))
    if not 0 < limit < math.inf:
        limit = 1.0
    return FirstLayer(units, shown.reshape(-1, *shape), limit, not model.config.hidden)


def unit_details(model: Model, layer: int, index: int, count: int = 12) -> UnitDetails:
    """Look at one hidden unit; layers and units are counted from 0.

    Raises ValueError if there is no such unit.
    """
    hidden = model.config.hidden
    if not 0 <= layer < len(hidden) or not 0 <= index < hidden[layer]:
        raise ValueError(f"There is no unit {index} in hidden layer {layer}; hidden layers: {hidden}.")
    parts = list(split_parameters(model.parameters, model.sizes))
    activations = _activations(model, layer, index)
    strongest = np.argsort(-np.nan_to_num(activations, nan=-np.inf), kind="stable")[:count]
    return UnitDetails(
        incoming=parts[layer][0][:, index],
        bias=float(parts[layer][1][index]),
        outgoing=parts[layer + 1][0][index],
        rows=strongest,
        active=float(np.mean(activations > 0)),
    )


def _activations(model: Model, layer: int, index: int) -> Array:
    """Return a unit's value for each validation example, shape [examples].

    Only what it depends on is computed: the earlier layers, and its own column of the weights.
    """
    inputs = model.dataset.validation.inputs
    network = model.network(0)  # its own buffers are not used
    before, dense = network.layers[: 2 * layer], network.dense_layers[layer]  # each dense layer has its activation
    column, activation = np.ascontiguousarray(dense.weights[:, index]), ACTIVATIONS[model.config.activations[layer]]()
    found = np.empty(len(inputs), FLOAT)
    with np.errstate(over="ignore", invalid="ignore"):
        for rows, values in model.batches(inputs):
            for each in before:
                values = each.forward(values)
            sums = (values @ column + dense.biases[index])[:, None]
            found[rows] = activation.forward(sums)[:, 0]
    return found


def input_names(dataset: Dataset) -> list[str]:
    """Return what each of a network's inputs is called: "age", "city = Paris", "x²"; pixels are numbered."""
    if dataset.table is not None:
        return list(dataset.table.preprocessing.names)
    if dataset.info.features:
        return [FEATURES[name].label for name in dataset.info.features]
    return [str(number + 1) for number in range(dataset.info.inputs)]
