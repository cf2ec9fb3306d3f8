"""Examples are what a reader makes of a file: inputs and labels that nobody has divided yet."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MOST_CLASSES = 100  # more could not be shown legibly
TRAIN, VALIDATION, TEST = range(3)  # what `Examples.split` holds
SPLIT_NAMES = {  # as folders and columns call them
    **dict.fromkeys(("train", "training", "learn"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing", "holdout"), TEST),
}

Progress = Callable[[float, str], None]  # called with the share that is done, from 0 to 1, and a sentence


@dataclass
class Examples:
    """All examples of a file. The arrays may be memory-mapped."""

    inputs: np.ndarray  # [n, rows, columns] uint8, images; or [n, columns] float32, NaN where a number is missing
    labels: np.ndarray  # [n] integers, the positions of classes, -1 where it is missing; or floats, NaN where missing
    class_names: tuple[str, ...]  # of a regression: the target's name
    task: str  # CLASSIFICATION or REGRESSION
    split: np.ndarray | None = None  # [n] int8: TRAIN, VALIDATION or TEST, if the file itself says so
    notes: tuple[str, ...] = ()  # sentences on what was skipped or changed
