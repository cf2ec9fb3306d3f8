"""Class weights decide how much each class counts in the training loss, however few examples it has."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class ClassWeights(NamedTuple):
    """One row of the table."""

    label: str
    of: Callable[[Array], Array] | None  # counts of the training examples [classes] → weights [classes]; None: all 1


def balanced(counts: Array) -> Array:
    """Return n / (classes · count), so that all classes weigh the same in sum, and the mean weight of an example is 1.

    The weight of a class without examples is never used; it is as if there were one.

    Source: King and Zeng, "Logistic regression in rare events data" (2001); as in scikit-learn.

    >>> balanced(np.array([30, 10]))
    array([0.66666667, 2.        ])
    """
    return counts.sum() / (len(counts) * np.where(counts, counts, 1))


CLASS_WEIGHTS = {
    "none": ClassWeights("None", None),
    "balanced": ClassWeights("Balanced", balanced),
}
