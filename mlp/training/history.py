"""A history holds a run's reports, one column per quantity, and grows as the run trains."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlp.network.layers import Array
from mlp.training.report import Report

COLUMNS = (
    "step",
    "epoch",  # complete epochs
    "progress",  # epochs done, including the fraction of the current one
    "examples",
    "seconds",  # spent training, since the run started
    "trained",  # examples that this report averages over
    "learning_rate",
    "train_loss",
    "train_accuracy",
    "validation_loss",  # NaN if it was not measured
    "validation_accuracy",
    "unaveraged_validation_loss",  # without the average of the weights; NaN if there is none, or it was not measured
    "unaveraged_validation_accuracy",
    "evaluated_train_loss",  # over the whole training set; NaN if it was not measured
    "evaluated_train_accuracy",
    "gradient_norm",  # as a Report's
    "update_ratio",
)
_INDEX = {name: row for row, name in enumerate(COLUMNS)}


class Change(NamedTuple):
    """A setting that was changed during training, and when."""

    step: int
    progress: float  # in epochs
    examples: int
    seconds: float
    description: str  # "learning rate 0.1 → 0.01"
    config_json: str = ""  # all settings from this step on


@dataclass(frozen=True)
class HistoryView:
    """The reports up to one step. It does not change while the run continues."""

    table: Array  # [columns, reports], float64

    def __len__(self) -> int:
        return self.table.shape[1]

    def __getitem__(self, column: str) -> Array:
        """Return one column, shape [reports]."""
        return self.table[_INDEX[column]]

    def until(self, step: int) -> "HistoryView":
        """Return the reports up to a step."""
        count = int(np.searchsorted(self["step"], step, side="right"))
        return HistoryView(self.table[:, :count])

    @property
    def seconds(self) -> float:
        """The time spent training."""
        return self.last("seconds") if len(self) else 0.0

    def last(self, column: str) -> float:
        """Return a column's latest finite value; NaN if there is none."""
        return last_known(self[column])


def last_known(values: Array) -> float:
    """Return the last finite value; NaN if there is none."""
    for start in (max(len(values) - 1000, 0), 0):  # usually it is among the last
        known = np.flatnonzero(np.isfinite(values[start:]))
        if len(known):
            return float(values[start + known[-1]])
    return float("nan")


class History:
    """Reports as they arrive, after those of `past`, if any. Appending never changes an existing view."""

    def __init__(self, past: HistoryView | None = None) -> None:
        self._count = len(past) if past else 0
        self._table = np.empty((len(COLUMNS), max(256, 2 * self._count)))
        if past:
            self._table[:, : self._count] = past.table

    def __len__(self) -> int:
        return self._count

    def append(self, report: Report) -> None:
        """Add one report, in constant time on average."""
        if self._count == self._table.shape[1]:
            grown = np.empty((len(COLUMNS), 2 * self._count))
            grown[:, : self._count] = self._table
            self._table = grown
        seconds = self._table[_INDEX["seconds"], self._count - 1] if self._count else 0.0
        values = vars(report) | {"seconds": seconds + report.seconds}
        measured = {
            "validation": report.validation,
            "unaveraged_validation": report.unaveraged,
            "evaluated_train": report.evaluated_train,
        }
        for name, found in measured.items():
            accuracy, loss = found or (np.nan, np.nan)
            values |= {f"{name}_accuracy": accuracy, f"{name}_loss": loss}
        self._table[:, self._count] = [values[name] for name in COLUMNS]
        self._count += 1

    def view(self) -> HistoryView:
        table = self._table[:, : self._count]
        table.flags.writeable = False
        return HistoryView(table)
