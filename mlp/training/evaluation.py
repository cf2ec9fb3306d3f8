"""An evaluation measures how well a network does on a whole split, without training on it."""

import functools
import math
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import REGRESSION, Dataset
from mlp.network.training_losses import LOSSES
from mlp.training.model import BATCH, Model
from mlp.training.state import FLOAT, TrainingState


class Evaluation(NamedTuple):
    """How well a state does on a split."""

    accuracy: float  # share of correct predictions, 0 to 1
    loss: float  # mean cross-entropy, in nats; of a regression the mean of ½ (z − y)²


def evaluate(config: RunConfig, dataset: Dataset, state: TrainingState, split: str = "validation") -> Evaluation:
    """Return accuracy and mean loss over one split. Dropout is off.

    Class weights don't count here, so that runs with and without them can be compared.

    Parameters
    ----------
    config
        The run's settings.
    dataset
        What is learned from.
    state
        What is learned so far, and the position in the run.
    split
        "train", "validation" or "test".

    Returns
    -------
    Evaluation
        Over all examples of the split.

    Raises
    ------
    ValueError
        If there is no such split, or no example in it.

    Examples
    --------
    >>> from mlp import RunConfig, evaluate, initial_state, load_dataset
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,), initializer="zeros"), load_dataset("digits")
    >>> accuracy, loss = evaluate(config, dataset, initial_state(config, dataset))
    >>> accuracy, round(loss, 4)  # ten classes, all equally likely: −ln 0.1
    (0.1, 2.3026)
    """
    examples = dataset.examples(split)
    count, info, model = len(examples.labels), dataset.info, Model(config, dataset, state)
    network = model.network(BATCH)
    loss_for = functools.cache(lambda rows: LOSSES[info.task](rows, info.classes, FLOAT))
    loss, correct = 0.0, 0
    with np.errstate(over="ignore", invalid="ignore"):
        for rows, batch in model.batches(examples.inputs):
            outcome = loss_for(len(batch))(network.forward(batch), examples.labels[rows])
            loss += outcome.loss
            correct += outcome.correct
    return Evaluation(correct / count, loss / count)


def guessing_loss(dataset: Dataset) -> float:
    """Return the loss of a network that has learned nothing.

    It gives all K classes the same probability: ln K, in nats. Of a regression, it always predicts the mean of the
    training targets: half their variance.

    Parameters
    ----------
    dataset
        What it could have learned from.

    Returns
    -------
    float
        The mean over the training set.

    Examples
    --------
    >>> from mlp import load_dataset
    >>> round(guessing_loss(load_dataset("digits")), 4)
    2.3026
    """
    if dataset.info.task == REGRESSION:
        return float(np.var(dataset.train.labels, dtype=np.float64)) / 2
    return math.log(dataset.info.classes)
