"""The loss measures how wrong the network is, in one number that training makes small.

Softmax cross-entropy from logits z [batch, classes], with y the correct class of each row:

    log softmax(z)_k = z_k − max z − log Σ_j exp(z_j − max z)
    L = mean over the batch of −log softmax(z)_y
    dL/dz = (softmax(z) − one-hot(y)) / batch

Subtracting the row's maximum changes nothing in exact arithmetic, and keeps `exp` from overflowing in ours.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mlp.network.training_losses import NEAR, SoftmaxCrossEntropy, SquaredError

Array = np.ndarray


def log_softmax(logits: Array) -> Array:
    """Return log softmax(z), shape [batch, classes]; finite for any finite logits."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(logits: Array) -> Array:
    """Return class probabilities, shape [batch, classes]; each row sums to one."""
    return np.exp(log_softmax(logits))


def softmax_crossentropy_with_logits(logits: Array, reference_answers: Array) -> Array:
    """Return −log softmax(z)_y of each row, shape [batch]."""
    return -log_softmax(logits)[np.arange(len(logits)), reference_answers]


def grad_softmax_crossentropy_with_logits(logits: Array, reference_answers: Array) -> Array:
    """Return the mean loss's gradient (softmax(z) − one-hot(y)) / batch, shape [batch, classes]."""
    grad = softmax(logits)
    grad[np.arange(len(logits)), reference_answers] -= 1
    return grad / len(logits)


def squared_error(outputs: Array, targets: Array) -> Array:
    """Return ½ (z − y)² of each row, shape [batch], for outputs z [batch, 1]."""
    return 0.5 * np.square(outputs[:, 0] - targets)


class Loss(NamedTuple):
    """One row of the table: how a task's predictions are measured."""

    batch: type[SoftmaxCrossEntropy] | type[SquaredError]  # of a whole mini-batch, for training
    each: Callable[[Array, Array], Array]  # outputs, truths → loss of each row
    correct: Callable[[Array, Array], Array]  # outputs, truths → whether each row's prediction is correct


LOSSES = {
    "classification": Loss(
        SoftmaxCrossEntropy, softmax_crossentropy_with_logits, lambda logits, labels: logits.argmax(axis=1) == labels
    ),
    "regression": Loss(SquaredError, squared_error, lambda outputs, targets: np.abs(outputs[:, 0] - targets) <= NEAR),
}
