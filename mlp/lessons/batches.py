"""A mini-batch is a handful of examples whose mean gradient estimates that of all; an epoch uses each example once."""

import functools
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Split, dataset_info, load_dataset
from mlp.inspection.distributions import backpropagated
from mlp.lessons.experiment import Curve, Experiment, Result, against, trial
from mlp.lessons.source import excerpt
from mlp.network.layers import Array
from mlp.training import Model, epoch_order, initial_state

CHOICES = (4, 8, 16, 32, 64, 128)  # batch sizes to choose from
SIZES = (1, 4, 16, 64, 256, 1024)  # batch sizes whose gradients are compared
SMALL = RunConfig(dataset="digits", hidden=(32,), learning_rate=0.1, batch_size=8, epochs=4, seed=1)
LARGE = replace(SMALL, batch_size=256)
DRAWS = 12  # mini-batches of each size to average over
SOURCE = excerpt(epoch_order)


class Batch(NamedTuple):
    """One mini-batch of an epoch."""

    images: Array  # [batch, rows, columns], pixels
    labels: Array  # [batch]
    of: int  # mini-batches in the epoch
    examples: int  # in the epoch
    last_size: int  # examples in the epoch's last mini-batch


def batch(size: int, epoch: int, number: int) -> Batch:
    """Return mini-batch `number` of an epoch, both counted from 1, in training's own order."""
    dataset, rows = load_dataset(SMALL.dataset), chosen(size, epoch, number)
    assert dataset.info.image_shape is not None
    count = replace(SMALL, batch_size=size).steps_per_epoch(dataset.info)
    return Batch(
        np.asarray(dataset.train.inputs[rows]).reshape(-1, *dataset.info.image_shape),
        np.asarray(dataset.train.labels[rows]),
        count,
        dataset.info.train,
        dataset.info.train - (count - 1) * size,
    )


def chosen(size: int, epoch: int, number: int) -> Array:
    """Return which training examples are in that mini-batch."""
    return epoch_order(SMALL, load_dataset(SMALL.dataset), epoch - 1)[(number - 1) * size : number * size]


@functools.cache
def agreement() -> Curve:
    """Return how well mini-batch gradients agree with the whole training set's gradient, by batch size.

    Agreement is the mean cosine of the angle between the two, for an untrained network: 1 for the same direction, 0 for
    an unrelated one.
    """
    dataset = load_dataset(SMALL.dataset)
    model = Model(SMALL, dataset, initial_state(SMALL, dataset))
    order = epoch_order(SMALL, dataset, 0)
    whole = _gradient(model, order)
    cosines = []
    for size in SIZES:
        starts = np.linspace(0, len(order) - size, DRAWS).astype(int)
        found = [_gradient(model, order[start : start + size]) for start in starts]
        cosines.append(np.mean([g @ whole / (np.linalg.norm(g) * np.linalg.norm(whole)) for g in found]))
    return Curve("agreement", np.array(SIZES), np.array(cosines))


def _gradient(model: Model, rows: Array) -> Array:
    """Return the mean gradient of some training examples."""
    inputs, labels = model.dataset.train
    network, _ = backpropagated(model, Split(inputs[rows], labels[rows]))
    return network.gradient


def _measure() -> Result:
    small, large = trial(SMALL), trial(LARGE)
    few, many = (config.steps_per_epoch(dataset_info(config.dataset)) for config in (LARGE, SMALL))
    return Result(
        against(small, large, "ahead", "same", "behind"),
        f"After {SMALL.epochs} epochs, the network with mini-batches of {SMALL.batch_size} gets "
        f"{small.score} right, the one with {LARGE.batch_size} {large.score}.",
        f"In each epoch it took {many} steps instead of {few}. Many rough steps beat a few exact ones.",
        (small.curve(f"mini-batches of {SMALL.batch_size}"), large.curve(f"mini-batches of {LARGE.batch_size}")),
    )


EXPERIMENT = Experiment(
    f"Two networks see every digit {SMALL.epochs} times. One uses mini-batches of {SMALL.batch_size}, the other of "
    f"{LARGE.batch_size}; everything else is the same. The one with small mini-batches ends up …",
    {"ahead": "ahead", "same": "about even", "behind": "behind"},
    _measure,
)
