"""A gallery shows examples of a data set with a network's predictions for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp.datasets import Dataset
from mlp.inspection.predictions import Predictions
from mlp.network.layers import Array
from ui.parts.component import component
from ui.parts.pictures import ink, strip

HTML = '<ol class="mlp-gallery" aria-label="Examples"></ol>'
MOST_BARS = 3  # probabilities shown for each example


def gallery(dataset: Dataset, images: Array, predictions: Predictions, rows: Sequence[int], *, key: str) -> None:
    """Show some examples of a split: `images` is all of it, `rows` the ones shown."""
    component("train/gallery", HTML)(key=key, data=content(dataset, images, predictions, rows))


def content(dataset: Dataset, images: Array, predictions: Predictions, rows: Sequence[int]) -> dict[str, Any]:
    """Return what the gallery draws: each example's picture, its class and the most likely predictions."""
    chosen = np.asarray(rows, np.intp)
    return {
        "pictures": strip(ink(dataset, np.asarray(images[chosen]))),
        "cells": [_cell(dataset, predictions, int(row)) for row in chosen],
    }


def _cell(dataset: Dataset, predictions: Predictions, row: int) -> dict[str, Any]:
    names, probabilities = dataset.info.class_names, predictions.probabilities[row]
    truth = int(predictions.labels[row])
    most = MOST_BARS if np.isfinite(probabilities).all() else 0
    likeliest = np.argsort(-probabilities, kind="stable")[:most]
    return {
        "number": row + 1,
        "truth": names[truth],
        "wrong": len(likeliest) > 0 and int(likeliest[0]) != truth,
        "bars": [[names[each], round(float(probabilities[each]), 4), int(each) == truth] for each in likeliest],
    }
