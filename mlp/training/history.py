"""A history holds a run's reports, one column per quantity, and grows as the run trains."""

from dataclasses import dataclass
from functools import cached_property
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
    "full_train_loss",  # over the whole training set; NaN if it was not measured
    "full_train_accuracy",
    "gradient_norm",  # ‖dL/dW‖ over all layers, at the report's last step; NaN before the first
    "update_ratio",  # largest ‖ΔW‖ / ‖W‖ of any layer, at the report's last step; NaN before the first
)
CURVES = COLUMNS[COLUMNS.index("train_loss") : COLUMNS.index("gradient_norm")]
_INDEX = {name: row for row, name in enumerate(COLUMNS)}

OUTLINE_BUCKETS = 512  # parts of a long history; an outline keeps each curve's highest and lowest report in each
MOST_OUTLINED = 8192


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
    outlined: Array | None = None  # indices of the reports in the outline; None for all
    outline_table: Array | None = None  # those reports side by side, if already gathered

    def __len__(self) -> int:
        return self.table.shape[1]

    def __getitem__(self, column: str) -> Array:
        """Return one column, shape [reports]."""
        return self.table[_INDEX[column]]

    @cached_property
    def outline(self) -> "HistoryView":
        """At most 8,192 of the reports, which keep the shape of every curve.

        So drawing costs the same however long the run is.
        """
        if self.outlined is None:
            return self
        if self.outline_table is not None:
            return HistoryView(self.outline_table)
        return HistoryView(np.ascontiguousarray(self.table[:, self.outlined]))

    def until(self, step: int) -> "HistoryView":
        """Return the reports up to a step."""
        count = int(np.searchsorted(self["step"], step, side="right"))
        outlined = self.outlined if self.outlined is None else self.outlined[self.outlined < count]
        return HistoryView(self.table[:, :count], outlined)

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
        self._outlined = np.arange(MOST_OUTLINED)  # until this many reports, all are kept
        self._outlined_count = self._count
        # The outlined reports side by side, once not all are kept: gathering them for each view would cost more than
        # drawing them.
        self._outline: Array | None = None
        if past:
            self._table[:, : self._count] = past.table
            if past.outlined is not None:
                self._outlined_count = len(past.outlined)
                self._outlined[: self._outlined_count] = past.outlined
                self._outline = self._gathered()

    def append(self, report: Report) -> None:
        """Add one report, in constant time on average."""
        if self._count == self._table.shape[1]:
            grown = np.empty((len(COLUMNS), 2 * self._count))
            grown[:, : self._count] = self._table
            self._table = grown
        validation = report.validation or (np.nan, np.nan)
        full_train = report.full_train or (np.nan, np.nan)
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
            full_train[1],
            full_train[0],
            float(np.linalg.norm(report.gradient_norms)) if report.gradient_norms else np.nan,
            max(report.update_ratios, default=np.nan),
        )
        if self._outlined_count == MOST_OUTLINED:
            kept = outline(self._table[:, : self._count], self._outlined)
            self._outlined = np.concatenate([kept, np.empty(MOST_OUTLINED - len(kept), kept.dtype)])
            self._outlined_count = len(kept)
            self._outline = self._gathered()
        self._outlined[self._outlined_count] = self._count
        if self._outline is not None:
            self._outline[:, self._outlined_count] = self._table[:, self._count]
        self._outlined_count += 1
        self._count += 1

    def view(self) -> HistoryView:
        """Return the reports so far."""
        table = self._table[:, : self._count]
        table.flags.writeable = False
        if self._outline is None:
            return HistoryView(table)
        outline = self._outline[:, : self._outlined_count]
        outline.flags.writeable = False
        return HistoryView(table, self._outlined[: self._outlined_count], outline)

    def _gathered(self) -> Array:
        """Return a table of the outlined reports, with room for new ones until it is full."""
        table = np.empty((len(COLUMNS), MOST_OUTLINED))
        table[:, : self._outlined_count] = self._table[:, self._outlined[: self._outlined_count]]
        return table


def outline(table: Array, reports: Array) -> Array:
    """Return those of `reports` that are a curve's highest or lowest in their part of the run, and both ends.

    All parts are equally long, so that no part of a run is drawn more coarsely than another.
    """
    stretch = reports // -(-table.shape[1] // OUTLINE_BUCKETS)
    kept = [reports[[0, -1]]]
    for name in CURVES:
        values = table[_INDEX[name], reports]
        known = np.flatnonzero(~np.isnan(values))
        order = known[np.lexsort((values[known], stretch[known]))]  # by part, and in each from low to high
        ends = np.flatnonzero(np.diff(stretch[order], prepend=-1, append=-1))
        kept += [reports[order[ends[:-1]]], reports[order[ends[1:] - 1]]]
    return np.unique(np.concatenate(kept))
