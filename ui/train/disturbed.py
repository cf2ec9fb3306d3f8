"""Robustness of a table: how a network's score drops when its numbers are noisy or values are missing."""

import functools
from functools import partial

import numpy as np
import streamlit as st

from mlp.charts.columns import importance as importance_chart
from mlp.charts.predictions import robustness as robustness_chart
from mlp.datasets import REGRESSION, Dataset
from mlp.datasets.dataset import Split
from mlp.inspection.distortions import Kind
from mlp.inspection.disturbances import KINDS, MISSING, NOISE, REPEATS, ROWS, disturb_both, fragility
from mlp.inspection.importance import Importance
from mlp.inspection.predictions import Predictions, sample_rows
from mlp.inspection.regression import NumberPredictions, regression_scores
from mlp.network.layers import Array
from mlp.text import counted, percent, score
from mlp.training import Model
from ui.parts.charts import board
from ui.parts.choice import keep
from ui.parts.component import THEMED
from ui.parts.computed import when_computed
from ui.parts.memo import once_per_state
from ui.train.computing import computed
from ui.train.inspected import numbers_for, predictions_for
from ui.train.mistakes import NO_ANSWERS

SAMPLE = 500  # rows at most for each strength: of few validation rows, each several times, always disturbed differently
MOST_NUMBERS = 500_000  # in these rows
QUICK = 10_000_000  # numbers that go through a network in less time than it takes to reach a worker
FOLLOWED = 4 * QUICK  # more are computed only of a network that does not train

# A kind, its label, the highest strength, at first.
SLIDERS = (
    (NOISE, "Noise, standard deviations of a column", 1.0, 0.3),
    (MISSING, "Missing, share of all values", 0.75, 0.1),
)


def table_robustness(model: Model, moving: bool) -> None:
    """Show how a network does on disturbed validation rows. `moving` is whether it trains."""
    regression = model.dataset.info.task == REGRESSION
    answers = numbers_for(model, "validation") if regression else predictions_for(model, "validation")
    if not answers.known.any():
        st.error(NO_ANSWERS, icon=":material/error:")
        return
    noise, missing = (
        keep(place.slider, label, 0.0, high, key=f"disturb_{kind.field}", first=first, step=0.05, format="%.2f")
        for place, (kind, label, high, first) in zip(st.columns(2), SLIDERS, strict=True)
    )
    scores, count = _scores(model), len(_sample(model.dataset))
    found = _score(model, _disturbed(model.dataset, noise, missing))
    rows, whole = some_of(count, model.dataset, "validation row"), scores[NOISE][0]
    disturbed, undisturbed = (score(each) if regression else percent(each) for each in (found, whole))
    result = f"R² is **{disturbed}** on {rows}" if regression else f"**{disturbed}** of {rows} are correct"
    st.markdown(f"After step {model.state.step:,}, {result} when disturbed, {undisturbed} undisturbed.")
    charts = {
        kind.field: robustness_chart(kind, scores[kind], regression=regression, here=here, palette=THEMED)
        for kind, here in ((NOISE, noise), (MISSING, missing))
    }
    board(charts, key="robustness", small=True)
    if noise or missing:
        _columns(model, noise, missing, moving)


def some_of(count: int, dataset: Dataset, what: str) -> str:
    """Return how many validation examples are measured, in words, so that nobody expects the figure of all."""
    of_all = f"{count:,} of " if count < dataset.info.validation else ""
    return of_all + counted(dataset.info.validation, what)


def _columns(model: Model, noise: float, missing: float, moving: bool) -> None:
    """Show how much the score drops when only one column is disturbed."""
    assert model.dataset.table is not None
    columns = model.dataset.table.preprocessing.columns
    size = len(columns) * REPEATS * min(ROWS, len(model.dataset.validation.labels)) * model.dataset.info.inputs
    if moving and size > FOLLOWED:
        st.caption("Pause to see which columns the network depends on: this table has too many to follow them.")
        return

    def show(found: Importance) -> None:
        drawn = importance_chart(
            found,
            [column.name for column in columns],
            regression=model.dataset.info.task == REGRESSION,
            title="Which columns break it",
            changed="disturbed alone",
            palette=THEMED,
        )
        board({"columns": drawn}, key="fragility")

    begun = partial(computed, fragility, model, noise, missing, at_once=size <= QUICK)
    when_computed("which columns break it", begun, show)


@once_per_state
def _scores(model: Model) -> dict[Kind, list[float]]:
    """Return the accuracy, or R² of a regression, at each strength of each kind."""
    return {
        NOISE: [_score(model, _disturbed(model.dataset, strength, 0.0)) for strength in NOISE.strengths],
        MISSING: [_score(model, _disturbed(model.dataset, 0.0, strength)) for strength in MISSING.strengths],
    }


def _score(model: Model, examples: Split) -> float:
    if model.dataset.info.task == REGRESSION:
        return regression_scores(NumberPredictions.of(model, *examples)).r_squared
    return float(Predictions.of(model, *examples).correct.mean())


@functools.lru_cache(maxsize=2 * sum(len(kind.strengths) for kind in KINDS))
def _disturbed(dataset: Dataset, noise: float, missing: float) -> Split:
    """Return rows that every network is measured on, as its inputs, and their labels."""
    assert dataset.table is not None
    table, chosen = dataset.table, _sample(dataset)
    rows = np.tile(chosen, max(_most_rows(dataset) // len(chosen), 1))
    raw = disturb_both(table.preprocessing, np.asarray(table.validation[rows]), noise, missing)
    return Split(table.preprocessing.transform(raw), np.asarray(dataset.validation.labels[rows]))


def _sample(dataset: Dataset) -> Array:
    """Return which validation rows are disturbed."""
    return sample_rows(dataset, _most_rows(dataset))


def _most_rows(dataset: Dataset) -> int:
    return min(SAMPLE, max(MOST_NUMBERS // dataset.info.inputs, 1))
