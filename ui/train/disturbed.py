"""Robustness of a table: how a network's score drops when its numbers are noisy or values are missing."""

import functools

import numpy as np
import streamlit as st

from mlp.charts.predictions import robustness as robustness_chart
from mlp.datasets import REGRESSION, Dataset
from mlp.datasets.dataset import Split
from mlp.inspection.distortions import Kind
from mlp.inspection.disturbances import KINDS, disturb
from mlp.inspection.predictions import Predictions, sample_rows
from mlp.inspection.regression import NumberPredictions, regression_scores
from mlp.network.layers import Array
from mlp.text import counted, percent, score
from mlp.training import Model
from ui.parts.charts import board
from ui.parts.component import THEMED
from ui.parts.memo import once_per_state
from ui.train.inspected import numbers_for, predictions_for
from ui.train.mistakes import NO_ANSWERS

SAMPLE = 500  # rows at most for each strength: of few validation rows, each several times, always disturbed differently
MOST_NUMBERS = 500_000  # in these rows


def table_robustness(model: Model) -> None:
    """Show how a network does on disturbed validation rows."""
    regression = model.dataset.info.task == REGRESSION
    whole = numbers_for(model, "validation") if regression else predictions_for(model, "validation")
    if not whole.known.any():
        st.error(NO_ANSWERS, icon=":material/error:")
        return
    scores, count = _scores(model), len(_sample(model.dataset))
    undisturbed = scores[KINDS[0]][0]
    said = f"R² is **{score(undisturbed)}**" if regression else f"**{percent(undisturbed)}** are correct"
    rows = counted(count, "undisturbed validation row")
    st.markdown(f"On {rows}, {said}. The charts show what noise and missing values cost.")
    charts = {
        kind.field: robustness_chart(kind, found, regression=regression, palette=THEMED)
        for kind, found in scores.items()
    }
    board(charts, key="robustness", small=True)


@once_per_state
def _scores(model: Model) -> dict[Kind, list[float]]:
    """Return the accuracy, or R² of a regression, at each strength of each kind."""
    return {
        kind: [_score(model, _disturbed(model.dataset, kind, strength)) for strength in kind.strengths]
        for kind in KINDS
    }


def _score(model: Model, examples: Split) -> float:
    if model.dataset.info.task == REGRESSION:
        return regression_scores(NumberPredictions.of(model, *examples)).r_squared
    return float(Predictions.of(model, *examples).correct.mean())


@functools.lru_cache(maxsize=2 * sum(len(kind.strengths) for kind in KINDS))
def _disturbed(dataset: Dataset, kind: Kind, strength: float) -> Split:
    """Return rows that every network is measured on, as its inputs, and their labels."""
    assert dataset.table is not None
    table, chosen = dataset.table, _sample(dataset)
    rows = np.tile(chosen, max(_most_rows(dataset) // len(chosen), 1))
    raw = disturb(table.preprocessing, np.asarray(table.validation[rows]), kind, strength)
    return Split(table.preprocessing.transform(raw), np.asarray(dataset.validation.labels[rows]))


def _sample(dataset: Dataset) -> Array:
    """Return which validation rows are disturbed."""
    return sample_rows(dataset, _most_rows(dataset))


def _most_rows(dataset: Dataset) -> int:
    return min(SAMPLE, max(MOST_NUMBERS // dataset.info.inputs, 1))
