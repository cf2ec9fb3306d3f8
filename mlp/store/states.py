"""A training state on disk is a few integers and a safetensors blob, checked before it is used again."""

import zlib
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
import sqlalchemy as sa

from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.network.layers import Array
from mlp.network.network import aligned_empty
from mlp.network.optimizers import OPTIMIZERS
from mlp.store.errors import StoreError
from mlp.text import quoted
from mlp.training import FLOAT, Model, TrainingState
from mlp.training.monitor import NOTHING_YET, Monitor

MOST_HEADER_BYTES = 4096  # of the blob, before the numbers; two names and shapes take about 150
COUNTS = ("step", "epoch", "position", "examples", "updates")  # of a state, and columns of its table


def size_of(state: TrainingState) -> int:
    """Return the size of a state's arrays in bytes, in memory or on disk."""
    return sum(array.nbytes for array in _arrays_of(state).values())


def _arrays_of(state: TrainingState) -> dict[str, Array]:
    """Return a state's arrays by name, without empty ones that only some settings have something in."""
    arrays = {"parameters": state.parameters, "moments": state.moments}
    optional = {
        "statistics": state.statistics,
        "average": state.average,
        "average_statistics": state.average_statistics,
    }
    return arrays | {name: array for name, array in optional.items() if array.size}


def encode(run_id: str, model: Model) -> dict[str, Any]:
    """Return a run's state as a row of a table."""
    state = model.state
    arrays = _arrays_of(state)
    if state.monitor != NOTHING_YET:
        arrays["monitor"] = np.array(state.monitor)
    blob = safetensors.numpy.save(arrays)
    return {
        "run_id": run_id,
        **{name: getattr(state, name) for name in COUNTS},
        "optimizer": state.optimizer,
        "progress": model.progress,
        "bytes": len(blob),
        "crc32": zlib.crc32(blob),
        "blob": blob,
    }


def read_model(connection: sa.Connection, table: sa.Table, run_id: str, config: RunConfig, step: int) -> Model:
    """Read the state at `step` from one of the tables that hold states, for these settings.

    Its size must match them, which is checked before the blob is read. Raises StoreError if there is none, or for a
    blob that is damaged or belongs to another network; DatasetError if the data is not available.
    """
    dataset = load_dataset(config.dataset)
    this = (table.c.run_id == run_id, table.c.step == step)
    facts = (column for column in table.c if column.name != "blob")
    query = sa.select(*facts, sa.func.length(table.c.blob).label("length")).where(*this)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise StoreError(f"The state of run {run_id!r} at step {step:,} was removed just now. Try again.")
    try:
        _check(row["optimizer"] in OPTIMIZERS, f"its optimizer {quoted(row['optimizer'])} is unknown")
        _check(row["position"] < len(dataset.train.labels), f"its position in the epoch is {row['position']:,}")
        for name in COUNTS:
            _check(row[name] >= 0, f"its {name} is {row[name]:,}")
        parameters = config.parameters(dataset.info)
        shapes = {"parameters": (parameters,), "moments": (OPTIMIZERS[row["optimizer"]].moments, parameters)}
        optional: dict[str, tuple[int, ...]] = {"average": (parameters,)}  # there once a step was made with averaging
        if config.normalized_units:
            shapes["statistics"] = optional["average_statistics"] = (2, config.normalized_units)
        least, most = (FLOAT.itemsize * sum(map(np.prod, (shapes | more).values())) for more in ({}, optional))
        _check(row["length"] == row["bytes"], f"it has {row['length']:,} bytes instead of {row['bytes']:,}")
        _check(
            least <= row["length"] <= most + MOST_HEADER_BYTES,
            f"its {row['length']:,} bytes can't be a network of {parameters:,} parameters under {row['optimizer']}",
        )
        blob = connection.execute(sa.select(table.c.blob).where(*this)).scalar_one()
        _check(zlib.crc32(blob) == row["crc32"], "its checksum is wrong")
        arrays, monitor = _arrays(blob, shapes, optional)
    except _DamageError as damage:
        raise StoreError(
            f"The state of run {run_id!r} at step {row['step']:,} can't be used: {damage}. "
            "Choose another snapshot of the run."
        ) from damage
    if config.normalized_units and "average" in arrays and "average_statistics" not in arrays:
        arrays["average_statistics"] = arrays["statistics"]  # before there were both, it had those of the average
    values: dict[str, Any] = {**arrays, **{name: int(row[name]) for name in COUNTS}}
    return Model(config, dataset, TrainingState(optimizer=row["optimizer"], monitor=monitor, **values))


class _DamageError(Exception):
    """Why a stored state can't be used."""


def _check(sound: bool, otherwise: str) -> None:
    if not sound:
        raise _DamageError(otherwise)


def _arrays(
    blob: bytes, shapes: Mapping[str, tuple[int, ...]], optional: Mapping[str, tuple[int, ...]]
) -> tuple[dict[str, Array], Monitor]:
    """Return the arrays, each aligned to a cache line like those of a state in training, and what the monitor says."""
    try:
        found = safetensors.numpy.load(blob)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:  # or a type that numpy lacks
        raise _DamageError(f"it is not safetensors ({error})") from error
    arrays = {}
    shapes = {**shapes, **{name: shape for name, shape in optional.items() if name in found}}
    for name, shape in shapes.items():
        right = name in found and (found[name].dtype, found[name].shape) == (FLOAT, shape)
        _check(right, f"its {name} are not {FLOAT} numbers of shape {shape}")
        arrays[name] = aligned_empty(shape, FLOAT)
        arrays[name][...] = found[name]
    return arrays, _monitor(found["monitor"]) if "monitor" in found else NOTHING_YET


def _monitor(values: Array) -> Monitor:
    """Return what the monitor remembers; only the best loss and accuracy may be infinite, if nothing was measured."""
    right = values.shape == (len(NOTHING_YET),) and values.dtype == np.float64 and not np.isnan(values).any()
    _check(right, f"its monitor is not {len(NOTHING_YET)} numbers")
    loss, loss_waited, accuracy, accuracy_waited, plateau_waited, factor = values.tolist()
    _check(all(map(isfinite, (loss_waited, accuracy_waited, plateau_waited, factor))), "its monitor waits forever")
    return Monitor(loss, int(loss_waited), accuracy, int(accuracy_waited), int(plateau_waited), factor)
