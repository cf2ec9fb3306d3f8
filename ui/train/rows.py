"""Rows of a table as they were in its file, each with what a network answers."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from mlp.datasets.dataset import DatasetInfo, Table
from mlp.datasets.preprocessing import CategoryColumn, Column, NumberColumn
from mlp.inspection.regression import NumberPredictions, as_shown
from mlp.network.layers import Array
from ui.train.gallery import EXACT, Found

MOST_COLUMNS = 50  # shown of a table
DIGITS = 6  # that are shown of a number
TINY, HUGE = 1e-3, 1e6  # beyond, a column has no decimals in common
MOST_VISIBLE = 12  # rows; of more, it scrolls


def table_rows(table: Table, split: str, rows: Array, answers: Mapping[str, Sequence[Any]], *, key: str) -> None:
    """Show some rows of a split: their numbers, the answers under their headings, and the columns' own values."""
    columns = table.preprocessing.columns[:MOST_COLUMNS]
    raw = table.rows(split)[rows]
    values = {str(place): own_values(column, raw[:, place]) for place, column in enumerate(columns)}
    shown = {str(place): _shown(column, values[str(place)]) for place, column in enumerate(columns)}
    shown |= {name: _numbers(name, found, EXACT) for name, found in answers.items() if isinstance(found[0], float)}
    st.dataframe(
        {"Example": (rows + 1).tolist(), **answers, **values},
        hide_index=True,
        column_config=shown,
        height="content" if len(rows) <= MOST_VISIBLE else "auto",
        placeholder=NumberColumn.no_value,
        alt="Examples",
        key=key,
    )
    left_out = len(table.preprocessing.columns) - len(columns)
    if left_out:
        st.caption(f"{left_out:,} more columns are not shown.")


def answers_beside(found: Found, info: DatasetInfo, rows: Array) -> dict[str, list[Any]]:
    """Return the columns that stand before a table's own: what is true of some rows, and what the network says."""
    names = info.class_names
    if isinstance(found, NumberPredictions):
        truth, numbers = (as_shown(info, values[rows]) for values in (found.truth, found.numbers))
        shown = {f"True {names[0]}": truth, "Predicted": numbers, "True − predicted": as_shown(info, truth - numbers)}
        return {name: values.tolist() for name, values in shown.items()}
    known = found.known[rows]
    return {
        "True": [names[label] for label in found.labels[rows]],
        "Predicted": [names[answer] if sure else None for answer, sure in zip(found.classes[rows], known, strict=True)],
        "Probability, %": [round(100 * float(share), 1) for share in found.confidence[rows]],
    }


def own_values(column: Column, raw: Array) -> list[str | float | None]:
    """Return a column's values as they were in the file, numbers rounded if not whole; None where one is missing."""
    if isinstance(column, CategoryColumn):
        return [column.no_value if math.isnan(place) else column.values[int(place)] for place in raw]
    if column.is_date:
        return [column.text(value) or None for value in raw]
    return [None if math.isnan(value) else float(value if value % 1 == 0 else f"{value:.6g}") for value in raw]


def _shown(column: Column, values: Sequence[Any]) -> Any:
    """Return how a column is shown, by its name, which may be the same as others."""
    if isinstance(column, CategoryColumn) or column.is_date:
        return st.column_config.TextColumn(column.name)
    return _numbers(column.name, values)


def _numbers(name: str, values: Sequence[float | None], digits: int = DIGITS) -> Any:
    shared = decimals([value for value in values if value is not None], digits)
    return st.column_config.NumberColumn(name, format="plain" if shared is None else f"%.{shared}f")


def decimals(numbers: Sequence[float], digits: int) -> int | None:
    """Return how many decimals all numbers of a column have, of which each is shown with that many digits.

    None for a column of huge or tiny numbers.

    >>> decimals([55.0, 55.1], 4), decimals([0.0001, 20.5], 4), decimals([3e8, 0.5], 4)
    (1, 4, None)
    """
    sizes = [abs(number) for number in numbers if number]
    if not sizes:
        return 0
    if not TINY <= max(sizes) < HUGE:
        return None
    exponents = (Decimal(f"{size:.{digits}g}").as_tuple().exponent for size in sizes)
    needed = max(-exponent for exponent in exponents if isinstance(exponent, int))
    before_the_point = len(str(int(max(sizes))))
    return max(0, min(needed, digits + 2 - before_the_point))
