"""Disturbances change a table's rows as the world does: numbers are measured wrongly, and values are missing."""

import math

import numpy as np

from mlp.datasets import Split
from mlp.datasets.preprocessing import NumberColumn, Preprocessing
from mlp.inspection.distortions import Kind
from mlp.inspection.importance import Importance, score_on
from mlp.inspection.predictions import sample_rows
from mlp.network.layers import Array
from mlp.training import Model

NOISE = Kind("Noise in the numbers", "standard deviations", "noise", (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0))
MISSING = Kind("Missing values", "share of all values", "missing", (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75))
KINDS = (NOISE, MISSING)
ROWS, REPEATS = 500, 5  # of a disturbed column


def disturb(preprocessing: Preprocessing, rows: Array, kind: Kind, strength: float, seed: int = 0) -> Array:
    """Return rows [n, columns], as `Preprocessing.transform` takes them, with noise or with missing values.

    Noise is Gaussian, `strength` standard deviations of the column; categories have none. Each value is missing with
    the probability `strength`. The same `seed` gives the same noise, or makes the same values missing.

    >>> table = Preprocessing((NumberColumn("age", median=30, mean=32, scale=10, low=2, high=80),))
    >>> disturb(table, np.array([[40.0]]), MISSING, 1.0)
    array([[nan]])
    """
    rng, changed = np.random.default_rng(seed), rows.copy()
    if kind is MISSING:
        changed[rng.random(rows.shape) < strength] = math.nan
        return changed
    for index, column in enumerate(preprocessing.columns):
        if isinstance(column, NumberColumn):
            changed[:, index] += rng.normal(0, strength * column.scale, len(rows))
    return changed


def disturb_both(preprocessing: Preprocessing, rows: Array, noise: float, missing: float, seed: int = 0) -> Array:
    """Return rows with noise in the numbers and then with missing values, each of its strength."""
    return disturb(preprocessing, disturb(preprocessing, rows, NOISE, noise, seed), MISSING, missing, seed + 1)


def fragility(model: Model, noise: float, missing: float) -> Importance:
    """Return how much the score on an imported table's validation rows drops when a single column is disturbed.

    Of more than ROWS rows some are taken, evenly spread. Raises ValueError for a network whose numbers are NaN or
    infinite.
    """
    table = model.dataset.table
    assert table is not None
    chosen = sample_rows(model.dataset, ROWS)
    raw, labels = np.asarray(table.validation[chosen]), model.dataset.validation.labels[chosen]
    inputs = table.preprocessing.transform(raw)
    score = score_on(model, Split(inputs, labels))
    drops = np.empty((len(table.preprocessing.columns), REPEATS))
    for index, (column, part) in enumerate(zip(table.preprocessing.columns, table.preprocessing.parts, strict=True)):
        before = inputs[:, part].copy()
        for repeat in range(REPEATS):
            alone = disturb_both(Preprocessing((column,)), raw[:, index : index + 1], noise, missing, 2 * repeat)
            column.write(alone[:, 0], inputs[:, part])
            drops[index, repeat] = score - score_on(model, Split(inputs, labels))
        inputs[:, part] = before
    return Importance(score, drops)
