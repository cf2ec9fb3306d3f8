"""An evaluation measures how well a network does on a whole split, without training on it."""

import functools
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.network import aligned_empty
from mlp.network.training_losses import LOSSES
from mlp.training.model import Model
from mlp.training.state import FLOAT, TrainingState, inputs_of

EVALUATION_BATCH = 500


class Evaluation(NamedTuple):
    """How well a state does on a split."""

    accuracy: float  # share of correct predictions, 0 to 1
    loss: float  # mean cross-entropy, in nats; of a regression the mean of ½ (z − y)²


def evaluate(config: RunConfig, dataset: Dataset, state: TrainingState, split: str = "validation") -> Evaluation:
    """Return accuracy and mean loss over one split: "train", "validation" or "test". Dropout is off."""
    examples = dataset.split(split)
    count, info = len(examples.labels), dataset.info
    network = Model(config, dataset, state).network(EVALUATION_BATCH)
    buffer = aligned_empty((EVALUATION_BATCH, info.inputs), FLOAT)
    loss_for = functools.cache(lambda rows: LOSSES[info.task](rows, info.classes, FLOAT))
    loss, correct = 0.0, 0
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, count, EVALUATION_BATCH):
            inputs, labels = examples.rows(start, start + EVALUATION_BATCH)
            logits = network.forward(inputs_of(dataset, inputs, out=buffer[: len(inputs)]))
            outcome = loss_for(len(labels))(logits, labels)
            loss += outcome.loss
            correct += outcome.correct
    return Evaluation(correct / count, loss / count)
