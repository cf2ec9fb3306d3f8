"""A run's story is made of frames: at some of its kept steps, what its network looked like and how good it was."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

import numpy as np

from mlp.charts.curve_axes import CURVES, QUANTITIES, DrawnCurve, vertical_axis
from mlp.charts.curves import TRAIN_AND_VALIDATION, drawn_curves, values_of
from mlp.charts.palette import LIGHT
from mlp.datasets import REGRESSION
from mlp.export.progress import ShowShare
from mlp.export.run import ExportedRun
from mlp.inspection.distributions import Histograms, weight_histograms
from mlp.inspection.plane import DecisionMap, decision_map
from mlp.inspection.predictions import Predictions, sample_rows
from mlp.inspection.regression import NumberPredictions, target_scales
from mlp.inspection.units import FirstLayer, first_layer_images
from mlp.network.layers import Array
from mlp.text import compact
from mlp.training import Model, learning_rate_at
from mlp.training.history import last_known

MOST_IMAGES, MOST_ROWS, MOST_POINTS = 25, 15, 200  # validation examples whose predictions are shown


@dataclass(frozen=True, eq=False)
class Frame:
    """The network at one step."""

    step: int
    epochs: float
    learning_rate: float
    weights: list[Histograms]  # of each layer: in the first frame, and in this one
    first_layer: FirstLayer | None  # of images
    predictions: Predictions | None  # for the examples of `shown_rows`; None for a regression
    numbers: NumberPredictions | None  # of a regression
    plane: DecisionMap | None  # of points in classes


class Chart(NamedTuple):
    """Curves over the run, and their axes."""

    quantity: str
    title: str
    curves: list[DrawnCurve]
    low: float
    high: float
    ticks: list[tuple[float, str]]


class Reading(NamedTuple):
    """How high a curve is at a step."""

    height: float  # NaN if nothing was measured yet
    text: str


def why_not_replay(run: ExportedRun) -> str:
    """Return why there is nothing to replay, or "" if there is."""
    if len(run.history) == 0 or run.state.step == 0:
        return "There is nothing to replay: no training of this network is known. Train it first."
    if run.models_at is None:
        return (
            "A replay or animation shows earlier steps of a run, and of this one only the last is there. "
            "Train on the page Train, or with --keep instead of --save, then export the stored run."
        )
    return ""


def shown_steps(run: ExportedRun, most: int) -> list[int]:
    """Return up to `most` of the kept steps, evenly spread over them, and the run's last step."""
    earlier = [step for step in run.kept if step < run.state.step]
    places = np.unique(np.linspace(0, len(earlier) - 1, min(most - 1, len(earlier))).astype(int))
    return [*(earlier[place] for place in places), run.state.step]


def frames(run: ExportedRun, steps: list[int], progress: ShowShare) -> Iterator[Frame]:
    """Yield the frames at some steps, the last of which is the run's; each is read when its turn comes."""
    assert run.models_at is not None
    first: Model | None = None
    for done, kept in enumerate(chain(run.models_at(steps[:-1]), [run.model]), 1):
        model = replace(kept, dataset=run.model.dataset)
        first = first or model
        yield _frame(model, first)
        progress(done / len(steps))


def shown_rows(model: Model) -> Array:
    """Return the validation examples whose predictions are shown."""
    dataset = model.dataset
    if dataset.info.task == REGRESSION or dataset.info.kind == "points":
        return np.arange(min(MOST_POINTS, len(dataset.validation.labels)))
    return sample_rows(dataset, MOST_IMAGES if dataset.info.kind == "images" else MOST_ROWS)


def _frame(model: Model, first: Model) -> Frame:
    dataset, rows = model.dataset, shown_rows(model)
    inputs, labels = dataset.validation.inputs[rows], dataset.validation.labels[rows]
    regression = dataset.info.task == REGRESSION
    return Frame(
        model.state.step,
        model.progress,
        learning_rate_at(model.config, model.progress, model.state.monitor.factor),
        weight_histograms(model, first.state),
        first_layer_images(model),
        None if regression else Predictions.of(model, inputs, labels),
        NumberPredictions.of(model, inputs, labels) if regression else None,
        decision_map(model) if dataset.info.kind == "points" and not regression else None,
    )


# ── Curves ────────────────────────────────────────────────────────────────────────────────────────────────────────


def charts(run: ExportedRun) -> list[Chart]:
    """Return accuracy and loss or, of a regression, R² and RMSE."""
    found = []
    dataset = run.model.dataset
    targets = target_scales(dataset) if dataset.info.task == REGRESSION else {}
    for quantity in CURVES[dataset.info.task]:
        curves = drawn_curves(quantity, run.history, "epochs", 0.0, None, targets, LIGHT, TRAIN_AND_VALIDATION)
        low, high = vertical_axis(quantity, curves, log=False, zoom=False)["range"]
        suffix = "\u202f%" if quantity == "accuracy" else ""
        marks = [(value, f"{text}{suffix}") for value, text in ticks(low, high, 5)]
        found.append(Chart(quantity, QUANTITIES[quantity].title, curves, low, high, marks))
    return found


def readings(run: ExportedRun, chart: Chart, steps: list[int]) -> list[list[Reading]]:
    """Return, for each curve of a chart, how high it is at some steps."""
    dataset, shown = run.model.dataset, QUANTITIES[chart.quantity]
    targets = target_scales(dataset) if dataset.info.task == REGRESSION else {}
    counts = np.searchsorted(run.history["step"], steps, side="right")
    found = []
    for curve in chart.curves:
        values = values_of(run.history, curve.name, chart.quantity, targets)
        heights = [shown.scale * last_known(values[:count]) for count in counts]
        found.append([Reading(height, shown.write(height)) for height in heights])
    return found


def ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return up to `most` + 1 round numbers between two others, evenly spaced, and how they are written.

    >>> ticks(-4, 104, 5)
    [(0.0, '0'), (20.0, '20'), (40.0, '40'), (60.0, '60'), (80.0, '80'), (100.0, '100')]
    """
    power = 10.0 ** np.floor(np.log10((high - low) / most))
    step = next(lead * power for lead in (1, 2, 5, 10) if (high - low) / (lead * power) <= most + 0.5)
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [(float(step * place), compact(step * place).replace("-", "−")) for place in range(first, last + 1)]
