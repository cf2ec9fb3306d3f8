"""One HTML file in which a network answers without a server: its weights, its arithmetic and some examples are inside.

The page is put together from the pieces in offline/. Its arithmetic in JavaScript is that of mlp/network, the drawing's
recipe that of mlp/datasets/drawing.py, and the preprocessing that of mlp/datasets/preprocessing.py; tests compare them.
"""

import base64
import hashlib
import html
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import IO, Any, NamedTuple

import numpy as np

from mlp.config import SETTINGS
from mlp.datasets import DATASETS, REGRESSION, Dataset
from mlp.datasets.drawing import FILLED, most_ink, on_paper, pixel_range
from mlp.datasets.features import FEATURES
from mlp.datasets.own.stored import is_own
from mlp.datasets.preprocessing import CategoryColumn, Column, NumberColumn
from mlp.export.run import ExportedRun
from mlp.inspection.dependence import slider_of
from mlp.inspection.predictions import most_confident_mistakes, predict, sample_rows
from mlp.inspection.regression import in_own_unit, predict_numbers, regression_scores, shown_decimals
from mlp.network.layers import Array
from mlp.network.optimizers import OPTIMIZERS
from mlp.text import counted, percent, score, short
from mlp.training import Model

PIECES = Path(__file__).with_name("offline")
# In order.
SCRIPTS = ("network", "recipe", "theme", "slider", "marks", "lights", "answer", "picture", "table", "plane", "main")
MOST_EXAMPLES, FEWEST_EXAMPLES = 22, 6
MOST_MISTAKES = 4  # of the examples
EXAMPLE_BYTES = 40_000  # that images may take; FEWEST_EXAMPLES may take more
MOST_POINTS = 300
PLANE = 1.2  # the plane reaches at least this far from its middle
LOOKED_AT = 1_000  # training rows, to see whether a column has whole numbers alone
MOST_CHANGE = 0.01  # of a regression's predictions by half precision, in standard deviations of the targets


def write_page(run: ExportedRun, out: IO[bytes]) -> None:
    """Write one HTML file in which the network answers in any browser, without a server or the internet."""
    out.write(offline_page(run.model).encode())


def why_not_page(run: ExportedRun) -> str:
    """Return why a network can't have such a page, or "" if it can."""
    model = run.model
    if not np.isfinite(model.parameters).all():
        return "Training diverged: the weights are NaN or infinite. Export an earlier step."
    if not len(model.dataset.validation.labels):
        return "The page shows examples, and this network comes without any. Export a run of the dashboard."
    return ""


def offline_page(model: Model) -> str:
    """Return the page as HTML. The weights must be finite."""
    info = model.dataset.info
    half = fits_in_half(model)
    parameters = model.parameters.astype("<f2" if half else "<f4")
    content = _page(model, half)
    return put_together(
        "page",
        ("page",),
        SCRIPTS,
        content,
        title=html.escape(f"{info.label}: a network in one file"),
        heading=html.escape(f"A neural network that learned to {info.goal}"),
        facts=facts(model),
        about=definitions(_about(model, half, len(content["examples"]["truth"]))),
        kind=info.kind,
        parameters=base64.b64encode(parameters.tobytes()).decode(),
    )


def put_together(
    template: str, styles: Sequence[str], scripts: Sequence[str], content: dict[str, Any], **values: str
) -> str:
    """Return a page made of pieces; `content` is what its scripts read, `values` are HTML."""
    style = "\n".join((PIECES / f"{name}.css").read_text("utf-8") for name in styles)
    script = "\n".join((PIECES / f"{name}.js").read_text("utf-8") for name in scripts)
    return Template((PIECES / f"{template}.html").read_text("utf-8")).substitute(
        values,
        # Nothing is loaded or sent, and no script runs but this one, whatever a class is called.
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'",
        style=style,
        script=script,
        # In a script element, only "<" can begin something else: "</script>" or "<!--".
        page=json.dumps(content, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
    )


def fits_in_half(model: Model) -> bool:
    """Return whether weights of half precision change no class of the validation set.

    Of a regression, whether they change no prediction by more than MOST_CHANGE standard deviations of the targets.
    """
    with np.errstate(over="ignore"):
        rounded = model.parameters.astype(np.float16).astype(np.float32)
    if not np.isfinite(rounded).all():
        return False
    other = model.with_parameters(rounded)
    if model.dataset.info.task == REGRESSION:
        before, after = predict_numbers(model), predict_numbers(other)
        return bool(np.abs(after.numbers - before.numbers).max() <= MOST_CHANGE * before.truth.std())
    return np.array_equal(predict(model).classes, predict(other).classes)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def facts(model: Model) -> str:
    """Return the line below the heading, as HTML."""
    info, count = model.dataset.info, counted(len(model.dataset.validation.labels), "validation example")
    if info.task == REGRESSION:
        scores = regression_scores(predict_numbers(model))
        reached = f"R² <b>{score(scores.r_squared)}</b>, RMSE {short(scores.rmse)}, on {count}"
    else:
        reached = f"<b>{percent(float(predict(model).correct.mean()))}</b> of {count} correct"
    return f"{html.escape(info.label)} · {reached} · {_layers(model)}"


def _layers(model: Model) -> str:
    sizes = " → ".join(f"{units:,}" for units in model.sizes)
    hidden = f", {SETTINGS['activation'].show(model.config.activation)}" if model.config.hidden else ""
    return f"{sizes} units{hidden}"


def definitions(terms: Iterable[tuple[str, str]]) -> str:
    """Return terms, and what there is to say about each, as HTML."""
    return "".join(f"<dt>{term}</dt><dd>{html.escape(text)}</dd>" for term, text in terms)


def about(model: Model) -> list[tuple[str, str]]:
    """Return terms, and what there is to say about each: the data and the network."""
    info = model.dataset.info
    epochs = f"{model.progress:.3g} epochs" if model.progress != 1 else "1 epoch"
    terms = [
        ("Data", f"{info.label}. {info.description}".strip()),
        ("Source", info.source),
        ("License of the data", info.license or "not stated"),
        ("Network", f"{_layers(model)}; {counted(len(model.parameters), 'weight or bias', 'weights and biases')}"),
        ("Training", f"{epochs} over {counted(info.train, 'example')}, {OPTIMIZERS[model.config.optimizer].label}"),
    ]
    return [(term, text) for term, text in terms if text]


def share_like_data(what: str) -> tuple[str, str]:
    """Return what there is to say about a file that contains examples."""
    return "Inside this file", f"{what}: share it as you would share the data."


def _about(model: Model, half: bool, examples: int) -> list[tuple[str, str]]:
    """Return what there is to say about this page's network, too."""
    by = f" by {percent(MOST_CHANGE, 0)} of their spread" if model.dataset.info.task == REGRESSION else ""
    stored = f"in half precision, which changes no answer{by} on the validation set"
    if not half:
        stored = f"in single precision, since half precision would change answers{by} on the validation set"
    return [
        *about(model),
        share_like_data(f"The network, and {counted(examples, 'validation example')}"),
        ("Numbers", f"The weights are stored {stored}."),
    ]


# ── Numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(model: Model, half: bool) -> dict[str, Any]:
    """Return what the page's script needs, beside the weights."""
    info, dataset = model.dataset.info, model.dataset
    regression = info.task == REGRESSION
    content: dict[str, Any] = {
        "kind": info.kind,
        "regression": regression,
        "names": info.class_names,
        "sizes": model.sizes,
        "activations": model.config.activations,
        "half": half,
    }
    if regression:
        numbers = in_own_unit(info, dataset.train.labels)
        target = info.target._asdict() if info.target else {"mean": 0, "scale": 1}
        ends = {"low": float(numbers.min()), "high": float(numbers.max())}
        content["target"] = target | ends | {"decimals": shown_decimals(info)}
    of_kind = {"images": _images, "table": _table, "points": _points}[info.kind]
    return content | of_kind(model)


def _images(model: Model) -> dict[str, Any]:
    dataset, info = model.dataset, model.dataset.info
    assert info.image_shape is not None
    whole = dataset.validation.inputs.dtype == np.uint8
    fitting = EXAMPLE_BYTES // (info.inputs * (1 if whole else 4))
    chosen = _chosen(model, min(max(fitting, FEWEST_EXAMPLES), MOST_EXAMPLES))
    pixels = np.asarray(dataset.validation.inputs[chosen.rows])
    recipe = "uci" if info.name == "digits" else "filled" if info.name in FILLED else "mnist"
    return {
        "shape": info.image_shape,
        "scale": info.scale,
        "whole": whole,  # numbers from 0 to 255
        "range": pixel_range(dataset),
        "gray": in_gray(dataset),
        "paper": on_paper(dataset),
        "recipe": recipe,
        "mostInk": None if on_paper(dataset) else most_ink(dataset),
        "drawn": info.name in DATASETS,  # by hand, or by others than the person who draws
        "examples": {
            "pixels": base64.b64encode(pixels.astype(np.uint8 if whole else "<f4").tobytes()).decode(),
            **chosen.answers,
        },
    }


def in_gray(dataset: Dataset) -> bool:
    """Return whether images are shown in their own shades: imported ones, as everywhere, and those on light ground.

    Others are shown as ink.
    """
    return is_own(dataset.info.name) or on_paper(dataset)


def _table(model: Model) -> dict[str, Any]:
    dataset = model.dataset
    chosen = _chosen(model, MOST_EXAMPLES)
    if dataset.table is None:
        columns = plain_columns(dataset)
        rows, looked_at = dataset.validation.inputs, dataset.train.inputs[:LOOKED_AT]
    else:
        columns = dataset.table.preprocessing.columns
        rows, looked_at = dataset.table.validation, dataset.table.train[:LOOKED_AT]
    controls = [
        asdict(column)
        | {"no_value": column.no_value}
        | ({} if isinstance(column, CategoryColumn) else slider_of(column, np.asarray(looked_at[:, place])))
        for place, column in enumerate(columns)
    ]
    values = [[None if math.isnan(value) else value for value in row] for row in rows[chosen.rows].tolist()]
    inputs = [name for column in columns for name in column.names]
    return {"columns": controls, "inputNames": inputs, "examples": {"rows": values, **chosen.answers}}


def plain_columns(dataset: Dataset) -> tuple[Column, ...]:
    """Return columns that leave the numbers of an array as they are."""
    inputs = dataset.train.inputs
    bounds = zip(np.median(inputs, axis=0), inputs.min(axis=0), inputs.max(axis=0), strict=True)
    return tuple(
        NumberColumn(f"Input {place}", median=float(middle), mean=0.0, scale=1.0, low=float(low), high=float(high))
        for place, (middle, low, high) in enumerate(bounds, 1)
    )


def _points(model: Model) -> dict[str, Any]:
    info, (points, labels) = model.dataset.info, model.dataset.validation.rows(0, MOST_POINTS)
    reach = max(PLANE, math.ceil(10 * float(np.abs(points).max(initial=0))) / 10)
    return {
        "features": info.features,
        "inputNames": [FEATURES[name].label for name in info.features],
        "reach": reach,
        "examples": {"points": points.round(3).tolist(), "truth": labels.tolist()},
    }


class Chosen(NamedTuple):
    """Validation examples for the page."""

    rows: Array
    answers: dict[str, Any]  # the truth of each, and whether the network is wrong


def _chosen(model: Model, count: int) -> Chosen:
    """Return up to `count` validation examples, class by class; mistakes are the last of them, if there are any."""
    dataset = model.dataset
    labels = dataset.validation.labels
    if dataset.info.task == REGRESSION:
        rows = sample_rows(dataset, count)
        truth = in_own_unit(dataset.info, labels[rows])
        return Chosen(rows, {"truth": truth.tolist(), "wrong": [False] * len(rows)})
    predictions = predict(model)
    mistakes = most_confident_mistakes(predictions, min(MOST_MISTAKES, count // 4))
    others = np.setdiff1d(sample_rows(dataset, count - len(mistakes)), mistakes)
    rows = np.concatenate([others[np.argsort(labels[others], kind="stable")], mistakes])
    return Chosen(rows, {"truth": labels[rows].tolist(), "wrong": (~predictions.correct[rows]).tolist()})
