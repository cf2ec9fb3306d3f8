"""What a run was, did and reached, as JSON with everything, or its curves as a table for a spreadsheet."""

import hashlib
import json
from dataclasses import asdict
from typing import IO, Any

import numpy as np

from mlp.comparison.files import columns_of, csv_text
from mlp.datasets import REGRESSION, Dataset
from mlp.export.description import about_data
from mlp.export.run import ExportedRun
from mlp.inspection.regression import target_scales
from mlp.machine import made_with
from mlp.text import known_or_none
from mlp.training.best import MEASURES, best_of
from mlp.training.history import Change

SPLITS = ("train", "validation", "test")


def write_run(run: ExportedRun, out: IO[bytes]) -> None:
    """Write settings, changes, reports, data and versions as one JSON object; what was not measured is null."""
    out.write(json.dumps(_facts(run), ensure_ascii=False, allow_nan=False, indent=1).encode())


def why_not_curves(run: ExportedRun) -> str:
    """Return why there are no curves, or "" if there are."""
    return "" if len(run.history) else "There are no curves: no training of this network is known. Train it first."


def write_curves(run: ExportedRun, out: IO[bytes]) -> None:
    """Write all reports as CSV, one in a row, below the names of the columns."""
    columns = _columns(run)
    out.write(csv_text(columns, zip(*columns.values(), strict=True)).encode())


def _facts(run: ExportedRun) -> dict[str, Any]:
    state, started_with = run.state, run.started_with
    return {
        "name": run.name,
        "status": run.status,
        "message": run.message,
        "sizes": run.model.sizes,
        "settings": asdict(run.config),
        "started_with": started_with and asdict(started_with),
        "changes": [_change(change) for change in run.changes],
        "best": _bests(run),
        "trained": {"step": state.step, "epoch": state.epoch, "examples": state.examples},
        "reports": {name: [known_or_none(value) for value in values] for name, values in _columns(run).items()},
        "data": about_data(run.model.dataset) | {"sha256": hashes(run.model.dataset)},
        "exported_with": made_with(),
    }


def _columns(run: ExportedRun) -> dict[str, list[float]]:
    dataset = run.model.dataset
    return columns_of(dataset.info.task, run.history, target_scales(dataset))


def _bests(run: ExportedRun) -> dict[str, Any]:
    """Return the epochs after which the validation set was predicted best, by each measure; null before the first."""
    dataset = run.model.dataset
    regression = dataset.info.task == REGRESSION
    found: dict[str, Any] = {}
    for measure in ("loss",) if regression else MEASURES:
        best = best_of(run.history, measure)
        values: dict[str, float] = best._asdict() if best else {}
        if best and regression:
            scale = target_scales(dataset)["validation"]
            del values["accuracy"]
            values |= {"r_squared": scale.r_squared(best.loss), "rmse": scale.rmse(best.loss)}
        found[measure] = {name: known_or_none(value) for name, value in values.items()} or None
    return found


def _change(change: Change) -> dict[str, Any]:
    values = change._asdict()
    settings = values.pop("config_json")
    return values | {"settings": json.loads(settings) if settings else None}


def hashes(dataset: Dataset) -> dict[str, str | None]:
    """Return for each split the SHA-256 of its inputs, row by row, followed by its labels, as they are in memory.

    Return None for a split without examples.
    """
    found = {}
    for name in SPLITS:
        split, digest = dataset.split(name), hashlib.sha256()
        for array in (split.inputs, split.labels):
            digest.update(np.ascontiguousarray(array).data)
        found[name] = digest.hexdigest() if len(split.labels) else None
    return found
