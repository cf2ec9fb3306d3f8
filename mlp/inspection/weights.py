"""Inspection looks into a network: its predictions, the distribution of its weights, what its first layer looks for.

Everything here is a pure function of a state, cheap enough to be asked five times a second.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.layers import Array
from mlp.network.losses import softmax
from mlp.network.network import Network, split_parameters
from mlp.training import FLOAT, TrainingState, inputs_of, network_sizes

MOST_WEIGHTS = 50_000  # of one layer that a histogram counts
MAP_SIDE = 40
MAP_PRODUCTS = 400_000_000  # multiplications a map of the plane may cost: about 20 ms


class Histogram(NamedTuple):
    """The distribution of one layer's weights, current and initial, over equal bins of [−limit, limit]."""

    limit: float
    initial: Array  # [bins], share of the weights; those beyond the limit are counted in the outermost bins
    now: Array  # [bins]


class FirstLayer(NamedTuple):
    """The weights of some first-layer units as pictures, all on one scale."""

    units: Array  # [shown], which units
    images: Array  # [shown, rows, columns], weights
    limit: float  # pictures run from −limit to limit; a few weights may lie beyond
    templates: bool  # whether the units are the classes themselves, because there is no hidden layer


class DecisionMap(NamedTuple):
    """The network's predictions over the whole plane."""

    x: Array  # [side], the first coordinate
    y: Array  # [side], the second
    classes: Array  # [side, side], the most likely class; rows follow y
    confidence: Array  # [side, side], its probability


@functools.lru_cache(maxsize=32)
def sample_choice(dataset: Dataset, count: int = 25, seed: int = 0) -> Array:
    """Return the rows of `count` validation examples, drawn at random, of every class if `count` allows."""
    labels = dataset.validation.labels
    order = np.random.default_rng(seed).permutation(len(labels))
    _, firsts = np.unique(labels[order], return_index=True)  # the first example of each class
    others = np.setdiff1d(np.arange(len(order)), firsts)
    chosen = np.sort(np.concatenate([firsts, others])[:count])
    return order[chosen]


def class_probabilities(config: RunConfig, dataset: Dataset, state: TrainingState, images: Array) -> Array:
    """Return the probability of each class for each image, shape [images, classes]. Dropout is off."""
    sizes = network_sizes(config, dataset)
    with np.errstate(over="ignore", invalid="ignore"):
        network = Network(sizes, config.activation, state.parameters, len(images))
        return softmax(network.forward(inputs_of(dataset, images)))


def weight_histograms(
    config: RunConfig, dataset: Dataset, state: TrainingState, initial: TrainingState, bins: int = 60
) -> list[Histogram]:
    """Return one histogram for each dense layer; of a large layer only an even sample is counted."""
    sizes = network_sizes(config, dataset)
    pairs = zip(split_parameters(initial.parameters, sizes), split_parameters(state.parameters, sizes), strict=True)
    histograms = []
    with np.errstate(over="ignore", invalid="ignore"):  # weights may be about to diverge
        for (before, _), (after, _) in pairs:
            samples = _sample(before), _sample(after)
            # 4.5 standard deviations include nearly all; rounded, so that the axis stays still while weights move.
            limit = round_up(4.5 * max(float(sample.std(dtype=np.float64)) for sample in samples))
            histograms.append(Histogram(limit, *(_shares(sample, limit, bins) for sample in samples)))
    return histograms


def first_layer_images(config: RunConfig, dataset: Dataset, state: TrainingState, most: int = 24) -> FirstLayer | None:
    """Return up to `most` first-layer units' weights as pictures; None if the inputs are not pictures."""
    if dataset.info.image_shape is None:
        return None
    weights, _ = next(split_parameters(state.parameters, network_sizes(config, dataset)))
    units = np.unique(np.linspace(0, weights.shape[1] - 1, most).astype(int))
    shown = weights[:, units].T
    # A few weights may be far larger than the rest; they must not make all others look pale.
    with np.errstate(invalid="ignore"):
        limit = float(np.quantile(np.abs(shown), 0.99))
    if not 0 < limit < math.inf:
        limit = 1.0
    return FirstLayer(units, shown.reshape(-1, *dataset.info.image_shape), limit, not config.hidden)


def decision_map(config: RunConfig, dataset: Dataset, state: TrainingState) -> DecisionMap:
    """Return the network's answers on a grid that covers the training points.

    The grid has 40 × 40 nodes, fewer for a network that would take too long.
    """
    side = min(MAP_SIDE, max(12, math.isqrt(MAP_PRODUCTS // len(state.parameters))))
    low, high = dataset.train.images.min(axis=0), dataset.train.images.max(axis=0)
    margin = 0.12 * (high - low)
    x, y = np.linspace(low - margin, high + margin, side, dtype=FLOAT).T
    nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    probabilities = class_probabilities(config, dataset, state, nodes)
    return DecisionMap(
        x, y, probabilities.argmax(axis=1).reshape(side, side), probabilities.max(axis=1).reshape(side, side)
    )


def round_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 5, 7, 10, … times a power of ten."""
    if not 0 < value < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * lead for lead in (1, 1.5, 2, 3, 5, 7, 10) if value <= power * lead * 1.0001)


def _sample(weights: Array) -> Array:
    """Return up to about MOST_WEIGHTS of a matrix, evenly spaced over its rows and columns alike."""
    step = max(1, weights.size // MOST_WEIGHTS)
    while math.gcd(step, weights.shape[1]) > 1:  # else some columns would never be sampled
        step += 1
    return weights.reshape(-1)[::step]


def _shares(weights: Array, limit: float, bins: int) -> Array:
    places = ((weights + limit) * (bins / (2 * limit))).clip(0, bins - 1)
    counts = np.bincount(places[~np.isnan(places)].astype(np.intp), minlength=bins)
    return (counts / len(weights)).astype(FLOAT)
