"""Metrics measure how good a network's answers are, class by class, and how far its confidence can be trusted.

Everything here is a pure function of the answers to one split's examples.
"""

import math
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.layers import Array
from mlp.network.losses import softmax
from mlp.network.network import Network, aligned_empty
from mlp.training import EVALUATION_BATCH, FLOAT, TrainingState, inputs_of, network_sizes

CALIBRATION_BINS = 10
CORES = min(os.cpu_count() or 1, 4)  # more would wait for memory


class Answers(NamedTuple):
    """A network's answers to the examples of a split."""

    probabilities: Array  # [examples, classes], float32; rows of NaN if a network's weights are NaN or infinite
    labels: Array  # [examples], the correct class of each

    @property
    def known(self) -> Array:
        """Whether there is an answer, shape [examples]."""
        return np.isfinite(self.probabilities).all(axis=1)

    @property
    def predictions(self) -> Array:
        """The class with the largest probability, shape [examples]."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidence(self) -> Array:
        """The probability of that class, shape [examples]."""
        return self.probabilities.max(axis=1)

    @property
    def right(self) -> Array:
        """Whether the answer is the correct class, shape [examples]."""
        return self.known & (self.predictions == self.labels)


class ClassScores(NamedTuple):
    """How well each class is distinguished from the others, each of shape [classes]; NaN if undefined.

    precision = true positives / all answers of this class, recall = true positives / all examples of this class,
    F1 = their harmonic mean 2 · precision · recall / (precision + recall).
    Source: van Rijsbergen, "Information Retrieval" (1979).
    """

    precision: Array
    recall: Array
    f1: Array
    support: Array  # examples of this class


class Calibration(NamedTuple):
    """How often answers are correct, over equal bins of their confidence."""

    confidence: Array  # [bins], the mean in each; NaN in an empty one
    accuracy: Array  # [bins], share of correct answers; NaN in an empty one
    counts: Array  # [bins]
    error: float  # expected calibration error: Σ counts/n · |accuracy − confidence|


def answer(config: RunConfig, dataset: Dataset, state: TrainingState, split: str = "validation") -> Answers:
    """Return the answers to one split's examples. Dropout is off. Raises ValueError for an unknown split."""
    examples = dataset.split(split)
    probabilities = np.empty((len(examples.labels), dataset.info.classes), FLOAT)
    starts = range(0, len(examples.labels), EVALUATION_BATCH)

    def fill(starts: Iterable[int]) -> None:
        network = Network(network_sizes(config, dataset), config.activation, state.parameters, EVALUATION_BATCH)
        input = aligned_empty((EVALUATION_BATCH, dataset.info.inputs), FLOAT)
        with np.errstate(over="ignore", invalid="ignore"):
            for start in starts:
                images = examples.images[start : start + EVALUATION_BATCH]
                probabilities[start : start + len(images)] = softmax(
                    network.forward(inputs_of(dataset, images, out=input[: len(images)]))
                )

    # numpy releases Python's lock, and a person is waiting: use all cores, with one BLAS thread each.
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(fill, (starts[core::CORES] for core in range(min(CORES, len(starts))))))
    return Answers(probabilities, np.asarray(examples.labels))


def confusion_matrix(answers: Answers) -> Array:
    """Return how often each class (row) was answered as each (column), shape [classes, classes].

    Examples without an answer are not counted.
    """
    classes = answers.probabilities.shape[1]
    known = answers.known
    cells = answers.labels[known].astype(np.intp) * classes + answers.predictions[known]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def class_scores(answers: Answers) -> ClassScores:
    """Return precision, recall and F1 of every class."""
    matrix = confusion_matrix(answers)
    hits = np.diag(matrix).astype(np.float64)
    support = np.bincount(answers.labels, minlength=len(matrix))
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = hits / matrix.sum(axis=0), hits / support
        f1 = 2 * hits / (matrix.sum(axis=0) + support)
    return ClassScores(precision, recall, f1, support)


def calibration(answers: Answers, bins: int = CALIBRATION_BINS) -> Calibration:
    """Return how accuracy depends on confidence.

    Source: Guo et al., "On calibration of modern neural networks" (2017).
    """
    known = answers.known
    confidence, right = answers.confidence[known].astype(np.float64), answers.right[known]
    where = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    counts = np.bincount(where, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(where, confidence, bins) / counts
        accuracy = np.bincount(where, right, bins) / counts
    gaps = np.where(counts > 0, np.abs(accuracy - mean), 0)
    return Calibration(mean, accuracy, counts, float(counts @ gaps / max(counts.sum(), 1)))


def surest_mistakes(answers: Answers, count: int) -> Array:
    """Return the rows of up to `count` wrong answers, the most confident first."""
    wrong = np.flatnonzero(answers.known & ~answers.right)
    return wrong[np.argsort(-answers.confidence[wrong], kind="stable")[:count]]


def least_sure_hits(answers: Answers, count: int) -> Array:
    """Return the rows of up to `count` correct answers, the least confident first."""
    right = np.flatnonzero(answers.right)
    return right[np.argsort(answers.confidence[right], kind="stable")[:count]]


def wilson(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % confidence interval of the true share, from `right` of `count` examples drawn at random.

    (p + z²/2n ± z √(p (1−p)/n + z²/4n²)) / (1 + z²/n). Source: Wilson, "Probable inference" (1927).
    """
    share = right / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


def mcnemar(before: Array, after: Array) -> float:
    """Return the p-value of McNemar's exact test of two accuracies that were measured on the same examples.

    Both arrays say of each example whether the answer is correct. Only examples on which they differ count: without a
    real difference, each of them is as likely to have become correct as to have become wrong, so the smaller of the two
    numbers follows the binomial distribution B(n, ½). Source: McNemar, "Note on the sampling error" (1947).

    >>> import numpy as np
    >>> round(mcnemar(np.array([True] * 2 + [False] * 10), np.array([False] * 2 + [True] * 10)), 4)
    0.0386
    """
    better, worse = int((after & ~before).sum()), int((before & ~after).sum())
    count = better + worse
    ways = term = 1  # in which so few or fewer of them can go one way
    for chosen in range(min(better, worse)):
        term = term * (count - chosen) // (chosen + 1)
        ways += term
    return min(2 * ways / 2**count, 1.0)
