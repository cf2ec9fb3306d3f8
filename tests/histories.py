"""Histories of runs that never were, for tests of what is drawn."""

from typing import Any

import numpy as np

from mlp.training.history import COLUMNS, HistoryView


def history(reports: int = 20, top: float = 0.95, **columns: Any) -> HistoryView:
    """The history of a run of 25 epochs whose validation accuracy climbs to `top`, with some columns replaced."""
    table = np.full((len(COLUMNS), reports), np.nan)
    progress = np.linspace(0, 25, reports)
    usual = {
        "step": np.arange(reports) * 10,
        "epoch": np.floor(progress),
        "progress": progress,
        "examples": progress * 1197,
        "seconds": progress / 5,
        "train_accuracy": 1 - 0.9 * np.exp(-progress),
        "validation_accuracy": top - (top - 0.1) * np.exp(-progress),
        "train_loss": 2.3 * np.exp(-progress / 3),
        "validation_loss": 1 - top + 2.1 * np.exp(-progress / 3),
    }
    for name, values in (usual | columns).items():
        table[COLUMNS.index(name)] = values
    return HistoryView(table)
