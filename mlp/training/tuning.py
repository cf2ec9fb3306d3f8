"""Fine-tuning trains a copy of a network on a person's own images, mixed with old ones so that it forgets nothing.

It is the usual training on a different training set: each new image several times, and for each of these three of the
data set's own, drawn at random. A network that saw only the new ones would soon predict their classes for everything
("catastrophic forgetting", McCloskey and Cohen, 1989). Mixing in old examples is called rehearsal (Robins, 1995).
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.config import SETTINGS
from mlp.datasets import Dataset, Split
from mlp.network.layers import Array
from mlp.training import Evaluation, Model, Report, TrainingState, advance, evaluate, steps_left

REPEATS = 5  # of each new image in the training set
OLD_PER_NEW = 3
LEAST_OLD = 600
EPOCHS = 6  # over that training set
GENTLER = 0.3  # share of the run's learning rate, constant while fine-tuning


class Tuned(NamedTuple):
    """A fine-tuned network, and how well it did before and after."""

    state: TrainingState
    report: Report
    before: Evaluation  # on the validation set
    after: Evaluation


def rehearsal_set(dataset: Dataset, images: Array, labels: Array, seed: int) -> Dataset:
    """Return the data set with another training set: new images, several times each, mixed with some of the data set.

    Raises ValueError for images that do not fit the data set, or if there are none.
    """
    if dataset.info.image_shape is None:
        raise ValueError(f"The examples of {dataset.info.name} are points, not images.")
    if images.shape[1:] != (dataset.info.inputs,) or len(images) != len(labels) or len(images) == 0:
        raise ValueError(
            f"Images of shape {images.shape} with labels of shape {labels.shape} do not fit {dataset.info.name}."
        )
    if labels.min() < 0 or labels.max() >= dataset.info.classes:
        raise ValueError(f"A label must be from 0 to {dataset.info.classes - 1}.")
    own = dataset.train
    rng = np.random.default_rng([seed, len(labels)])
    old = rng.permutation(len(own.labels))[: max(LEAST_OLD, OLD_PER_NEW * REPEATS * len(labels))]
    mixed = Split(
        np.concatenate([np.repeat(images.astype(own.inputs.dtype), REPEATS, axis=0), own.inputs[old]]),
        np.concatenate([np.repeat(labels.astype(own.labels.dtype), REPEATS), own.labels[old]]),
    )
    return replace(dataset, info=replace(dataset.info, train=len(mixed.labels)), train=mixed)


def tune(model: Model, images: Array, labels: Array) -> Tuned:
    """Train a copy of a network on images and their labels, shape [n, inputs] and [n], mixed with old ones.

    The epoch and the position stay those of the run, so that it can continue from there. The same arguments give the
    same result to the last bit. If it diverges, the state is the last finite one and the report says so. Raises
    ValueError as `rehearsal_set` does.
    """
    config, dataset, state = model.config, model.dataset, model.state
    mixed = rehearsal_set(dataset, images, labels, config.seed)
    gentle = replace(
        config,
        epochs=EPOCHS,
        learning_rate=max(GENTLER * config.learning_rate, SETTINGS["learning_rate"].low),
        schedule="constant",
        averaging=0.0,
        early_stopping="off",
        batch_size=min(config.batch_size, len(mixed.train.labels)),
    )
    # An average over many steps would hardly follow these few, so its weights are tuned, and not averaged.
    parameters, statistics = model.learned
    start = replace(state, epoch=0, position=0, parameters=parameters, statistics=statistics)
    trained, report = advance(gentle, mixed, start, steps_left(gentle, mixed, start))
    trained = replace(trained, epoch=state.epoch, position=state.position)
    return Tuned(trained, report, evaluate(config, dataset, state), evaluate(config, dataset, trained))
