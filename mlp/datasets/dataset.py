"""A data set is many examples, each with its correct answer, in three splits.

The network learns from the training set, settings are chosen by the validation set, and the test set is kept for the
very end: a network is judged fairly only on examples that nobody has looked at.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlp.text import quoted

SPLITS = ("train", "validation", "test")


class Split(NamedTuple):
    """Some of the examples. The arrays are read-only."""

    images: np.ndarray  # [n, pixels], uint8, memory-mapped; or float32 coordinates [n, 2]
    labels: np.ndarray  # [n], uint8: the class of each row; or float32, the number to predict

    def rows(self, start: int, stop: int) -> "Split":
        """Return the examples from `start` up to, not including, `stop`, without copying them."""
        return Split(self.images[start:stop], self.labels[start:stop])


@dataclass(frozen=True, eq=False)
class Dataset:
    """The three splits, and what training and showing them needs.

    The input of a network is images · scale, or the features of points.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None  # rows, columns; None for points
    scale: float  # brings pixels into [0, 1]; 1.0 for points
    features: tuple[str, ...] = ()  # of points: the inputs computed from their coordinates
    task: str = "classification"  # or "regression"

    @property
    def inputs(self) -> int:
        """Inputs that a network has for one example."""
        return len(self.features) or int(self.train.images.shape[1])

    @property
    def classes(self) -> int:
        """The number of classes; 1 for a regression, whose answer is a number."""
        return len(self.class_names)

    @property
    def is_images(self) -> bool:
        """Whether an example is an image; otherwise it is a point in the plane."""
        return self.image_shape is not None

    def split(self, name: str) -> Split:
        """Return the split called "train", "validation" or "test". Raises ValueError for any other name."""
        piles = dict(zip(SPLITS, (self.train, self.validation, self.test), strict=True))
        if name not in piles:
            raise ValueError(f"There is no split {quoted(name)}. Choose one of: {', '.join(SPLITS)}.")
        return piles[name]
