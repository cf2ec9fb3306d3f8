"""A gallery shows examples of a data set with a network's predictions for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp.datasets import Dataset, DatasetInfo
from mlp.inspection.predictions import Predictions
from mlp.inspection.regression import NumberPredictions, as_shown
from mlp.network.layers import Array
from mlp.text import UNKNOWN, short
from ui.parts.component import component
from ui.parts.pictures import in_gray, strip

HTML = '<ol class="mlp-gallery" aria-label="Examples" translate="no"></ol>'
Found = Predictions | NumberPredictions

EXACT = 15  # digits of a number that is rounded already
MOST_BARS = 3  # probabilities shown for each example


def gallery(
    dataset: Dataset,
    images: Array,
    found: Found,
    rows: Sequence[int],
    *,
    key: str,
    numbers: Sequence[int] | None = None,
) -> None:
    """Show some examples of a split: `images` is all of it, `rows` the ones shown.

    If it is not all of it, `numbers` are those of the shown examples, counted from 1.
    """
    component("train/gallery", HTML)(key=key, data=content(dataset, images, found, rows, numbers))


def content(
    dataset: Dataset, images: Array, found: Found, rows: Sequence[int], numbers: Sequence[int] | None = None
) -> dict[str, Any]:
    """Return what the gallery draws: each example's picture, and its class and the most likely predictions.

    Of a regression: the predicted number, the true one, and the difference.
    """
    chosen = np.asarray(rows, np.intp)
    return {
        "pictures": strip(dataset, np.asarray(images[chosen])),
        "gray": in_gray(dataset),
        "cells": [
            {"number": int(number)}
            | (
                _number_cell(dataset.info, found, int(row))
                if isinstance(found, NumberPredictions)
                else _class_cell(dataset, found, int(row))
            )
            for row, number in zip(chosen, chosen + 1 if numbers is None else numbers, strict=True)
        ],
    }


def _number_cell(info: DatasetInfo, found: NumberPredictions, row: int) -> dict[str, Any]:
    predicted, truth = (as_shown(info, values[row]) for values in (found.numbers, found.truth))
    numbers = {"predicted": predicted, "true": truth, "off by": as_shown(info, abs(truth - predicted))}
    return {
        "lines": [
            [name, short(float(value), EXACT) if np.isfinite(value) else UNKNOWN] for name, value in numbers.items()
        ],
    }


def _class_cell(dataset: Dataset, predictions: Predictions, row: int) -> dict[str, Any]:
    names, probabilities = dataset.info.class_names, predictions.probabilities[row]
    truth = int(predictions.labels[row])
    most = MOST_BARS if np.isfinite(probabilities).all() else 0
    likeliest = np.argsort(-probabilities, kind="stable")[:most]
    return {
        "truth": names[truth],
        "wrong": len(likeliest) > 0 and int(likeliest[0]) != truth,
        "bars": [[names[each], round(float(probabilities[each]), 4), int(each) == truth] for each in likeliest],
    }
