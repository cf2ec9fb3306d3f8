"""One unit of a network: its incoming and outgoing weights, and the examples that activate it most."""

from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.layers import ACTIVATIONS, Array
from mlp.network.network import Network, split_parameters
from mlp.training import EVALUATION_BATCH, TrainingState, inputs_of, network_sizes


class Unit(NamedTuple):
    """A hidden unit's weights, and its values for the examples that activate it most."""

    incoming: Array  # [units of the previous layer]; for the first layer, the inputs
    bias: float
    outgoing: Array  # [units of the next layer]; for the last hidden layer, the classes
    rows: Array  # [count], the validation examples that activate it most, the strongest first
    activations: Array  # [count]
    active: float  # share of validation examples for which it is above zero


def unit(config: RunConfig, dataset: Dataset, state: TrainingState, layer: int, index: int, count: int = 12) -> Unit:
    """Look at one hidden unit; layers and units are counted from 0.

    Raises ValueError if there is no such unit.
    """
    if not 0 <= layer < len(config.hidden) or not 0 <= index < config.hidden[layer]:
        raise ValueError(f"There is no unit {index} in hidden layer {layer}; hidden layers: {config.hidden}.")
    sizes = network_sizes(config, dataset)
    parts = list(split_parameters(state.parameters, sizes))
    activations = _activations(config, dataset, state, layer, index)
    strongest = np.argsort(-np.nan_to_num(activations, nan=-np.inf), kind="stable")[:count]
    return Unit(
        incoming=parts[layer][0][:, index],
        bias=float(parts[layer][1][index]),
        outgoing=parts[layer + 1][0][index],
        rows=strongest,
        activations=activations[strongest],
        active=float(np.mean(activations > 0)),
    )


def _activations(config: RunConfig, dataset: Dataset, state: TrainingState, layer: int, index: int) -> Array:
    """Return a unit's value for each validation example, shape [examples].

    Only what it depends on is computed: the earlier layers, and its own column of the weights.
    """
    images, sizes = dataset.validation.images, network_sizes(config, dataset)
    network = Network(sizes, config.activation, state.parameters, EVALUATION_BATCH)
    before = network.layers[: 2 * layer]  # each dense layer with its activation
    weights, biases = list(split_parameters(state.parameters, sizes))[layer]
    column, activation = np.ascontiguousarray(weights[:, index]), ACTIVATIONS[config.activation]()
    found = np.empty(len(images), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(images), EVALUATION_BATCH):
            values = inputs_of(dataset, images[start : start + EVALUATION_BATCH])
            for each in before:
                values = each.forward(values)
            found[start : start + len(values)] = activation.forward((values @ column + biases[index])[:, None])[:, 0]
    return found
