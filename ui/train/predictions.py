"""The predictions on the live panel: of some validation examples, shown as pictures or as rows of a table."""

import functools
from collections.abc import Sequence
from typing import Any

from mlp.charts.layout import shortened
from mlp.datasets import REGRESSION, Dataset
from mlp.datasets.dataset import Table
from mlp.datasets.preprocessing import NumberColumn
from mlp.inspection.predictions import Predictions, sample_rows
from mlp.text import compact
from mlp.training import Model
from ui.parts.memo import once_per_state
from ui.parts.pictures import in_gray, strip
from ui.train.rows import decimals, own_values

MOST_ROWS, MOST_COLUMNS = 15, 3  # of a table; more would not fit beside the curves
DIGITS = 4  # that are shown of a number
SEVERAL_LETTERS = 2  # longer names do not fit beside a picture


@once_per_state
def shown_predictions(model: Model) -> dict[str, Any] | None:
    """Return the predictions for some validation examples as values that JSON can carry.

    None for points and for a regression, which have charts instead.
    """
    dataset = model.dataset
    if dataset.info.task == REGRESSION:
        return None
    if dataset.info.kind == "images":
        chosen, examples = sample_rows(dataset), {"images": _sprite(dataset), "gray": in_gray(dataset)}
    elif dataset.table:
        chosen, examples = sample_rows(dataset, MOST_ROWS), _own_values(dataset, dataset.table)
    else:
        return None
    found = Predictions.of(model, dataset.validation.inputs[chosen], dataset.validation.labels[chosen])
    known, right = found.known, found.correct  # a network about to diverge may predict NaN
    answers, confidence = found.classes, found.confidence
    names = [shortened(name) for name in dataset.info.class_names]
    return {
        **examples,
        "longNames": max(map(len, names)) > SEVERAL_LETTERS,
        "right": int(right.sum()),
        "cells": [
            {
                "row": int(chosen[row]),
                "truth": names[found.labels[row]],
                "answer": names[answers[row]] if known[row] else "?",
                "wrong": not right[row],
                "sure": round(float(confidence[row]), 3) if known[row] else None,
            }
            for row in range(len(chosen))
        ],
    }


@functools.lru_cache(maxsize=32)
def _sprite(dataset: Dataset) -> str:
    """Return the chosen examples' pictures side by side in one PNG, as a data address."""
    return strip(dataset, dataset.validation.inputs[sample_rows(dataset)])


@functools.lru_cache(maxsize=32)
def _own_values(dataset: Dataset, table: Table) -> dict[str, Any]:
    """Return the first columns' names, and the chosen examples' values as texts, column by column."""
    raw = table.validation[sample_rows(dataset, MOST_ROWS)]
    every = table.preprocessing.columns
    return {
        "of": len(every),
        "columns": [
            {
                "name": shortened(column.name),
                "number": isinstance(column, NumberColumn),
                "values": column_texts(own_values(column, raw[:, place])),
            }
            for place, column in enumerate(every[:MOST_COLUMNS])
        ],
    }


def column_texts(values: Sequence[str | float | None]) -> list[str]:
    """Return a column's values in the few letters that there is room for, its numbers with equally many decimals."""
    numbers = [value for value in values if isinstance(value, float)]
    shared = decimals(numbers, DIGITS)

    def text(value: str | float | None) -> str:
        if value is None:
            return NumberColumn.no_value
        if isinstance(value, str):
            return shortened(value)
        if shared is None:  # tiny, or of many digits
            return compact(value) if abs(value) >= 1 else f"{value:.{DIGITS}g}"
        return f"{value:.{shared}f}"

    return [text(value) for value in values]
