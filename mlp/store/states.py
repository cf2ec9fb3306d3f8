"""A training state on disk is a few integers and a safetensors blob, checked before it is used again."""

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
import sqlalchemy as sa

from mlp.config import RunConfig
from mlp.datasets import DATASETS
from mlp.network.layers import Array
from mlp.network.network import aligned_empty
from mlp.network.optimizers import OPTIMIZERS
from mlp.store.errors import StoreError
from mlp.text import quoted
from mlp.training import FLOAT, TrainingState

MOST_HEADER_BYTES = 4096  # of the blob, before the numbers; two names and shapes take about 150


def size_of(state: TrainingState) -> int:
    """Return the size of a state's arrays in bytes, in memory or on disk."""
    return int(state.parameters.nbytes + state.moments.nbytes)


def progress_of(config: RunConfig, state: TrainingState) -> float:
    """Return the epochs done, including the fraction of the current one."""
    return state.epoch + state.position / DATASETS[config.dataset].train


def encode(config: RunConfig, state: TrainingState) -> dict[str, Any]:
    """Return a state as the values of a table's row."""
    blob = safetensors.numpy.save({"parameters": state.parameters, "moments": state.moments})
    return {
        "step": state.step,
        "epoch": state.epoch,
        "position": state.position,
        "examples": state.examples,
        "updates": state.updates,
        "optimizer": state.optimizer,
        "progress": progress_of(config, state),
        "bytes": len(blob),
        "crc32": zlib.crc32(blob),
        "blob": blob,
    }


def read_state(connection: sa.Connection, table: sa.Table, run_id: str, step: int, config: RunConfig) -> TrainingState:
    """Read the state at `step` from one of the tables that hold states.

    Its size must match the configuration, which is checked before the blob is read. Raises StoreError for a blob that
    is damaged or belongs to another network.
    """
    this = (table.c.run_id == run_id, table.c.step == step)
    facts = connection.execute(
        sa.select(*(column for column in table.c if column.name != "blob"), sa.func.length(table.c.blob)).where(*this)
    ).one()
    row = facts._asdict()
    try:
        shapes = _shapes(row, config)
        numbers = sum(map(np.prod, shapes.values()))
        length = facts[-1]
        _check(length == row["bytes"], f"it has {length:,} bytes instead of {row['bytes']:,}")
        _check(
            0 <= length - numbers * FLOAT.itemsize <= MOST_HEADER_BYTES,
            f"its {length:,} bytes can't be a network of {config.parameters:,} parameters under {row['optimizer']}",
        )
        blob = connection.execute(sa.select(table.c.blob).where(*this)).scalar_one()
        _check(zlib.crc32(blob) == row["crc32"], "its checksum is wrong")
        arrays = _arrays(blob, shapes)
    except _DamageError as damage:
        raise StoreError(
            f"The state of run {run_id!r} at step {step:,} can't be used: {damage}. Choose another snapshot of the run."
        ) from damage
    return TrainingState(
        arrays["parameters"],
        arrays["moments"],
        row["optimizer"],
        row["updates"],
        row["epoch"],
        row["position"],
        row["step"],
        row["examples"],
    )


class _DamageError(Exception):
    """Why a stored state can't be used."""


def _check(sound: bool, otherwise: str) -> None:
    if not sound:
        raise _DamageError(otherwise)


def _shapes(row: Mapping[str, Any], config: RunConfig) -> dict[str, tuple[int, ...]]:
    _check(row["optimizer"] in OPTIMIZERS, f"its optimizer {quoted(row['optimizer'])} is unknown")
    _check(0 <= row["position"] < DATASETS[config.dataset].train, f"its position in the epoch is {row['position']:,}")
    for name in ("step", "epoch", "examples", "updates"):
        _check(row[name] >= 0, f"its {name} is {row[name]:,}")
    return {
        "parameters": (config.parameters,),
        "moments": (OPTIMIZERS[row["optimizer"]].moments, config.parameters),
    }


def _arrays(blob: bytes, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """Return the arrays, each aligned to a cache line like those of a state in training."""
    try:
        found = safetensors.numpy.load(blob)
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:  # or a type that numpy lacks
        raise _DamageError(f"it is not safetensors ({error})") from error
    for name, shape in shapes.items():
        _check(name in found, f"its {name} are missing")
        _check(found[name].dtype == FLOAT, f"its {name} are {found[name].dtype}, not {FLOAT}")
        _check(found[name].shape == shape, f"its {name} have the shape {found[name].shape}, not {shape}")
    arrays = {}
    for name, shape in shapes.items():
        arrays[name] = aligned_empty(shape, FLOAT)
        arrays[name][...] = found[name]
    return arrays
