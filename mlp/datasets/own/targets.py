"""Which column is the one to predict is guessed, and whether it holds classes or numbers."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlp.datasets.dataset import CLASSIFICATION, REGRESSION
from mlp.datasets.own.columns import Column, Facts
from mlp.datasets.own.examples import MOST_CLASSES
from mlp.datasets.own.plan import LEFT_OUT, TARGET
from mlp.datasets.own.spelling import advice_to_merge, different, merged_counts
from mlp.text import counted, percent, quoted

NAMES = ("class", "label", "target", "species", "outcome", "diagnosis", "y")  # the likeliest first
FEW_CLASSES, ROWS_PER_CLASS = 20, 3  # whole numbers that are classes: at most, and rows for each at least


def guess_target(columns: Sequence[Column]) -> str:
    """Return the name of the column that is likeliest to be the answer, "" if none is.

    >>> guess_target([Column("species", "category", ""), Column("width", "number", "")])
    'species'
    """
    usual = {column.name.lower(): column.name for column in columns}
    named = next((usual[name] for name in NAMES if name in usual), "")
    return named or next((column.name for column in reversed(columns) if column.kind != LEFT_OUT), "")


def guess_task(facts: Facts) -> str:
    """Return whether a target's values are classes or numbers."""
    if not len(facts.numbers) or facts.leading_zeros:
        return CLASSIFICATION
    values = np.unique(facts.numbers)
    if len(values) <= 2 or (facts.whole and len(values) <= min(FEW_CLASSES, facts.present // ROWS_PER_CLASS)):
        return CLASSIFICATION
    is_texts = sum(count for _, count in facts.texts) > len(facts.numbers)
    in_a_row = facts.whole and values[0] in (0, 1) and len(values) == values[-1] - values[0] + 1 <= MOST_CLASSES
    return CLASSIFICATION if is_texts or in_a_row else REGRESSION


def as_target(column: Column, facts: Facts, task: str, guessed: bool) -> Column:
    """Return a column as the one to predict. Of classes, only empty cells are missing: "NA" may be a class."""
    if not guessed:
        reason = "Chosen to be predicted."
    elif column.name.lower() in NAMES:
        reason = "Its name is usual for an answer."
    else:
        reason = "The last column that can be predicted."
    if task == REGRESSION:
        return replace(column, kind=TARGET, reason=reason)
    values = facts.counts()
    whole = len(facts.numbers) and facts.whole and not facts.texts and len(values) > 2
    return replace(
        column,
        kind=TARGET,
        reason=reason,
        missing=facts.empty / facts.rows,
        distinct=len(values),
        values=tuple(values if different(text for text, _ in values) <= MOST_CLASSES else values[:MOST_CLASSES]),
        question=f"{counted(len(values), 'whole number')}: classes, or a number to predict?" if whole else "",
        missing_values=("", *facts.missing) if facts.empty else (),
    )


def classes_in_order(column: Column) -> list[tuple[str, int]]:
    """Return the classes of a target with their counts, as a network will have them: numbers by size, then texts.

    Of too many to learn, only the most frequent are known, and come first.

    >>> classes_in_order(Column("rings", "target", "", distinct=3, values=(("10", 5), ("9", 3), ("?", 1))))
    [('9', 3), ('10', 5), ('?', 1)]
    """
    if column.distinct > len(column.values):
        return list(column.values)
    return sorted(column.values, key=lambda found: (*_size(found[0]), found[0]))


def _size(text: str) -> tuple[bool, float]:
    """Return whether a text is no number, and its size if it is one."""
    try:
        size = float(text)
        return False, math.inf if math.isnan(size) else size  # as DuckDB sorts
    except ValueError:
        return True, 0.0


def with_merged_classes(column: Column) -> Column:
    """Return a target in which those classes are one that differ only in capital letters or spaces.

    Of too many classes to learn, not all are known, and nothing changes.
    """
    if column.distinct > len(column.values):
        return column
    values = sorted(merged_counts(column.values), key=lambda found: -found[1])
    return replace(column, distinct=len(values), values=tuple(values))


def target_problem(column: Column, task: str) -> str:
    """Return why a network can't learn to predict a column, in a sentence; "" if it can.

    >>> target_problem(Column("city", "target", "", distinct=1, values=(("Paris", 3),)), "classification")
    "The target 'city' has only one class, 'Paris', so there is nothing to learn. Choose another target."
    """
    target = f"The target {quoted(column.name)}"
    if column.missing == 1:
        return f"{target} has no values. Choose another target."
    if task == CLASSIFICATION and column.distinct == 1:
        only = quoted(column.values[0][0])
        return f"{target} has only one class, {only}, so there is nothing to learn. Choose another target."
    if task == CLASSIFICATION and column.distinct > MOST_CLASSES:
        left = with_merged_classes(column).distinct
        advice = advice_to_merge(column.distinct, left) or "Choose another target, or join some of its classes."
        return (
            f"{target} has {column.distinct:,} different values; at most {MOST_CLASSES} classes are allowed. {advice}"
        )
    if task == REGRESSION and column.low is None:
        texts = [quoted(value) for value, _ in column.values if not value.replace(".", "", 1).isdigit()]
        such = f", such as {', '.join(texts[:3])}" if texts else ""
        advice = "Correct them, choose another target, or predict classes."
        return f"{target} has values that are not numbers{such}. {advice}"
    if task == REGRESSION and column.low == column.high:
        return f"{target} is always {column.low:.15g}, so there is nothing to learn. Choose another target."
    return ""


def notes_on_classes(column: Column) -> tuple[str, ...]:
    """Return sentences on classes that are rare or far more frequent than others."""
    if column.distinct > len(column.values):  # too many to learn, and rare ones are not among the values
        return ()
    notes = []
    for times, rows in ((1, "a single row, used for training"), (2, "two rows, for training and validation")):
        rare = [text for text, count in column.values if count == times]
        if rare and column.distinct > len(rare):
            names = ", ".join(map(quoted, rare[:5])) + (" …" if len(rare) > 5 else "")
            notes.append(f"{counted(len(rare), 'class has', 'classes have')} {rows}: {names}.")
    total = sum(count for _, count in column.values)
    if len(column.values) > 1 and column.values[0][1] > 0.9 * total:
        share = percent(column.values[0][1] / total, 0)
        notes.append(f"{quoted(column.values[0][0])} is the class of {share} of the rows: guessing it is hard to beat.")
    return tuple(notes)
