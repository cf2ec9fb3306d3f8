"""Arrays come in parts, one for each split, that are joined, and their labels become classes or numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlp.datasets.dataset import CLASSIFICATION, REGRESSION
from mlp.datasets.errors import DatasetError
from mlp.datasets.own.class_folders import check_count
from mlp.datasets.own.examples import MOST_CLASSES, TRAIN
from mlp.datasets.own.spelling import different


@dataclass(frozen=True)
class SplitArrays:
    """The inputs and labels of one split, memory-mapped."""

    split: int | None
    inputs: np.ndarray  # [n, ...]
    labels: np.ndarray  # [n], or one-hot [n, classes]


@dataclass(frozen=True)
class Answers:
    """Labels of all parts, as a data set keeps them."""

    labels: np.ndarray  # [n] positions in class_names, or float32
    class_names: tuple[str, ...]
    task: str
    split: np.ndarray | None  # [n]
    notes: tuple[str, ...] = ()  # sentences


def answers(parts: Sequence[SplitArrays]) -> Answers:
    """Return what the parts' labels mean: whole numbers, words and one-hot rows are classes; other numbers, a target.

    So are more different whole numbers than there can be classes. Raises DatasetError for labels that are neither.
    """
    values = np.concatenate([flat_labels(part.labels) for part in parts])
    split = None
    if any(part.split is not None for part in parts):
        split = np.concatenate([np.full(len(part.labels), part.split or TRAIN, np.int8) for part in parts])
    is_float = values.dtype.kind == "f"
    missing = np.isnan(values) if is_float else np.zeros(len(values), bool)
    if is_float and np.isinf(values).any():
        raise DatasetError("Labels are infinite in places. Replace or leave out those examples.")
    known = np.unique(values[~missing])
    is_whole = not is_float or bool((known == np.rint(known)).all())
    if not is_whole or (len(known) > MOST_CLASSES and values.dtype.kind in "iuf"):
        many = f"{len(known):,} different whole numbers are too many for classes, so they are numbers to predict."
        return Answers(values.astype(np.float32), ("target",), REGRESSION, split, (many,) if is_whole else ())
    if len(known) < 2:
        raise DatasetError("All labels are the same, so there is nothing to learn. Add examples of another class.")
    names = tuple(f"{value + 0:.0f}" if is_float else str(value) for value in known)  # -0.0 + 0 is 0.0
    check_count(different(names), "Join some of them, or leave some out.")
    classes = np.where(missing, -1, np.searchsorted(known, values)).astype(np.int16)
    return Answers(classes, names, CLASSIFICATION, split)


def flat_labels(labels: np.ndarray) -> np.ndarray:
    """Return labels [n]: those of one column, the position of the one in one-hot rows, bytes as text."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.shape[1] <= MOST_CLASSES and labels.dtype.kind in "biuf":
        ones = labels == 1
        if (ones.sum(axis=1) == 1).all() and (ones | (labels == 0)).all():
            return ones.argmax(axis=1)
    if labels.ndim != 1:
        raise DatasetError(
            f"Labels have the shape {labels.shape}; give one number or word for each example, "
            f"or one-hot rows of 0 and 1 for up to {MOST_CLASSES} classes."
        )
    return np.char.decode(labels, "utf-8", "replace") if labels.dtype.kind == "S" else np.asarray(labels)


class Joined:
    """The inputs of all parts by one index, without copying them."""

    def __init__(self, parts: Sequence[SplitArrays]) -> None:
        self._inputs = [part.inputs for part in parts]
        self._ends = np.cumsum([len(inputs) for inputs in self._inputs])

    def __getitem__(self, index: int) -> np.ndarray:
        part = int(np.searchsorted(self._ends, index, "right"))
        return np.asarray(self._inputs[part][index - self._ends[part]])  # counted from the part's end
