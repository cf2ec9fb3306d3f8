"""How a network's answer depends on one column of a table: partial dependence, and answers for rows that don't exist.

The partial dependence at a value v is the mean answer over many rows in which the column is set to v and all other
columns stay as they are. Where columns belong together, some of these rows are none that exist.

Source: Friedman, "Greedy function approximation: a gradient boosting machine" (2001), section 8.2.
"""

import math
from typing import NamedTuple

import numpy as np

from mlp.datasets import REGRESSION
from mlp.datasets.preprocessing import NumberColumn, Preprocessing
from mlp.inspection.predictions import class_probabilities
from mlp.inspection.regression import predicted_numbers
from mlp.network.layers import Array
from mlp.training import Model

POINTS = 25  # along a column of numbers
MOST_ROWS = 300  # that are averaged over
STEPS = 100  # a slider has at least this many


class Dependence(NamedTuple):
    """The mean answer at each value of a column."""

    values: Array  # [points]: numbers, or the positions of categories
    answers: Array  # [points, classes], probabilities; of a regression [points, 1], in the target's own unit


def answers(model: Model, preprocessing: Preprocessing, rows: Array) -> Array:
    """Return the answers for rows [n, columns] as `Preprocessing.transform` takes them.

    They are probabilities [n, classes] or, of a regression, [n, 1] in the target's own unit; NaN or infinite if
    training diverged.
    """
    return _answers(model, preprocessing.transform(rows))


def _answers(model: Model, inputs: Array) -> Array:
    if model.dataset.info.task == REGRESSION:
        return predicted_numbers(model, inputs)[:, None]
    return class_probabilities(model, inputs)


def partial_dependence(model: Model, preprocessing: Preprocessing, rows: Array, column: int) -> Dependence:
    """Return how the answer depends on a column, counted from 0, as a mean over rows [n, columns].

    At most MOST_ROWS of the rows are used, evenly spread. A single row shows how its own answer would change.
    """
    chosen = np.unique(np.linspace(0, len(rows) - 1, MOST_ROWS).astype(int))
    inputs = preprocessing.transform(rows[chosen])
    changed = inputs[:, preprocessing.parts[column]]  # only these depend on the column
    values = column_values(preprocessing, column)
    means = []
    for value in values:
        preprocessing.columns[column].write(np.full(len(chosen), value), changed)
        means.append(_answers(model, inputs).mean(axis=0))
    return Dependence(values, np.array(means))


def column_values(preprocessing: Preprocessing, column: int) -> Array:
    """Return the values of a column to look at: its range in even steps, or each category that has an input.

    The position after the last category means any other one.
    """
    chosen = preprocessing.columns[column]
    if isinstance(chosen, NumberColumn):
        return np.linspace(chosen.low, chosen.high, POINTS)
    return np.arange(len(chosen.categories) + chosen.other, dtype=np.float64)


def slider_of(column: NumberColumn, values: Array) -> dict[str, float]:
    """Return the ends and the step of a slider over a column's range, a power of ten.

    The step is at least 1 for whole numbers, and at most a day for dates.

    >>> age = NumberColumn("age", median=30, mean=32, scale=10, low=2, high=80)
    >>> slider_of(age, np.array([2.0, 80.0])), slider_of(age, np.array([2.5, 80.0]))
    ({'low': 2.0, 'high': 80.0, 'step': 1.0}, {'low': 2.0, 'high': 80.0, 'step': 0.1})
    """
    span = column.high - column.low or 1.0
    step = 10.0 ** math.floor(math.log10(span / STEPS))
    known = values[~np.isnan(values)]
    if step < 1 and np.array_equal(known, np.rint(known)):
        step = 1.0
    if column.is_date:
        step = min(step, 1.0)
    low, high = math.floor(column.low / step), math.ceil((column.low + span) / step)
    return {"low": float(f"{low * step:.12g}"), "high": float(f"{high * step:.12g}"), "step": step}
