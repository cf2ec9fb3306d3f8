"""How weights, activations and gradients are distributed in each layer, and how that changes over a run.

Gradients that shrink from layer to layer towards the input vanish; activations that pile up at an edge are saturated or
dead; weights that do not change have not learned.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.datasets import Split
from mlp.network.layers import Array
from mlp.network.network import Network, split_parameters
from mlp.network.training_losses import LOSSES
from mlp.training import FLOAT, Model, TrainingState, inputs_of

MOST_WEIGHTS = 50_000  # of one layer that a histogram counts
HISTOGRAM_BINS = 60
EXAMPLES = 256  # of the training set, whose activations and gradients are computed
MOST_VALUES = 4000  # of one layer that are counted at each of several steps
BINS = 41


class Histograms(NamedTuple):
    """How one layer's values are spread at each of some steps, over equal bins of [−limit, limit]."""

    limit: float
    shares: Array  # [steps, bins]; each row sums to one, as the outermost bins hold what lies beyond


class LayerValues(NamedTuple):
    """Values of each layer at one step, a sample of them."""

    weights: list[Array]  # of each dense layer
    activations: list[Array]  # of each hidden layer, after its activation
    gradients: list[Array]  # dL/dW of each dense layer


def weight_histograms(model: Model, initial: TrainingState) -> list[Histograms]:
    """Return two histograms for each dense layer, initial and now; of a large layer only an even sample is counted.

    Like all pictures of weights, they show the weights that predict (`Model.parameters`): averaged, and with batch
    normalization in them, where those are on.
    """
    networks = (replace(model, state=initial), model)
    pairs = zip(*(split_parameters(each.parameters, model.sizes) for each in networks), strict=True)
    histograms = []
    with np.errstate(over="ignore", invalid="ignore"):  # weights may be about to diverge
        for (before, _), (after, _) in pairs:
            samples = _sample(before, MOST_WEIGHTS), _sample(after, MOST_WEIGHTS)
            # 4.5 standard deviations include nearly all; rounded, so that the axis stays still while weights move.
            limit = round_up(4.5 * max(float(sample.std(dtype=np.float64)) for sample in samples))
            histograms.append(_histograms(samples, limit, HISTOGRAM_BINS))
    return histograms


def backpropagated(model: Model, examples: Split) -> tuple[Network, list[Array]]:
    """Send examples forward and the gradient of their mean loss back. Dropout is off.

    Return the network, with the gradient in it, and the input and every layer's output.
    """
    network = model.network(len(examples.labels))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # weights may be about to diverge
        outputs = network.forward_all(inputs_of(model.dataset, examples.inputs))
        loss = LOSSES[model.dataset.info.task](len(examples.labels), model.dataset.info.classes, FLOAT)
        network.backward(loss(outputs[-1], examples.labels).grad_logits)
    return network, outputs


def layer_values(model: Model) -> LayerValues:
    """Return a network's weights, activations and mean gradient over the first training examples."""
    network, outputs = backpropagated(model, model.dataset.train.rows(0, EXAMPLES))
    # Copies: the network reuses its buffers.
    return LayerValues(
        [_sample(dense.weights, MOST_VALUES).copy() for dense in network.dense_layers],
        [_sample(output, MOST_VALUES).copy() for output in outputs[2:-1:2]],  # each dense layer has its activation
        [_sample(dense.grad_weights, MOST_VALUES).copy() for dense in network.dense_layers],
    )


def over_time(samples: Sequence[Array]) -> Histograms:
    """Return the histograms of one layer's samples, one per step."""
    finite = [values[np.isfinite(values)] for values in samples]
    finite = [values if len(values) else np.zeros(1, FLOAT) for values in finite]
    limit = round_up(3 * max(float(np.sqrt(np.mean(np.square(values, dtype=np.float64)))) for values in finite))
    return _histograms(finite, limit, BINS)


def round_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 5, 7, 10, … times a power of ten."""
    if not 0 < value < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * lead for lead in (1, 1.5, 2, 3, 5, 7, 10) if value <= power * lead * 1.0001)


def _sample(values: Array, most: int) -> Array:
    """Return up to about `most` values of a matrix, evenly spaced over its rows and columns alike."""
    step = max(1, values.size // most)
    while math.gcd(step, values.shape[1]) > 1:  # else some columns would never be sampled
        step += 1
    return values.reshape(-1)[::step]


def _histograms(samples: Sequence[Array], limit: float, bins: int) -> Histograms:
    """Return the share of each sample's values in each of equal bins of [−limit, limit]; NaN is in none."""
    shares = np.empty((len(samples), bins), FLOAT)
    for row, values in zip(shares, samples, strict=True):
        places = ((values + limit) * (bins / (2 * limit))).clip(0, bins - 1)
        row[:] = np.bincount(places[~np.isnan(places)].astype(np.intp), minlength=bins) / len(values)
    return Histograms(limit, shares)
