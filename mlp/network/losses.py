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


class Outcome(NamedTuple):
    """The result of one batch."""

    loss: float  # summed over the batch, in nats
    correct: int  # rows whose largest logit is the correct class, or whose number is close enough


class SoftmaxCrossEntropy:
    """The same loss and gradient for training: one pass over buffers that are made once per batch size."""

    def __init__(self, batch: int, classes: int, dtype: np.dtype) -> None:
        self.grad_logits = np.empty((batch, classes), dtype)
        self._flat = self.grad_logits.reshape(-1)
        self._row_starts = np.arange(0, batch * classes, classes)[:, None]
        self._predicted = np.empty(batch, np.intp)
        self._cells = np.empty((batch, 1), np.intp)
        self._column = np.empty((batch, 1), dtype)
        self._picked = np.empty((batch, 1), dtype)

    def __call__(self, logits: Array, labels: Array) -> Outcome:
        """Write dL/dz into `grad_logits` and return the summed loss and the number of correct predictions."""
        grad, flat, cells = self.grad_logits, self._flat, self._cells
        batch = len(logits)
        predicted = logits.argmax(axis=1, out=self._predicted)
        # A row's maximum is at its prediction: fetching it there takes half the time of `max`.
        np.add(self._row_starts, predicted[:, None], out=cells)
        logits.take(cells, out=self._picked, mode="clip")
        np.subtract(logits, self._picked, out=grad)
        np.add(self._row_starts, labels[:, None], out=cells)  # where each row's correct class is in `flat`
        flat.take(cells, out=self._picked, mode="clip")
        np.exp(grad, out=grad)
        column = np.add.reduce(grad, axis=1, keepdims=True, out=self._column)
        column *= batch
        grad /= column
        flat[cells] -= 1 / batch
        column /= batch
        np.log(column, out=column)
        column -= self._picked
        return Outcome(float(np.add.reduce(column, axis=None)), int(np.count_nonzero(predicted == labels)))


NEAR = 0.1  # a regression's prediction counts as correct within this distance


def squared_error(outputs: Array, targets: Array) -> Array:
    """Return ½ (z − y)² of each row, shape [batch], for outputs z [batch, 1]."""
    return 0.5 * np.square(outputs[:, 0] - targets)


class SquaredError:
    """The loss of a regression, for training: L = mean over the batch of ½ (z − y)², dL/dz = (z − y) / batch."""

    def __init__(self, batch: int, outputs: int, dtype: np.dtype) -> None:
        self.grad_logits = np.empty((batch, outputs), dtype)

    def __call__(self, outputs: Array, targets: Array) -> Outcome:
        """Write dL/dz into `grad_logits`; return the summed loss and how many predictions are within NEAR."""
        error = np.subtract(outputs, targets[:, None], out=self.grad_logits)
        outcome = Outcome(0.5 * float(np.vdot(error, error)), int(np.count_nonzero(np.abs(error) <= NEAR)))
        error /= len(error)
        return outcome


class Loss(NamedTuple):
    """One row of the table: how a task's predictions are measured."""

    batch: type[SoftmaxCrossEntropy] | type[SquaredError]  # for training
    each: Callable[[Array, Array], Array]  # outputs, truths → loss of each row
    right: Callable[[Array, Array], Array]  # outputs, truths → whether each row's prediction is correct


LOSSES = {
    "classification": Loss(
        SoftmaxCrossEntropy, softmax_crossentropy_with_logits, lambda logits, labels: logits.argmax(axis=1) == labels
    ),
    "regression": Loss(SquaredError, squared_error, lambda outputs, targets: np.abs(outputs[:, 0] - targets) <= NEAR),
}
