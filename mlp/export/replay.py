"""One HTML file that replays a run: a time slider, curves, predictions and weights, without a server."""

import base64
import html
import math
from collections.abc import Iterable, Sequence
from typing import IO, Any

import numpy as np
from PIL import Image

from mlp.charts.layout import shortened
from mlp.datasets import Dataset
from mlp.datasets.drawing import pixel_range
from mlp.datasets.preprocessing import CategoryColumn, Column
from mlp.export.page import (
    about,
    definitions,
    facts,
    in_gray,
    plain_columns,
    put_together,
    share_like_data,
)
from mlp.export.progress import ShowShare, silent
from mlp.export.replay_frames import (
    Frame,
    charts,
    frames,
    readings,
    shown_rows,
    shown_steps,
    ticks,
)
from mlp.export.run import ExportedRun
from mlp.inspection.predictions import Predictions
from mlp.inspection.regression import in_own_unit
from mlp.inspection.units import FirstLayer
from mlp.network.layers import Array
from mlp.text import counted, rate, short
from mlp.training import Model
from mlp.training.history import Change

STYLES = ("page", "replay")
SCRIPTS = ("theme", "slider", "marks", "replay_charts", "replay_panels", "replay")  # in order
MOST_FRAMES = 120
MOST_SIDE = 32  # pixels of a picture; larger ones are made smaller
MOST_COLUMNS = 3  # of a table
MOST_CHANGES = 100
WEIGHT_LEVELS = 15  # of a weight in a picture; the middle one is zero
LEVELS = 255  # of other shares, in a byte
UNKNOWN = 255  # in place of a class or a probability


def write_replay(run: ExportedRun, out: IO[bytes], progress: ShowShare = silent) -> None:
    """Write one HTML file in which the run can be replayed in any browser, without a server or the internet."""
    model, steps = run.model, shown_steps(run, MOST_FRAMES)
    info = model.dataset.info
    page = put_together(
        "replay",
        STYLES,
        SCRIPTS,
        _content(run, steps, progress),
        title=html.escape(f"{run.name or info.label}: how a network learned"),
        heading=html.escape(f"How a neural network learned to {info.goal}"),
        facts=facts(model),
        about=definitions([*about(model), *_contents(model, len(steps))]),
        kind=info.kind,
    )
    out.write(page.encode())


def _contents(model: Model, steps: int) -> list[tuple[str, str]]:
    examples = f" and {counted(len(shown_rows(model)), 'validation example')}"
    return [share_like_data(f"The run at {counted(steps, 'step')}{examples}")]


def _content(run: ExportedRun, steps: list[int], progress: ShowShare) -> dict[str, Any]:
    """Return what the page's script needs."""
    model = run.model
    shown = list(frames(run, steps, progress))
    found = charts(run)
    end = float(run.history["progress"][-1])
    return {
        "kind": model.dataset.info.kind,
        "names": [shortened(name) for name in model.dataset.info.class_names],
        "sizes": model.sizes,
        "end": end,
        "ticks": ticks(0, end, 6),
        "epochs": f"{model.config.epochs:,}",
        "steps": [frame.step for frame in shown],
        "places": _rounded(frame.epochs for frame in shown),
        "rates": [rate(frame.learning_rate) for frame in shown],
        "charts": [
            {
                "title": chart.title,
                "range": [chart.low, chart.high],
                "ticks": chart.ticks,
                "curves": [
                    {
                        "name": curve.name,
                        "x": _rounded(curve.x),
                        "y": _rounded(curve.y),
                        "heights": _rounded(reading.height for reading in read),
                        "texts": [reading.text for reading in read],
                    }
                    for curve, read in zip(chart.curves, readings(run, chart, steps), strict=True)
                ],
            }
            for chart in found
        ],
        "changes": [_change(change) for change in run.changes[-MOST_CHANGES:]],
        "weights": [_layer_weights(shown, layer) for layer in range(len(model.sizes) - 1)],
        "firstLayer": _first_layer(model, shown),
        "predictions": _predictions(model, shown),
        "plane": _plane(model, shown),
        "fit": _fit(model, shown),
    }


def _change(change: Change) -> dict[str, Any]:
    words = change.description
    return {"step": change.step, "place": change.progress, "words": words, "fork": words == "forked"}


def _layer_weights(shown: Sequence[Frame], layer: int) -> dict[str, Any]:
    """Return a layer's histograms in each frame, first and now, as shares of the higher one's highest bar."""
    both = np.array([frame.weights[layer].shares for frame in shown])  # [frames, 2, bins]
    highest = both.max(axis=(1, 2), keepdims=True)
    return {
        "limits": [f"{frame.weights[layer].limit:g}" for frame in shown],
        "bins": both.shape[2],
        "shares": _packed(both / np.maximum(highest, 1e-9) * LEVELS),
    }


def _first_layer(model: Model, shown: Sequence[Frame]) -> dict[str, Any] | None:
    layers = [frame.first_layer for frame in shown if frame.first_layer]
    if not layers:
        return None
    packed = np.array([_levels(layer) for layer in layers])
    names = model.dataset.info.class_names
    return {
        "shape": smaller(layers[0].images).shape,
        "levels": _packed(packed),
        "limits": [f"{layer.limit:.2g}" for layer in layers],
        "names": [shortened(names[unit]) for unit in layers[-1].units] if layers[-1].templates else None,
        "of": model.sizes[1],
    }


def _levels(layer: FirstLayer) -> Array:
    """Return weights in a few levels, two in each byte."""
    values = np.nan_to_num(layer.images / layer.limit).clip(-1, 1)
    found = np.rint((smaller(values) + 1) * (WEIGHT_LEVELS // 2)).astype(np.uint8).reshape(-1)
    found = np.append(found, np.zeros(len(found) % 2, np.uint8))
    levels: Array = found[0::2] << 4 | found[1::2]
    return levels


def smaller(images: Array) -> Array:
    """Return images [count, rows, columns], float32, in at most MOST_SIDE rows and columns."""
    rows, columns = images.shape[1:]
    shrink = max(rows, columns) / MOST_SIDE
    if shrink <= 1:
        return images.astype(np.float32)
    size = max(round(columns / shrink), 1), max(round(rows / shrink), 1)
    pictures = [Image.fromarray(image.astype(np.float32)).resize(size, Image.Resampling.BOX) for image in images]
    return np.array([np.asarray(picture) for picture in pictures])


# ── Predictions ───────────────────────────────────────────────────────────────────────────────────────────────────


def _predictions(model: Model, shown: Sequence[Frame]) -> dict[str, Any] | None:
    """Return the examples, and what the network says about each in each frame. None for points and for regressions."""
    found = [frame.predictions for frame in shown if frame.predictions]
    dataset = model.dataset
    if not found or dataset.info.kind == "points":
        return None
    rows = shown_rows(model)
    examples = _pictures(dataset, rows) if dataset.info.kind == "images" else _table_rows(dataset, rows)
    return {
        **examples,
        "truth": found[-1].labels.tolist(),
        "answers": _packed(np.array([_answers(each) for each in found])),
        "shares": _packed(np.array([np.where(each.known, 100 * each.confidence, UNKNOWN) for each in found])),
    }


def _answers(found: Predictions) -> Array:
    return np.where(found.known, found.classes, UNKNOWN)


def _pictures(dataset: Dataset, rows: Array) -> dict[str, Any]:
    pixels = np.asarray(dataset.validation.inputs[rows])
    assert dataset.info.image_shape is not None
    low, high = pixel_range(dataset)
    ink = ((pixels.astype(np.float32) - low) / max(high - low, 1e-9)).clip(0, 1)
    pictures = smaller(ink.reshape(-1, *dataset.info.image_shape))
    return {
        "shape": pictures.shape[1:],
        "range": (0, LEVELS),
        "gray": in_gray(dataset),
        "pixels": _packed(pictures * LEVELS),
    }


def _table_rows(dataset: Dataset, rows: Array) -> dict[str, Any]:
    table = dataset.table
    columns = table.preprocessing.columns if table else plain_columns(dataset)
    raw = (table.validation if table else dataset.validation.inputs)[rows]
    return {
        "of": len(columns),
        "columns": [
            {
                "name": shortened(column.name),
                "number": not isinstance(column, CategoryColumn),
                "values": [_written(column, value) for value in raw[:, place].tolist()],
            }
            for place, column in enumerate(columns[:MOST_COLUMNS])
        ],
    }


def _written(column: Column, value: float) -> str:
    if math.isnan(value):
        return column.no_value
    if isinstance(column, CategoryColumn):
        return shortened(column.values[int(value)])
    return column.text(value) if column.is_date else short(value)


def _plane(model: Model, shown: Sequence[Frame]) -> dict[str, Any] | None:
    """Return the decision map in each frame, and the points on it."""
    maps = [frame.plane for frame in shown if frame.plane]
    found = [frame.predictions for frame in shown if frame.predictions]
    if not maps:
        return None
    x, y = maps[0].x, maps[0].y
    classes = model.dataset.info.classes
    sureness = [((each.confidence * classes - 1) / (classes - 1)) for each in maps]
    return {
        "side": len(x),
        "x": [float(x[0]), float(x[-1])],
        "y": [float(y[0]), float(y[-1])],
        "classes": _packed(np.array([each.classes for each in maps])),
        "sureness": _packed(np.nan_to_num(np.array(sureness)).clip(0, 1) * LEVELS),
        "points": np.round(model.dataset.validation.inputs[shown_rows(model)].astype(float), 3).tolist(),
        "truth": found[-1].labels.tolist(),
        "answers": _packed(np.array([_answers(each) for each in found])),
    }


def _fit(model: Model, shown: Sequence[Frame]) -> dict[str, Any] | None:
    """Return a regression's predictions in each frame, and the true numbers."""
    found = [frame.numbers for frame in shown if frame.numbers]
    if not found:
        return None
    low, high = fit_range(model)
    return {
        "target": model.dataset.info.class_names[0],
        "range": [low, high],
        "ticks": ticks(low, high, 5),
        "truth": _rounded(found[-1].truth),
        "numbers": [_rounded(each.numbers) for each in found],
    }


def fit_range(model: Model) -> tuple[float, float]:
    """Return the ends of the axes of predicted and true numbers, with room around the true ones."""
    truth = in_own_unit(model.dataset.info, model.dataset.validation.labels)
    low, high = float(truth.min()), float(truth.max())
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


# ── Numbers as text ───────────────────────────────────────────────────────────────────────────────────────────────


def _packed(values: Array) -> str:
    """Return numbers from 0 to 255 as base64, a byte each."""
    return base64.b64encode(np.rint(values).astype(np.uint8).tobytes()).decode()


def _rounded(values: Iterable[float]) -> list[float | None]:
    """Return numbers with five significant digits; None for those that are NaN or infinite."""
    return [float(f"{value:.5g}") if math.isfinite(value) else None for value in values]
