"""How weights, activations and gradients are spread in each layer, and how that changes over a run.

Gradients that shrink from layer to layer towards the input vanish; activations that pile up at an edge are saturated or
dead; weights that do not change have not learned.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.inspection.weights import round_up
from mlp.network.layers import Array, Dense
from mlp.network.losses import grad_softmax_crossentropy_with_logits
from mlp.network.network import Network
from mlp.training import TrainingState, inputs_of, network_sizes

EXAMPLES = 256  # of the training set, whose activations and gradients are computed
MOST_VALUES = 4000  # of one layer that are counted
BINS = 41


class Spread(NamedTuple):
    """Values of each layer at one step, a sample of them."""

    weights: list[Array]  # of each dense layer
    activations: list[Array]  # of each hidden layer, after its activation
    gradients: list[Array]  # dL/dW of each dense layer


class OverTime(NamedTuple):
    """How one layer's values are spread at each of some steps, over equal bins of [−limit, limit]."""

    limit: float
    shares: Array  # [bins, steps], each column sums to at most one; the outermost bins hold what lies beyond


def spread(config: RunConfig, dataset: Dataset, state: TrainingState) -> Spread:
    """Return a network's weights, activations and mean gradient over the first training examples. Dropout is off."""
    images, labels = dataset.train.images[:EXAMPLES], np.asarray(dataset.train.labels[:EXAMPLES])
    network = Network(network_sizes(config, dataset), config.activation, state.parameters, len(labels))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        outputs = network.forward_all(inputs_of(dataset, images))
        network.backward(grad_softmax_crossentropy_with_logits(outputs[-1], labels))
    hidden = [
        output for layer, output in zip(network.layers[:-1], outputs[1:-1], strict=True) if not isinstance(layer, Dense)
    ]
    return Spread(
        [_sample(dense.weights) for dense in network.dense_layers],
        [_sample(output) for output in hidden],
        [_sample(dense.grad_weights) for dense in network.dense_layers],
    )


def over_time(samples: Sequence[Array], bins: int = BINS) -> OverTime:
    """Return how one layer's samples, one per step, are spread over common bins."""
    deviations = [float(np.sqrt(np.mean(np.square(finite, dtype=np.float64)))) for finite in map(_finite, samples)]
    limit = round_up(3 * max(deviations))
    columns = []
    for values in samples:
        finite = _finite(values)
        places = (np.clip(finite.astype(np.float64), -limit, limit) + limit) * (bins / (2 * limit))
        counts = np.bincount(np.minimum(places.astype(np.intp), bins - 1), minlength=bins)
        columns.append(counts / max(len(finite), 1))
    return OverTime(limit, np.stack(columns, axis=1).astype(np.float32))


def _finite(values: Array) -> Array:
    kept = values[np.isfinite(values)]
    return kept if len(kept) else np.zeros(1, values.dtype)


def _sample(values: Array) -> Array:
    flat = values.reshape(-1)
    return flat[:: max(1, len(flat) // MOST_VALUES)].copy()  # the network reuses its buffers
