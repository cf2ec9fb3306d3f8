"""The live panel shows a run while it trains: numbers, curves, predictions for examples, and weights.

It is a single component, because Streamlit rebuilds its own charts at every change: they blink and lose their zoom.
The page's script sends only the run's status. live.js asks the feed (feed.py) for all else, the whole panel as plain
values (`content`), of bounded size however long the run is, and updates what is on the page.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from mlp.charts.curve_axes import CURVES, HORIZONTAL, axis_end
from mlp.charts.curves import last_is_running, learning_curves, train_values
from mlp.charts.diagrams import architecture
from mlp.charts.distributions import weights
from mlp.charts.layout import Spec
from mlp.charts.planes import decisions
from mlp.charts.regression import predicted_against_true
from mlp.datasets import REGRESSION, Dataset
from mlp.engine import RunView, Status
from mlp.inspection.distributions import weight_histograms
from mlp.inspection.plane import decision_map
from mlp.inspection.predictions import Predictions
from mlp.inspection.regression import predict_numbers, target_scales
from mlp.inspection.units import first_layer_images
from mlp.text import UNKNOWN, compact, duration, nats, percent, rate, score
from mlp.training import Model, learning_rate_at
from mlp.training.best import best_of, measure_of
from mlp.training.history import HistoryView, last_known
from ui.parts.classroom import classroom
from ui.parts.component import THEMED, component, packed
from ui.parts.levels import levels, text_of
from ui.parts.memo import once_per_state
from ui.parts.server import engine, store
from ui.parts.view_options import ViewOptions
from ui.parts.wording import epochs_read, shown_status
from ui.train.predictions import shown_predictions

PROMISE = "So far, this network only guesses. Press Train: its goal is to {goal}."
UNKNOWN_STATUS = "unknown"  # live.js sends it when the feed has failed
KEY = "live"
HTML = '<section class="mlp-live" aria-label="Live training"></section>'

WEIGHT_LEVELS = 15  # of a weight in a picture


def live_panel(
    view: RunView,
    options: ViewOptions,
    feed: str,
    fork: Callable[[int | None], None],
    open_view: Callable[[str, str], None],
    whole: bool,
) -> int | None:
    """Show the panel, or update it. Return the step that is viewed, None for now.

    `feed` is the address at which it asks for its content, now and while the run trains, and for earlier steps. When
    it learns there that the run's status has changed, it reruns the page's script. `fork` is called when a person wants
    to continue from a step, or with None from the present; `open_view` with another view's name and a validation
    example, perhaps empty. Unless `whole`, the panel is only its header and the time slider.
    """
    sent = st.session_state.get(KEY, {})
    feed_failed = sent.get("status") == UNKNOWN_STATUS
    shown = content(view, options) if feed_failed else {}  # the page meets the feed's error, and shows it

    def on_open() -> None:
        asked = st.session_state[KEY]["open"]
        open_view(asked["view"], asked["example"])

    heard = component("train/live", HTML)(
        key=KEY,
        data={
            "run": view.run_id,
            "status": run_status(view),
            "feed": feed,
            "trouble": store().trouble_of(view.run_id),
            "presenting": classroom().presenting,
            "whole": whole,
            "viewed": sent.get("viewed"),
        }
        | shown,
        on_status_change=lambda: None,
        on_viewed_change=lambda: None,
        on_fork_change=lambda: fork(st.session_state[KEY]["fork"]["step"]),
        on_open_change=on_open,
    )
    match heard.viewed:
        case {"run": view.run_id, "step": int(step)} if view.kept:
            return kept_step(view.kept, step)
    return None


def version(view: RunView, options: ViewOptions, step: int | None = None) -> str:
    """Return a text that changes whenever the content does; `step` is the earlier step that is viewed, if any."""
    chosen = hash((view.config, options, engine().trouble))
    return f"{view.status} {view.state.step} {len(view.history)} {chosen} {step}"


def content(
    view: RunView,
    options: ViewOptions,
    past: Model | None = None,
    charts: bool = True,
    pictures: bool = True,
) -> dict[str, Any]:
    """Return all that the panel shows, as values that JSON can carry; arrays as Plotly's base64.

    `past` is the network at an earlier step to view. The curves stay whole, with a line at that step; all else is as
    it was then. Without `charts` or `pictures`, those are left out; the first layer goes with the charts.
    """
    step = past.state.step if past else None
    shown = view
    if past:
        shown = replace(
            view,
            model=past,
            history=view.history.until(past.state.step),
            samples_per_second=math.nan,  # the current ones mean nothing for that step
            seconds_left=math.nan,
        )
    drawn: dict[str, Any] = {}
    if pictures:
        drawn["predictions"] = shown_predictions(shown.model)
    if charts:
        drawn["firstLayer"] = _first_layer(shown.model)  # of a resting answer on MNIST, it would be half
        drawn["charts"] = packed(_curves(view, options, step)) | _state_charts(shown)
    time = _time(view, shown, options, step)
    which = " (best)" if step is not None and step == time["best"] else ""
    return {
        "run": view.run_id,
        "version": version(view, options, step),
        "status": run_status(shown) | ({} if step is None else {"word": f"Viewing step {step:,}{which}"}),
        "time": time,
        **drawn,
    }


def kept_step(kept: tuple[int, ...], step: int) -> int:
    """Return the last kept step up to this one."""
    return kept[max(bisect_right(kept, step) - 1, 0)] if kept else 0


def _time(view: RunView, shown: RunView, options: ViewOptions, step: int | None) -> dict[str, Any]:
    """Return the steps that can be viewed, their places on the curves' horizontal axis, and which one is shown."""
    history = view.history
    kept = [kept for kept in view.kept if kept < view.state.step] if len(history) else []
    steps = [*kept, view.state.step]
    places = np.interp(steps, history["step"], history[HORIZONTAL[options.x].name]) if kept else [0]
    return {
        "steps": kept,
        "places": [float(f"{place:.5g}") for place in places],  # the present's last
        "end": _axis_end(view, options),
        "at": step,
        "best": _best_step(view, kept),
        "judged": measure_of(view.model),
        "words": f"step {shown.state.step:,} · epoch {epochs_read(shown.model.progress)}",
    }


def _best_step(view: RunView, kept: list[int]) -> int | None:
    """Return the step after the best epoch if its state can be viewed."""
    best = best_of(view.history, measure_of(view.model))
    return best.step if best and best.step in kept else None


def _axis_end(view: RunView, options: ViewOptions) -> float:
    """Return the end of the curves' horizontal axis."""
    whole = {"epochs": view.config.epochs, "examples": view.config.epochs * len(view.model.dataset.train.labels)}
    reached = float(view.history[HORIZONTAL[options.x].name][-1]) if len(view.history) else 0.0
    return axis_end(reached, whole.get(options.x, float("inf")))


def run_status(view: RunView) -> dict[str, Any]:
    """Return a run's status: the strip of numbers at the top."""
    config, history, progress = view.config, view.history, view.model.progress
    running = view.status is Status.RUNNING
    now = learning_rate_at(config, progress, view.state.monitor.factor)
    numbers = {
        "epoch": f"{epochs_read(progress)}/{config.epochs:,}",
        "step": f"{view.state.step:,}",
        **_reached(history, view.model.dataset),
        "examples/s": compact(view.samples_per_second) if running else UNKNOWN,
        "time left": duration(view.seconds_left) if running else UNKNOWN,
        "learning rate": rate(now),
    }
    return shown_status(view, numbers) | {
        "promise": PROMISE.format(goal=view.model.dataset.info.goal),
        "running": last_is_running(history),
        "scheduled": now != config.learning_rate,
        "regression": view.model.dataset.info.task == REGRESSION,
        "progress": min(progress / config.epochs, 1.0),
    }


def _reached(history: HistoryView, dataset: Dataset) -> dict[str, str]:
    """Return how good the network is; these numbers are also at the curves' ends."""
    train_loss = last_known(train_values(history, "loss"))
    if dataset.info.task == REGRESSION:
        targets = target_scales(dataset)
        return {
            "validation": score(targets["validation"].r_squared(history.last("validation_loss"))),
            "train": score(targets["train"].r_squared(train_loss)),
            "train loss": compact(targets["train"].rmse(train_loss)),
        }
    return {
        "validation": percent(history.last("validation_accuracy")),
        "train": percent(last_known(train_values(history, "accuracy"))),
        "train loss": nats(train_loss),
    }


def _curves(view: RunView, options: ViewOptions, step: int | None) -> dict[str, Spec]:
    """Return the two charts of curves, or a diagram of the network if there is nothing to draw yet."""
    history = view.history
    if len(history) < 2:  # at most what the first weights achieve
        return {"architecture": architecture(view.config, view.model.dataset.info, palette=THEMED)}
    shared: dict[str, Any] = {
        "x": options.x,
        "end": _axis_end(view, options),
        "smoothing": options.smoothing,
        "log": options.log_loss,
        "zoom": options.zoom,
        "changes": view.changes,
        "step": step,
        "best": best_of(history, measure_of(view.model)),
        "palette": THEMED,
    }
    dataset = view.model.dataset
    if dataset.info.task == REGRESSION:
        shared["targets"] = target_scales(dataset)
    upper, lower = (learning_curves(quantity, history, **shared) for quantity in CURVES[dataset.info.task])
    return {"accuracy": upper, "loss": lower}


@once_per_state
def _state_charts(view: RunView) -> dict[str, Spec]:
    """Return the charts of the state itself, not of its history."""
    model, dataset = view.model, view.model.dataset
    histograms, normalized = weight_histograms(model, view.initial), model.config.normalized_units > 0
    charts = {"weights": weights(histograms, model.sizes, normalized=normalized, palette=THEMED)}
    if dataset.info.task == REGRESSION:
        target = dataset.info.class_names[0]
        charts["fit"] = predicted_against_true(predict_numbers(model), target, palette=THEMED)
    elif dataset.info.kind == "points":
        examples = dataset.validation
        correct = Predictions.of(model, *examples).correct
        charts["decisions"] = decisions(
            decision_map(model), examples.inputs, examples.labels, correct, dataset.info.class_names, palette=THEMED
        )
    return dict(packed(charts))


@once_per_state
def _first_layer(model: Model) -> dict[str, Any] | None:
    """Return the first layer's weights as pictures of a few levels, two pixels per byte."""
    layer = first_layer_images(model)
    if layer is None:
        return None
    found = levels(layer.images, layer.limit, WEIGHT_LEVELS - 1).reshape(-1)
    found = np.append(found, np.zeros(len(found) % 2, np.uint8))
    return {
        "shape": layer.images.shape,
        "levels": text_of(found[0::2] << 4 | found[1::2]),
        "limit": f"{layer.limit:.2g}",
        "names": [model.dataset.info.class_names[unit] for unit in layer.units] if layer.templates else None,
        "of": f"{model.sizes[1]:,}",
    }
