"""A history is what a run's reports said, one column a quantity, growing as it trains."""

from dataclasses import dataclass

import numpy as np

from mlp.layers import Array
from mlp.training import Report

COLUMNS = (
    "step",
    "epoch",  # whole epochs done
    "progress",  # epochs done, with the fraction of the one under way
    "examples",
    "seconds",  # spent training, since the run began
    "trained",  # examples this report is a mean over
    "learning_rate",
    "train_loss",
    "train_accuracy",
    "validation_loss",  # NaN where it was not measured
    "validation_accuracy",
    "full_train_loss",  # over the whole training set; NaN where it was not measured
    "full_train_accuracy",
    "gradient_norm",  # ‖dL/dW‖ over all layers, at the report's last step; NaN before the first
    "update_ratio",  # largest ‖ΔW‖ / ‖W‖ of any layer, at the report's last step; NaN before the first
)
_INDEX = {name: row for row, name in enumerate(COLUMNS)}


@dataclass(frozen=True)
class HistoryView:
    """The reports up to one moment. It stays as it is while its run goes on."""

    table: Array  # [columns, reports], float64

    def __len__(self) -> int:
        return self.table.shape[1]

    def __getitem__(self, column: str) -> Array:
        """Return one column, shape [reports]."""
        return self.table[_INDEX[column]]

    def last(self, column: str) -> float:
        """Return a column's latest measured value; NaN where there is none."""
        values = self[column]
        for value in values[::-1]:
            if not np.isnan(value):
                return float(value)
        return float("nan")


class History:
    """Reports as they come. Appending never moves what a view has handed out."""

    def __init__(self) -> None:
        self._table = np.empty((len(COLUMNS), 256))
        self._count = 0

    def append(self, report: Report) -> None:
        """Add one report, in constant time on average."""
        if self._count == self._table.shape[1]:
            grown = np.empty((len(COLUMNS), 2 * self._count))
            grown[:, : self._count] = self._table
            self._table = grown
        validation = report.validation or (np.nan, np.nan)
        train = report.train or (np.nan, np.nan)
        before = self._table[_INDEX["seconds"], self._count - 1] if self._count else 0.0
        self._table[:, self._count] = (
            report.step,
            report.epoch,
            report.progress,
            report.examples,
            before + report.seconds,
            report.trained,
            report.learning_rate,
            report.train_loss,
            report.train_accuracy,
            validation[1],
            validation[0],
            train[1],
            train[0],
            float(np.linalg.norm(report.gradient_norms)) if report.gradient_norms else np.nan,
            max(report.update_ratios, default=np.nan),
        )
        self._count += 1

    def view(self) -> HistoryView:
        """Return the reports so far."""
        table = self._table[:, : self._count]
        table.flags.writeable = False
        return HistoryView(table)
