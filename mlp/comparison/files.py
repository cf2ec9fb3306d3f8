"""Runs leave as tables for a spreadsheet, and as JSON: their settings, results and curves."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlp.comparison.groups import RESULTS, results_of, title_of
from mlp.config import SETTINGS
from mlp.datasets import REGRESSION
from mlp.inspection.regression import TargetScale
from mlp.store import RunRecord
from mlp.text import known_or_none, spreadsheet_cell
from mlp.training.history import COLUMNS, HistoryView

Scales = Mapping[str, TargetScale]  # of each split's targets
UNKNOWN: Scales = dict.fromkeys(("train", "validation"), TargetScale(math.nan, math.nan))
NO_SCALES: Mapping[str, Scales] = {}  # by the ids of runs
MARK = "\ufeff"  # at the beginning of a file: Excel knows by it that letters are in UTF-8


def runs_csv(runs: Sequence[RunRecord], scales: Mapping[str, Scales] = NO_SCALES) -> str:
    """Return a table of runs, one row per run, with a heading. `scales` are those of regressions, by their ids."""
    return _table(row_of(run, scales.get(run.id, UNKNOWN)) for run in runs)


def curves_csv(
    runs: Sequence[RunRecord], histories: Mapping[str, HistoryView], scales: Mapping[str, Scales] = NO_SCALES
) -> str:
    """Return a table of all reports of runs, one row per report."""
    return _table(
        {"id": run.id, "run": title_of(run)} | dict(zip(columns, report, strict=True))
        for run in runs
        for columns in [columns_of(run.task, histories[run.id], scales.get(run.id, UNKNOWN))]
        for report in zip(*columns.values(), strict=True)
    )


def runs_json(
    runs: Sequence[RunRecord], histories: Mapping[str, HistoryView], scales: Mapping[str, Scales] = NO_SCALES
) -> str:
    """Return settings, results and reports of runs as a JSON list; what was not measured is null."""
    rows = []
    for run in runs:
        known = scales.get(run.id, UNKNOWN)
        columns = columns_of(run.task, histories[run.id], known)
        history = {name: [known_or_none(value) for value in values] for name, values in columns.items()}
        rows.append(row_of(run, known) | {"history": history})
    return json.dumps(rows, ensure_ascii=False, allow_nan=False)


def row_of(run: RunRecord, scales: Scales = UNKNOWN) -> dict[str, Any]:
    """Return a run's settings and results as plain values; what was not measured is None."""
    row: dict[str, Any] = {"id": run.id, "name": run.name, "status": run.status, "notes": run.notes}
    row |= {"tags": list(run.tags), "created": run.created, "parent": run.parent, "parent_step": run.parent_step}
    row |= {name: getattr(run.config, name) for name in SETTINGS}
    row |= {"step": run.step, "progress": run.progress} | {name: RESULTS[name].of(run) for name in results_of([run])}
    if run.task == REGRESSION:
        row["validation_rmse"] = scales["validation"].rmse(run.validation_loss)
    return {name: known_or_none(value) for name, value in row.items()}


def columns_of(task: str, history: HistoryView, scales: Scales) -> dict[str, list[float]]:
    """Return the columns of a run's history. A regression has R² and RMSE, which follow from its losses.

    Its predictions are not correct or wrong, so it has no accuracies.
    """
    columns = {}
    for name in COLUMNS:
        measured = name.removesuffix("_accuracy")
        if task != REGRESSION or measured == name:
            columns[name] = history[name].tolist()
        else:
            loss, scale = history[f"{measured}_loss"], scales["train" if measured.endswith("train") else "validation"]
            columns[f"{measured}_r_squared"] = scale.r_squared(loss).tolist()
            columns[f"{measured}_rmse"] = scale.rmse(loss).tolist()
    return columns


def csv_text(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a table as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(map(_cell, row) for row in rows)
    return file.getvalue()


def _table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV for a spreadsheet: a column for each name that any of them has."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return MARK + csv_text(names, ([row.get(name) for name in names] for row in rows)) if rows else ""


def _cell(value: Any) -> Any:
    """Return a value for a table's cell."""
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    if isinstance(value, list):
        value = ", ".join(value)
    if isinstance(value, float):
        return f"{value:.10g}" if math.isfinite(value) else ""
    return spreadsheet_cell(value) if isinstance(value, str) else value
