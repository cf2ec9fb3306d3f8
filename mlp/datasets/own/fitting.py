"""Fitting finds the numbers of a preprocessing with scikit-learn, from the training rows alone, a column at a time."""

import math
from collections.abc import Sequence

import numpy as np

from mlp.datasets.errors import DatasetError
from mlp.datasets.preprocessing import CategoryColumn, NumberColumn
from mlp.text import quoted

MOST_INPUTS = 100  # of a category, "other" included
MOST_VALUES = 1000  # different ones in a category
PRECISION = 5e-5  # of the standard deviation, at least, to which numbers are kept: no probability shown differs
FREQUENT = 10  # rows that give a category its own input; in small tables, one percent of the rows


def fit_numbers(name: str, values: np.ndarray, is_date: bool = False) -> NumberColumn:
    """Return the preprocessing of numbers [n], the training rows, float64 with NaN for a missing number.

    Raises DatasetError for numbers that float32 can't hold.

    >>> age = fit_numbers("age", np.array([20.0, 30.0, np.nan, 40.0]))
    >>> age.median, age.mean, age.low, age.high, age.flag
    (30.0, 30.0, 20.0, 40.0, True)
    """
    from sklearn.preprocessing import StandardScaler  # takes a second to import, and images need none of it

    check_range(name, values)
    present = values[~np.isnan(values)]
    if not len(present):
        return NumberColumn(name, 0.0, 0.0, 1.0, 0.0, 0.0, flag=True, is_date=is_date)
    median = float(np.median(present))
    scaler = StandardScaler().fit(np.where(np.isnan(values), median, values)[:, None])
    return NumberColumn(
        name,
        median,
        float(scaler.mean_[0]),
        float(scaler.scale_[0]),
        float(present.min()),
        float(present.max()),
        flag=len(present) < len(values),
        is_date=is_date,
    )


def fits_float32(column: NumberColumn, values: np.ndarray) -> bool:
    """Return whether float32 holds numbers [n] well enough: whole ones and dates exactly, others as they are spread.

    >>> ids = np.array([16_777_216.0, 16_777_217.0])
    >>> fits_float32(fit_numbers("id", ids), ids), fits_float32(fit_numbers("id", ids / 3), ids / 3)
    (False, False)
    """
    changes = np.abs(values.astype(np.float32) - values)
    if not (changes > 0).any():
        return True
    whole = np.array_equal(values, np.rint(values), equal_nan=True)
    return not (column.is_date or whole) and bool(np.nanmax(changes) <= PRECISION * column.scale)


def fit_categories(name: str, codes: np.ndarray, values: Sequence[str]) -> CategoryColumn:
    """Return the preprocessing of categories: codes [n] of the training rows are positions in `values`, -1 is missing.

    Values in few rows share the input "other". Raises DatasetError for too many different values.
    """
    from sklearn.preprocessing import OneHotEncoder  # as above

    present = codes[codes >= 0]
    found = np.unique(present)
    if len(found) > MOST_VALUES:
        raise DatasetError(
            f"Column {quoted(name)} has {len(found):,} different values; a category may have up to {MOST_VALUES:,}. "
            "Leave it out, or make it a number."
        )
    if not len(found):
        return CategoryColumn(name, ())
    fewest = max(2, min(FREQUENT, math.ceil(len(codes) / 100)))
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=fewest, max_categories=MOST_INPUTS, sparse_output=False
    ).fit(present[:, None])
    rare = encoder.infrequent_categories_[0]
    others = [] if rare is None else rare.tolist()
    return CategoryColumn(
        name,
        tuple(values[code] for code in found if code not in others),
        other=bool(others),
        rare=tuple(values[code] for code in others),
    )


def check_range(name: str, values: np.ndarray) -> None:
    """Raise DatasetError for numbers that are infinite, or that float32 can't hold."""
    with np.errstate(over="ignore"):
        beyond = np.isinf(values.astype(np.float32))
    if beyond.any():
        raise DatasetError(
            f"Column {quoted(name)} has the value {values[beyond][0]:g}; numbers must be between -3.4e38 and 3.4e38. "
            "Correct it, or leave the column out."
        )
