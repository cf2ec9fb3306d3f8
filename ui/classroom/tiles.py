"""A tile of the wall: what one student trains, in values that JSON can carry."""

from typing import Any

import numpy as np

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import dataset_label
from mlp.datasets.own.stored import is_own
from mlp.inspection.regression import score_of
from mlp.network.layers import Array
from mlp.text import known_or_none
from mlp.training.history import last_known
from ui.classroom.school_class import Glance, Student
from ui.classroom.scores import score_text
from ui.parts.wording import STATUS_WORDS, epochs_read

MOST_POINTS = 60  # of a curve
HIGH = 1000  # a curve's points are whole numbers from 0 to this


def tile(student: Student, is_away: bool) -> dict[str, Any]:
    """Return a student's tile."""
    about = {"number": student.number, "name": student.label, "away": is_away, "changed": student.changed}
    run = _of_run(student.glance) if student.glance else {"kind": "none", "word": "Nothing trained yet"}
    return about | run | ({"kind": "none", "word": "Away"} if is_away else {})


def _of_run(run: Glance) -> dict[str, Any]:
    scores = scores_of(run)
    now = last_known(scores)
    return {
        "run": run.run_id,
        "kind": run.status.value,
        "word": STATUS_WORDS[run.status],
        "score": known_or_none(now),
        "shown": score_text(run.dataset.info, now),
        "epoch": epochs_read(run.progress) + (f"/{run.config.epochs:,}" if run.run_id else ""),
        "progress": round(run.progress, 2),
        "epochs": run.config.epochs if run.run_id else "",
        "settings": in_words(run.config),
        "curve": curve(run, scores),
    }


def scores_of(run: Glance) -> Array:
    """Return the accuracy on the validation set, or R² of a regression, at each report; NaN if not measured."""
    return score_of(run.dataset, "validation", run.history["validation_accuracy"], run.history["validation_loss"])


def curve(run: Glance, scores: Array) -> list[list[int]]:
    """Return a curve's points: across, epochs up to the latest; upwards, the score from 0 to 1."""
    known = np.flatnonzero(np.isfinite(scores))
    if len(known) > MOST_POINTS:
        known = known[np.linspace(0, len(known) - 1, MOST_POINTS).astype(int)]
    epochs = run.history["progress"][known]
    across = epochs / max([*epochs[-1:], 1])  # in the first epoch, a curve grows
    points = np.stack([across, np.clip(scores[known], 0, 1)], axis=1)
    return [[int(x), int(y)] for x, y in np.round(points * HIGH)]


def in_words(config: RunConfig) -> str:
    r"""Return a run's most important settings. Own data is said to be own: it may be called like any other.

    >>> in_words(RunConfig(dataset="digits", hidden=(100,), dropout=0.2))
    'Digits, 8 × 8 · 100 · ReLU · SGD 0.1 · batch 32 · dropout 20\u202f%'
    """
    shown = {name: setting.show(getattr(config, name)) for name, setting in SETTINGS.items() if name != "dataset"}
    data = dataset_label(config.dataset)
    if is_own(config.dataset):
        data = f"own data: {data.replace('·', '-')}"  # which separates settings
    words = [data, shown["hidden"] if config.hidden else "no hidden layer"]
    words += [shown["activation"], f"{shown['optimizer']} {shown['learning_rate']}", f"batch {shown['batch_size']}"]
    words += [
        f"{SETTINGS[name].label_in_text} {shown[name]}" for name in ("dropout", "l2", "l1") if getattr(config, name)
    ]
    return " · ".join(words)
