"""One unit of a network: what it listens to, what it tells, and which examples excite it most."""

from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.layers import Array, Dense
from mlp.network import Network, split_parameters
from mlp.training import EVALUATION_BATCH, TrainingState, inputs_of, network_sizes


class Unit(NamedTuple):
    """A hidden unit's weights, and its answers to the examples that excite it most."""

    incoming: Array  # [units of the layer before], the inputs in the first layer
    bias: float
    outgoing: Array  # [units of the layer after], the classes behind the last hidden layer
    rows: Array  # [count], the validation examples that excite it most, the strongest first
    activations: Array  # [count]
    active: float  # share of validation examples for which it is above zero


def unit(config: RunConfig, dataset: Dataset, state: TrainingState, layer: int, index: int, count: int = 12) -> Unit:
    """Look at one hidden unit; layers and units are counted from 0.

    Raises ValueError where there is no such unit.
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
    """Return what a unit answers to each validation example, shape [examples]."""
    images = dataset.validation.images
    network = Network(network_sizes(config, dataset), config.activation, state.parameters, EVALUATION_BATCH)
    place = [number for number, each in enumerate(network.layers) if not isinstance(each, Dense)][layer]
    found = np.empty(len(images), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(images), EVALUATION_BATCH):
            batch = images[start : start + EVALUATION_BATCH]
            outputs = network.forward_all(inputs_of(dataset, batch))
            found[start : start + len(batch)] = outputs[place + 1][: len(batch), index]
    return found
