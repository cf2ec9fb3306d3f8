"""Rows of a table as they were in its file, each with what a network answers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from mlp.datasets.dataset import Table
from mlp.datasets.preprocessing import CategoryColumn, Column
from mlp.inspection.regression import NumberPredictions
from mlp.network.layers import Array
from ui.train.gallery import Found

MOST_COLUMNS = 50  # shown of a table
MOST_VISIBLE = 12  # rows; of more, it scrolls


def table_rows(table: Table, split: str, rows: Array, answers: Mapping[str, Sequence[Any]], *, key: str) -> None:
    """Show some rows of a split: their numbers, the answers under their headings, and the columns' own values."""
    columns = table.preprocessing.columns[:MOST_COLUMNS]
    raw = table.rows(split)[rows]
    values = {str(place): own_values(column, raw[:, place]) for place, column in enumerate(columns)}
    names = {str(place): _heading(column) for place, column in enumerate(columns)}  # which may be the same as others
    st.dataframe(
        {"Example": (rows + 1).tolist(), **answers, **values},
        hide_index=True,
        column_config=names,
        height="content" if len(rows) <= MOST_VISIBLE else "auto",
        placeholder="missing",
        alt="Examples",
        key=key,
    )
    left_out = len(table.preprocessing.columns) - len(columns)
    if left_out:
        st.caption(f"{left_out:,} more columns are not shown.")


def answers_beside(found: Found, names: tuple[str, ...], rows: Array) -> dict[str, list[Any]]:
    """Return the columns that stand before a table's own: what is true of some rows, and what the network says."""
    if isinstance(found, NumberPredictions):
        shown = {f"True {names[0]}": found.truth, "Predicted": found.numbers, "True − predicted": found.residuals}
        return {name: [float(f"{value:.4g}") for value in values[rows]] for name, values in shown.items()}
    known = found.known[rows]
    return {
        "True": [names[label] for label in found.labels[rows]],
        "Predicted": [names[answer] if sure else None for answer, sure in zip(found.classes[rows], known, strict=True)],
        "Probability, %": [round(100 * float(share), 1) for share in found.confidence[rows]],
    }


def own_values(column: Column, raw: Array) -> list[str | float | None]:
    """Return a column's values as they were in the file, numbers rounded if not whole; None where one is missing."""
    if isinstance(column, CategoryColumn):
        return [None if math.isnan(place) else column.values[int(place)] for place in raw]
    if column.is_date:
        return [column.text(value) or None for value in raw]
    return [None if math.isnan(value) else float(value if value % 1 == 0 else f"{value:.6g}") for value in raw]


def _heading(column: Column) -> Any:
    if isinstance(column, CategoryColumn) or column.is_date:
        return st.column_config.TextColumn(column.name)
    return st.column_config.NumberColumn(column.name, format="plain")
