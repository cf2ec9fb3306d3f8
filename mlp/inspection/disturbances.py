"""Disturbances change a table's rows as the world does: numbers are measured wrongly, and values are missing."""

import math

import numpy as np

from mlp.datasets.preprocessing import NumberColumn, Preprocessing
from mlp.inspection.distortions import Kind
from mlp.network.layers import Array

NOISE = Kind("Noise in the numbers", "standard deviations", "noise", (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0))
MISSING = Kind("Missing values", "share of all values", "missing", (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75))
KINDS = (NOISE, MISSING)


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
