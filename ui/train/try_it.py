"""Try it: change the values of a table's row, and see how the network's answer changes.

Its answers come from a feed (try_feed.py), without the page's script; only the choice of an example goes through that.
"""

import functools
import math
from typing import Any

import numpy as np
import streamlit as st

from mlp.datasets import REGRESSION, Dataset
from mlp.datasets.dataset import Table
from mlp.datasets.preprocessing import CategoryColumn
from mlp.inspection.dependence import slider_of
from mlp.inspection.regression import as_shown, in_own_unit
from mlp.network.layers import Array
from ui.parts.choice import keep, kept, put
from ui.parts.component import component
from ui.parts.state import Key
from ui.train.inspected import Inspected
from ui.train.session import TrainSession
from ui.train.try_feed import choices_of, feed_address

HTML = '<section class="mlp-try" aria-label="Try it"></section>'
LOOKED_AT = 1_000  # training rows, to see whether a column has whole numbers alone


def try_it(session: TrainSession, inspected: Inspected) -> None:
    """Show a control for each column, starting from a validation example, and the network's answer."""
    dataset = inspected.model.dataset
    table = dataset.table
    if table is None:
        return
    count = len(table.validation)
    if kept(Key.TRIED, 1) > count:  # of another data set
        put(Key.TRIED, 1)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Start from validation example", width="content")
        label = dict(label_visibility="collapsed", width=150)
        row = keep(st.number_input, "Start from validation example", 1, count, key=Key.TRIED, first=1, **label) - 1
        st.button("Another example", icon=":material/shuffle:", on_click=lambda: put(Key.TRIED, (row + 1) % count + 1))
    raw = np.array(table.validation[row])
    data = {
        "dataset": dataset.info.name,
        "feed": feed_address(session, inspected.step),
        "running": inspected.moving,
        "row": row,
        "columns": _controls(dataset),
        "values": [None if math.isnan(value) else value for value in _shown(table, raw)],
        "names": dataset.info.class_names,
        "regression": dataset.info.task == REGRESSION,
        "truth": _truth(dataset, row),
    }
    component("train/try_it", HTML)(key="try_it", data=data)


def _shown(table: Table, raw: Array) -> list[float]:
    """Return a row's values as the controls show them: numbers as in the file, rare categories as one."""
    shown = []
    for column, value in zip(table.preprocessing.columns, raw, strict=True):
        if isinstance(column, CategoryColumn) and value >= len(column.categories):
            value = len(column.categories) if column.other else math.nan
        shown.append(float(str(value)))  # of float32, as few digits as it takes
    return shown


def _truth(dataset: Dataset, row: int) -> str | float:
    """Return the example's class, or the number that was to be predicted: the browser writes it as the prediction."""
    label = dataset.validation.labels[row]
    if dataset.info.task == REGRESSION:
        return float(as_shown(dataset.info, in_own_unit(dataset.info, label)))
    return dataset.info.class_names[label]


@functools.lru_cache(maxsize=8)
def _controls(dataset: Dataset) -> list[dict[str, Any]]:
    """Return what each column's control needs."""
    assert dataset.table is not None
    rows = np.asarray(dataset.table.train[:LOOKED_AT])
    return [
        {"name": column.name, "choices": choices_of(column), "noValue": column.no_value}
        if isinstance(column, CategoryColumn)
        else {"name": column.name, "missing": column.flag, "date": column.is_date, **slider_of(column, rows[:, place])}
        for place, column in enumerate(dataset.table.preprocessing.columns)
    ]
