"""What a network predicts: the probability of each class, for images, for points, or for all examples of a split."""

import functools
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from mlp.datasets import Dataset
from mlp.network.layers import Array
from mlp.network.losses import softmax
from mlp.training import Model

CORES = min(os.cpu_count() or 1, 4)  # more would wait for memory


class Predictions(NamedTuple):
    """A network's predictions for some examples."""

    probabilities: Array  # [examples, classes], float32; rows of NaN if a network's weights are NaN or infinite
    labels: Array  # [examples], the correct class of each

    @classmethod
    def of(cls, model: Model, inputs: Array, labels: Array) -> "Predictions":
        """Return a network's predictions for some inputs, as the data set has them."""
        return cls(class_probabilities(model, inputs), labels)

    @property
    def known(self) -> Array:
        """Whether there is a prediction, shape [examples]."""
        return np.isfinite(self.probabilities).all(axis=1)

    @property
    def classes(self) -> Array:
        """The class with the largest probability, shape [examples]."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidence(self) -> Array:
        """The probability of that class, shape [examples]."""
        return self.probabilities.max(axis=1)

    @property
    def correct(self) -> Array:
        """Whether that class is the correct one, shape [examples]."""
        return self.known & (self.classes == self.labels)


def class_probabilities(model: Model, inputs: Array) -> Array:
    """Return the probability of each class for each input, shape [inputs, classes]. Dropout is off."""
    with np.errstate(over="ignore", invalid="ignore"):
        return softmax(model.logits(inputs))


def predict(model: Model, split: str = "validation") -> Predictions:
    """Return the predictions for one split's examples. Dropout is off. Raises ValueError for an unknown split."""
    inputs, labels = model.dataset.split(split)
    # numpy releases Python's lock, and a person is waiting: use all cores, with one BLAS thread each.
    with ThreadPoolExecutor(CORES) as pool:
        parts = list(pool.map(partial(class_probabilities, model), np.array_split(inputs, CORES)))
    return Predictions(np.concatenate(parts), np.asarray(labels))


@functools.lru_cache(maxsize=32)
def sample_rows(dataset: Dataset, count: int = 25) -> Array:
    """Return the rows of `count` validation examples, always the same ones, of every class if `count` allows."""
    labels = dataset.validation.labels
    order = np.random.default_rng(0).permutation(len(labels))
    _, firsts = np.unique(labels[order], return_index=True)  # the first example of each class
    others = np.setdiff1d(np.arange(len(order)), firsts)
    rows: Array = order[np.sort(np.concatenate([firsts, others])[:count])]
    rows.setflags(write=False)  # it is kept for the next who asks
    return rows


def most_confident_mistakes(predictions: Predictions, count: int) -> Array:
    """Return the rows of up to `count` wrong predictions, the most confident first."""
    wrong = np.flatnonzero(predictions.known & ~predictions.correct)
    return wrong[np.argsort(-predictions.confidence[wrong], kind="stable")[:count]]


def least_confident_correct(predictions: Predictions, count: int) -> Array:
    """Return the rows of up to `count` correct predictions, the least confident first."""
    correct = np.flatnonzero(predictions.correct)
    return correct[np.argsort(predictions.confidence[correct], kind="stable")[:count]]
