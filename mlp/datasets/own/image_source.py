"""The images of a file before they are read: their labels are known, their pixels are asked for one at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlp.datasets.dataset import CLASSIFICATION

PICTURES, ARRAYS, IDX = IMAGES = ("pictures", "arrays", "idx")  # kinds of files that hold images


@dataclass(frozen=True)
class ImageSource:
    """What all kinds of files with images have in common."""

    kind: str
    labels: np.ndarray  # [n] positions in class_names, or float32, the numbers to predict
    class_names: tuple[str, ...]
    split: np.ndarray | None  # [n] int8: TRAIN, VALIDATION or TEST, if the file says so
    image: Callable[[int, tuple[int, int]], np.ndarray]  # uint8 of the size given; raises DamagedFile
    shape: tuple[int, int] | None = None  # rows, columns of every image, if that is known before reading
    task: str = CLASSIFICATION
    transposed: bool = False  # whether rows and columns seem to have changed places
    notes: tuple[str, ...] = ()
    pixel_range: tuple[float, float] | None = None  # as in DatasetInfo
