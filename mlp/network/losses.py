"""The loss measures how wrong the network is, in one number that training makes small.

Softmax cross-entropy from logits z [batch, classes], with y the correct class of each row:

    log softmax(z)_k = z_k − max z − log Σ_j exp(z_j − max z)
    L = mean over the batch of −log softmax(z)_y
    dL/dz = (softmax(z) − one-hot(y)) / batch

Subtracting the row's maximum changes nothing in exact arithmetic, and keeps `exp` from overflowing in ours.
"""

import numpy as np

Array = np.ndarray


def log_softmax(logits: Array) -> Array:
    """Return log softmax(z), shape [batch, classes]; finite for any finite logits."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(logits: Array) -> Array:
    """Return class probabilities, shape [batch, classes]; each row sums to one."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax_crossentropy_with_logits(logits: Array, reference_answers: Array) -> Array:
    """Return −log softmax(z)_y of each row, shape [batch]."""
    return -log_softmax(logits)[np.arange(len(logits)), reference_answers]


def grad_softmax_crossentropy_with_logits(logits: Array, reference_answers: Array) -> Array:
    """Return the mean loss's gradient (softmax(z) − one-hot(y)) / batch, shape [batch, classes]."""
    grad = softmax(logits)
    grad[np.arange(len(logits)), reference_answers] -= 1
    return grad / len(logits)
