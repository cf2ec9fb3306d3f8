"""Metrics measure how good a network's predictions are, class by class, and how far its confidence can be trusted."""

import math
from typing import NamedTuple

import numpy as np

from mlp.inspection.predictions import Predictions
from mlp.network.layers import Array

CALIBRATION_BINS = 10


class ClassScores(NamedTuple):
    """How well each class is distinguished from the others, each of shape [classes]; NaN if undefined.

    precision = true positives / all predictions of this class, recall = true positives / all examples of this class,
    F1 = their harmonic mean 2 · precision · recall / (precision + recall).
    Source: van Rijsbergen, "Information Retrieval" (1979).
    """

    precision: Array
    recall: Array
    f1: Array

    @property
    def macro_f1(self) -> float:
        """The mean F1 of all classes: rare ones count as much as frequent ones."""
        return float(np.nanmean(self.f1))

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of all classes: what accuracy would be if each had as many examples.

        Source: Brodersen et al., "The balanced accuracy and its posterior distribution" (2010).
        """
        return float(np.nanmean(self.recall))


class Calibration(NamedTuple):
    """How often predictions are correct, over equal bins of their confidence."""

    confidence: Array  # [bins], the mean in each; NaN in an empty one
    accuracy: Array  # [bins], share of correct predictions; NaN in an empty one
    counts: Array  # [bins]
    error: float  # expected calibration error: Σ counts/n · |accuracy − confidence|


class McNemar(NamedTuple):
    """McNemar's exact test of two networks on the same examples.

    Only examples that one alone gets right count: without a difference, each is a coin's toss (binomial, ½).
    Source: McNemar, "Note on the sampling error of the difference between correlated proportions" (1947).
    """

    first_only: int  # examples that only the first gets right
    second_only: int
    examples: int
    p: float


def confusion_matrix(predictions: Predictions) -> Array:
    """Return how often each class (row) was predicted as each (column), shape [classes, classes].

    Examples without a prediction are not counted.
    """
    classes = predictions.probabilities.shape[1]
    known = predictions.known
    cells = predictions.labels[known].astype(np.intp) * classes + predictions.classes[known]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def class_scores(predictions: Predictions) -> ClassScores:
    """Return precision, recall and F1 of every class."""
    matrix = confusion_matrix(predictions)
    hits = np.diag(matrix).astype(np.float64)
    support = np.bincount(predictions.labels, minlength=len(matrix))
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = hits / matrix.sum(axis=0), hits / support
        f1 = 2 * hits / (matrix.sum(axis=0) + support)
    return ClassScores(precision, recall, f1)


def calibration(predictions: Predictions, bins: int = CALIBRATION_BINS) -> Calibration:
    """Return how accuracy depends on confidence.

    Source: Guo et al., "On calibration of modern neural networks" (2017).
    """
    known = predictions.known
    confidence, right = predictions.confidence[known].astype(np.float64), predictions.correct[known]
    where = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    counts = np.bincount(where, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(where, confidence, bins) / counts
        accuracy = np.bincount(where, right, bins) / counts
    gaps = np.where(counts > 0, np.abs(accuracy - mean), 0)
    return Calibration(mean, accuracy, counts, float(counts @ gaps / max(counts.sum(), 1)))


def wilson(correct: int, count: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of the true share, from `correct` of `count` examples drawn at random.

    (p + z²/2n ± z √(p (1−p)/n + z²/4n²)) / (1 + z²/n) with z = 1.96. Source: Wilson, "Probable inference" (1927).
    """
    # scipy.stats has it, too, but takes half a second to import: more than training on a small data set.
    share, z = correct / count, 1.96
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


def mcnemar(first: Array, second: Array) -> McNemar:
    """Return McNemar's exact test for which examples each of two networks gets right, boolean arrays [examples].

    >>> import numpy as np
    >>> mcnemar(np.array([True] * 2 + [False] * 10), np.array([False] * 2 + [True] * 10))
    McNemar(first_only=2, second_only=10, examples=12, p=0.03857421875)
    """
    from scipy.stats import binomtest  # takes half a second to import, and most pages never need it

    only = int((first & ~second).sum()), int((second & ~first).sum())
    p = float(binomtest(only[0], sum(only)).pvalue) if sum(only) else 1.0
    return McNemar(*only, len(first), p)
