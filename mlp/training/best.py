"""The best of a run is the epoch's end at which the validation set was predicted best.

Only the ends of epochs count: where else a run is measured depends on how fast it trains.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import inf, isfinite
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import REGRESSION
from mlp.network.layers import Array
from mlp.text import counted
from mlp.training.evaluation import Evaluation
from mlp.training.history import HistoryView
from mlp.training.model import Model
from mlp.training.monitor import patient_again, stopped_early
from mlp.training.state import TrainingState

MEASURES = ("accuracy", "loss")  # as the choices of early stopping are called


class Best(NamedTuple):
    """Where a run was best by one measure, and what the validation set said there."""

    step: int
    epoch: int
    accuracy: float
    loss: float


def measure_of(model: Model) -> str:
    """Return what a run is judged by: as early stopping does, else the accuracy or, of a regression, the loss."""
    if model.config.early_stopping != "off":
        return model.config.early_stopping
    return "loss" if model.dataset.info.task == REGRESSION else "accuracy"


def merit(measure: str, measured: Evaluation) -> float:
    """Return a number that is the higher the better; −∞ for what is not finite."""
    value = measured.accuracy if measure == "accuracy" else -measured.loss
    return value if isfinite(value) else -inf


def epoch_ends(history: HistoryView) -> Array:
    """Return the rows of the reports with which epochs ended."""
    return np.flatnonzero((history["progress"] == history["epoch"]) & (history["trained"] > 0))


def best_of(history: HistoryView, measure: str) -> Best | None:
    """Return the best epoch's end by a measure, the first of equals; None if no epoch has ended.

    >>> from mlp import Model, RunConfig, initial_state, load_dataset
    >>> from mlp.training.history import History
    >>> from mlp.training.quantum import train_quantum
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,), epochs=2), load_dataset("digits")
    >>> history = History()
    >>> for report in train_quantum(Model(config, dataset, initial_state(config, dataset)), 76, False).reports:
    ...     history.append(report)
    >>> best_of(history.view(), "accuracy").epoch
    2
    """
    values, ends = history[f"validation_{measure}"], epoch_ends(history)
    ends = ends[np.isfinite(values[ends])]
    if len(ends) == 0:
        return None
    at = ends[np.argmin(values[ends]) if measure == "loss" else np.argmax(values[ends])]
    step, epoch, accuracy, loss = (
        float(history[name][at]) for name in ("step", "epoch", "validation_accuracy", "validation_loss")
    )
    return Best(int(step), int(epoch), accuracy, loss)


def best_steps(history: HistoryView) -> set[int]:
    """Return the steps at which a run was best, by one measure or the other."""
    return {best.step for measure in MEASURES if (best := best_of(history, measure))}


def better_models(history: HistoryView, model: Model, passed: Mapping[str, TrainingState]) -> dict[str, Model]:
    """Return those of the states that a quantum passed at which the run, up to now, was best."""
    best = {measure: best_of(history, measure) for measure in passed}
    return {
        measure: replace(model, state=state)
        for measure, state in passed.items()
        if (found := best[measure]) and found.step == state.step
    }


def explain_end(config: RunConfig, state: TrainingState, history: HistoryView) -> str:
    """Return why a finished run stopped before its last epoch, and where it was best; empty if it did not."""
    best = best_of(history, config.early_stopping) if stopped_early(config, state.monitor) else None
    if best is None or state.epoch >= config.epochs:
        return ""
    gain = f"gain of more than {config.smallest_gain:g}" if config.smallest_gain else "gain"
    epochs = counted(config.patience, "epoch")
    return f"Stopped early: no {gain} in validation {config.early_stopping} for {epochs}; best at epoch {best.epoch:,}."


def resumable(model: Model) -> Model:
    """Return the model with the patience of early stopping renewed, if that ended its run; else the model itself."""
    state = model.state
    if not stopped_early(model.config, state.monitor):
        return model
    return replace(model, state=replace(state, monitor=patient_again(state.monitor)))
