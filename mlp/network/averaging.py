"""A running average follows numbers that jump around, and forgets old ones little by little."""

import numpy as np

Array = np.ndarray
PIECE = 16_384  # numbers at a time, so that they stay in the processor's cache


def share_of_latest(decay: float, t: int) -> float:
    """Return how far the t-th value moves an exponential average that starts with the first one: (1 − β) / (1 − βᵗ).

    So it is the mean of all values with the weights 1, β, β² …, the latest first: it has no memory of a start at zero.
    Source: the bias correction of Kingma and Ba, "Adam: a method for stochastic optimization" (2015).

    >>> share_of_latest(0.9, 1), round(share_of_latest(0.9, 2), 4), round(share_of_latest(0.9, 1000), 4)
    (1.0, 0.5263, 0.1)
    """
    return (1 - decay) / (1 - decay**t)


def move_toward(average: Array, latest: Array, share: float) -> None:
    """Move an average toward the latest values, both flat: ā ← ā + share · (a − ā)."""
    for start in range(0, len(average), PIECE):
        piece = average[start : start + PIECE]
        away = latest[start : start + PIECE] - piece
        away *= share
        piece += away
