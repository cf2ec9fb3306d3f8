"""Robustness: how accuracy drops when the validation images are moved, rotated, scaled, noisy or covered."""

import functools

import numpy as np
import streamlit as st

from mlp.charts.predictions import robustness as robustness_chart
from mlp.datasets import Dataset
from mlp.inspection.distortions import KINDS, Distortion, distort
from mlp.inspection.predictions import Predictions, sample_rows
from mlp.network.layers import Array
from mlp.text import percent
from mlp.training import Model
from ui.parts.charts import board
from ui.parts.choice import keep
from ui.parts.component import THEMED
from ui.parts.memo import once_per_state
from ui.train.disturbed import some_of, table_robustness
from ui.train.gallery import gallery
from ui.train.inspected import Inspected
from ui.train.mistakes import NO_ANSWERS

SAMPLE = 500  # validation images, the same for every strength
SHOWN = 12  # fills rows of two, three, four or six

# Name, label, lowest, highest, the value that changes nothing, step, format.
SLIDERS = (
    ("right", "Move right, pixels", -8.0, 8.0, 0.0, 0.5, "%.1f"),
    ("down", "Move down, pixels", -8.0, 8.0, 0.0, 0.5, "%.1f"),
    ("degrees", "Rotate, degrees", -90.0, 90.0, 0.0, 5.0, "%.0f"),
    ("size", "Scale", 0.5, 2.0, 1.0, 0.05, "%.2f"),
    ("noise", "Noise (share of full ink)", 0.0, 1.0, 0.0, 0.05, "%.2f"),
    ("covered", "Cover (share of side)", 0.0, 0.8, 0.0, 0.05, "%.2f"),
)


def robustness(inspected: Inspected) -> None:
    """Show how a network does on distorted validation images, or on disturbed rows of a table."""
    model = inspected.model
    if model.dataset.info.kind == "table":
        table_robustness(model, inspected.moving)
        return
    columns = [*st.columns(3), *st.columns(3)]  # rows of their own: on a phone they keep this order
    chosen = {
        name: keep(column.slider, label, low, high, step=step, format=form, key=f"distort_{name}", first=start)
        for column, (name, label, low, high, start, step, form) in zip(columns, SLIDERS, strict=True)
    }
    distorted = _distorted(model.dataset, Distortion(**chosen))
    plain, changed = _answers(model, _known(model.dataset, Distortion())), _answers(model, distorted)
    if not plain.known.any():
        st.error(NO_ANSWERS, icon=":material/error:")
        return
    images = some_of(len(changed.labels), model.dataset, "validation image")
    # The step is said because the number in the header is from the last point of the curve, which may be earlier.
    accuracy = f"After step {model.state.step:,}, **{percent(float(changed.correct.mean()))}** of {images} are correct"
    undistorted = f" when distorted, {percent(float(plain.correct.mean()))} undistorted"
    st.markdown(f"{accuracy}{undistorted if Distortion(**chosen) != Distortion() else ''}.")
    shown = Predictions(changed.probabilities[:SHOWN], changed.labels[:SHOWN])
    numbers = (sample_rows(model.dataset, SAMPLE)[:SHOWN] + 1).tolist()
    gallery(model.dataset, distorted[:SHOWN], shown, range(len(numbers)), key="distorted", numbers=numbers)
    charts = {
        kind.field: robustness_chart(kind, accuracies, palette=THEMED)
        for kind, accuracies in zip(KINDS, _curves(model), strict=True)
    }
    board(charts, key="robustness", small=True)


@functools.lru_cache(maxsize=4)
def _sample(dataset: Dataset) -> tuple[Array, Array]:
    chosen = sample_rows(dataset, SAMPLE)
    return np.asarray(dataset.validation.inputs[chosen]), np.asarray(dataset.validation.labels[chosen])


def _distorted(dataset: Dataset, how: Distortion) -> Array:
    return distort(dataset, _sample(dataset)[0], how)


@functools.lru_cache(maxsize=2 * sum(len(kind.strengths) for kind in KINDS))
def _known(dataset: Dataset, how: Distortion) -> Array:
    """Return pictures that every network is measured on; distorting them takes four times as long as its answers.

    They are kept small: as whole gray levels if there are 256 of these, otherwise in half precision.
    """
    pictures = _distorted(dataset, how)
    return np.rint(pictures).astype(np.uint8) if dataset.info.scale == 1 / 255 else pictures.astype(np.float16)


def _answers(model: Model, images: Array) -> Predictions:
    return Predictions.of(model, images, _sample(model.dataset)[1])


@once_per_state
def _curves(model: Model) -> list[list[float]]:
    """Return the accuracy at each strength of each kind."""
    wanted = [[Distortion(**{kind.field: strength}) for strength in kind.strengths] for kind in KINDS]
    different = {how for row in wanted for how in row}  # each kind has a strength that changes nothing
    found = {how: float(_answers(model, _known(model.dataset, how)).correct.mean()) for how in different}
    return [[found[how] for how in row] for row in wanted]
