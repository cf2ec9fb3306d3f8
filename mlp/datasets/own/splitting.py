"""Splitting divides examples into training, validation and test, so that each class is in all three if it can be.

The seed alone decides who goes where. A class with a single row is learned from; of two rows one is for validation.
"""

from collections.abc import Sequence

import numpy as np

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.examples import TEST, TRAIN, VALIDATION, split_of
from mlp.text import counted, quoted

MOST_NAMED = 5  # classes in a sentence

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def split_rows(
    classes: np.ndarray, validation: float, test: float, seed: int | None = 0, given: np.ndarray | None = None
) -> Rows:
    """Return the shuffled row numbers of the training, validation and test set.

    `classes` [n] are integers; of a regression all are 0. `given` [n] is TRAIN, VALIDATION or TEST where that is
    decided already: then only splits that it leaves empty get a share, `validation` or `test`, of its training rows.
    Raises DatasetError if a split would be empty.

    >>> [len(rows) for rows in split_rows(np.repeat([0, 1], [60, 40]), validation=0.15, test=0.15)]
    [70, 15, 15]
    """
    split = np.zeros(len(classes), np.int8) if given is None else given.copy()
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(classes))
    pool = order[split[order] == TRAIN]
    shares = {VALIDATION: validation, TEST: test}
    wanted = {
        kind: max(1, round(share * len(pool))) if share > 0 and not (split == kind).any() else 0
        for kind, share in shares.items()
    }
    if len(pool) <= sum(count > 0 for count in wanted.values()):
        raise DatasetError(
            f"There {'is' if len(pool) == 1 else 'are'} only {counted(len(pool), 'example')} to divide; training, "
            "validation and test need at least one each. Add examples."
        )
    if sum(wanted.values()) >= len(pool) or min(validation, test) <= 0:
        raise DatasetError(
            f"validation is {validation:g} and test {test:g} of {counted(len(pool), 'example')}: each of the three "
            "splits needs at least one. Choose shares above 0 that leave some for training, or add examples."
        )
    left = dict(wanted)
    rest = len(pool)
    by_class = pool[np.argsort(classes[pool], kind="stable")]
    groups = np.split(by_class, np.flatnonzero(np.diff(classes[by_class])) + 1)
    for rows in sorted(groups, key=len):  # rare classes first: their rows count most
        start = 0
        for kind, enough in ((VALIDATION, 2), (TEST, 3)):
            fair = max(round(left[kind] * len(rows) / rest), len(rows) >= enough)
            stop = min(start + min(fair, left[kind]), len(rows) - 1)  # one row of each class is learned from
            split[rows[start:stop]] = kind
            left[kind] -= stop - start
            start = stop
        rest -= len(rows)
    for kind in shares:
        if left[kind] == wanted[kind] > 0:  # all classes are too small
            split[order[split[order] == TRAIN][0]] = kind
    order = rng.permutation(len(classes))  # again: the first of each class are held out
    train, held_out, kept = (order[split[order] == kind] for kind in (TRAIN, VALIDATION, TEST))
    return train, held_out, kept


def given_split(column: str, codes: np.ndarray, values: Sequence[str]) -> np.ndarray:
    """Return the split of each row, as the column's texts name it: codes [n] are positions in `values`, -1 is none.

    Raises DatasetError for a text that names no split, and if no row is for training.
    """
    named = list(map(split_of, values))
    for value, kind in zip(values, named, strict=True):
        if kind is None:
            raise DatasetError(
                f"Column {quoted(column)} has the value {quoted(value)}, which names no split. "
                "Use train, validation and test, or choose another column."
            )
    if (codes < 0).any():
        raise DatasetError(
            f"Column {quoted(column)} is empty in {counted(int((codes < 0).sum()), 'row')}. "
            "Fill in train, validation or test, or choose another column."
        )
    split = np.array(named, np.int8)[codes]
    if not (split == TRAIN).any():
        raise DatasetError(f"Column {quoted(column)} names no training rows. Write train for some of them.")
    return split


def notes_on_split(classes: np.ndarray, names: Sequence[str], rows: Rows) -> tuple[str, ...]:
    """Return sentences on the classes that are too rare to be in all three splits."""
    counts = np.bincount(classes, minlength=len(names))
    learned = np.bincount(classes[rows[TRAIN]], minlength=len(names))
    single = (counts == 1) & (learned == 1)
    double = (counts == 2) & (learned > 0)
    nothing = (counts > 0) & (learned == 0)
    sentences = [
        (single, "has a single row, which is for training", "have a single row each, which is for training"),
        (double, "has two rows, too few for three splits", "have two rows each, too few for three splits"),
        (nothing, "has no row for training, so it can't be learned", "have no row for training, so can't be learned"),
    ]
    return tuple(
        f"{_listed(names, which)} {one if which.sum() == 1 else many}." for which, one, many in sentences if which.any()
    )


def _listed(names: Sequence[str], which: np.ndarray) -> str:
    chosen = [names[index] for index in np.flatnonzero(which).tolist()]
    shown = ", ".join(chosen[:MOST_NAMED])
    more = f" and {len(chosen) - MOST_NAMED:,} more" if len(chosen) > MOST_NAMED else ""
    return f"Class {shown}" if len(chosen) == 1 else f"Classes {shown}{more}"
