"""Examples are what a reader makes of a file: inputs and labels that nobody has divided yet."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MOST_SHOWN = 40  # in a preview
MOST_CLASSES = 100  # more could not be shown legibly
TRAIN, VALIDATION, TEST = range(3)  # what `Examples.split` holds
SPLIT_NAMES = {  # as folders and columns call them
    **dict.fromkeys(("train", "training", "learn"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing", "holdout"), TEST),
}

SET = re.compile("[ _-]?set$")
ShowStage = Callable[[float, str], None]  # called with the share that is done, from 0 to 1, and a sentence


@dataclass
class Examples:
    """All examples of a file. The arrays may be memory-mapped."""

    inputs: np.ndarray  # [n, rows, columns] uint8, images; or [n, columns] float32, NaN where a number is missing
    labels: np.ndarray  # [n] integers, the positions of classes, -1 where it is missing; or floats, NaN where missing
    class_names: tuple[str, ...]  # of a regression: the target's name
    task: str  # CLASSIFICATION or REGRESSION
    split: np.ndarray | None = None  # [n] int8: TRAIN, VALIDATION or TEST, if the file itself says so
    notes: tuple[str, ...] = ()  # sentences on what was skipped or changed
    pixel_range: tuple[float, float] | None = None  # as in DatasetInfo


def split_of(name: str) -> int | None:
    """Return the split that a folder or a column's value names, if any.

    >>> split_of("Training Set") == split_of("train") == TRAIN, split_of("cats")
    (True, None)
    """
    return SPLIT_NAMES.get(SET.sub("", name.strip().lower()))


def spread(groups: Sequence[np.ndarray]) -> list[int]:
    """Return at most MOST_SHOWN of the positions in each class's array, from all over it and by turns of all classes.

    >>> spread([np.arange(100), np.array([100])])[:4]
    [0, 100, 5, 10]
    """
    each = max(1, MOST_SHOWN // len(groups))
    chosen = [group[np.linspace(0, len(group) - 1, min(each, len(group)), dtype=int)] for group in groups]
    return [int(group[turn]) for turn in range(each) for group in chosen[:MOST_SHOWN] if turn < len(group)]
