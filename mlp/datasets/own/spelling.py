"""Classes whose names differ only in capital letters or spaces are found, and become one if a person wants that."""

from collections.abc import Iterable, Sequence

import numpy as np

from mlp.datasets.own.examples import MOST_CLASSES
from mlp.installation import COMMAND
from mlp.text import counted, quoted

MOST_NAMED = 3  # sets of such classes in a sentence
HOW_TO_MERGE = f"To make such classes one, run “{COMMAND} data import FILE --merge-classes”."

Counts = Sequence[tuple[str, int]]  # classes, and how many examples each has


def folded(name: str) -> str:
    """Return what names have in common that differ only in capital letters or spaces.

    >>> folded("New  York") == folded("NEW YORK ")
    True
    """
    return " ".join(name.split()).casefold()


def alike(names: Iterable[str]) -> list[list[str]]:
    """Return the names that differ only in capital letters or spaces, those that belong together in one list.

    >>> alike(["No", "Yes", "maybe", "no", "yes"])
    [['No', 'no'], ['Yes', 'yes']]
    """
    together: dict[str, list[str]] = {}
    for name in names:
        together.setdefault(folded(name), []).append(name)
    return [group for group in together.values() if len(group) > 1]


def different(names: Iterable[str]) -> int:
    """Return how many classes there are if those become one.

    >>> different(["No", "Yes", "no", "yes"])
    2
    """
    return len(set(map(folded, names)))


def merged_counts(counts: Counts) -> list[tuple[str, int]]:
    """Return the classes that there are if those become one; each has the most frequent of its names.

    >>> merged_counts([("No", 5), ("Yes", 3), ("yes", 4)])
    [('No', 5), ('yes', 7)]
    """
    totals: dict[str, int] = {}
    for name, count in counts:
        totals[folded(name)] = totals.get(folded(name), 0) + count
    rarest_first = sorted(counts, key=lambda found: -found[1])[::-1]
    usual = {folded(name): name for name, _ in rarest_first}
    return [(usual[fold], total) for fold, total in totals.items()]


def merged(labels: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return labels [n], positions in `names`, once those classes are one; and the names then.

    >>> merged(np.array([0, 2, 1, 2]), ["No", "Yes", "yes"])
    (array([0, 1, 1, 1]), ('No', 'yes'))
    """
    counts = np.bincount(labels, minlength=len(names)).tolist()
    kept = [name for name, _ in merged_counts(list(zip(names, counts, strict=True)))]
    places = {folded(name): place for place, name in enumerate(kept)}
    return np.array([places[folded(name)] for name in names])[labels], tuple(kept)


def advice_to_merge(classes: int, left: int) -> str:
    """Return a sentence if there are too many classes, but few enough are `left` once they are merged; "" otherwise.

    >>> advice_to_merge(120, 60)
    'Merge those that differ only in capital letters or spaces: 60 classes remain.'
    """
    if not left <= MOST_CLASSES < classes:
        return ""
    return f"Merge those that differ only in capital letters or spaces: {counted(left, 'class', 'classes')} remain."


def note_on_spelling(names: Iterable[str], one: bool) -> str:
    """Return a sentence on the classes whose names hardly differ, and whether they are one; "" if there are none.

    >>> note_on_spelling(["No", "Yes", "yes"], one=False)
    "'Yes' and 'yes' are different classes: they differ only in capital letters."
    """
    groups = alike(names)
    if not groups:
        return ""
    listed = "; ".join(" and ".join(map(quoted, group)) for group in groups[:MOST_NAMED])
    more = f"; and {counted(len(groups) - MOST_NAMED, 'more case')}" if len(groups) > MOST_NAMED else ""
    by = "capital letters" if all(len(set(map(str.casefold, group))) == 1 for group in groups) else "spelling"
    are = "are one class each" if len(groups) > 1 else "are one class"
    return f"{listed}{more} {are if one else 'are different classes'}: they differ only in {by}."
