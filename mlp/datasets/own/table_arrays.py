"""Arrays with rows of numbers are written as a table, which then goes the way of all tables."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.archives import open_archive
from mlp.datasets.own.arrays import array_parts, blocks
from mlp.datasets.own.examples import TEST, TRAIN, VALIDATION
from mlp.datasets.own.parts import SplitArrays, flat_labels
from mlp.datasets.roots import writing

SPLIT_TEXT = {None: "train", TRAIN: "train", VALIDATION: "validation", TEST: "test"}
TARGET, SPLIT = "target", "split"
MOST_COLUMNS = 10_000


def write_table(path: Path, target: Path, name: str = "") -> None:
    """Write arrays, X and y, as the Parquet file `target`, a block of rows at a time; `name` is for messages.

    Its columns are "column 1", "column 2" …, "target", and, if the arrays are divided, "split".
    Raises DatasetError for arrays that make no table, or if the disk is full.
    """
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as scratch,
        open_archive(path, name) as archive,
        writing(target.parent),
    ):
        parts = array_parts(archive, Path(scratch))
        shape = parts[0].inputs.shape
        if len(shape) > 2 or (len(shape) == 2 and shape[1] > MOST_COLUMNS):
            raise DatasetError(
                f"Inputs have the shape {shape}; a table must be [rows, columns] with at most {MOST_COLUMNS:,} columns."
            )
        tables = _tables(parts)
        first = next(tables)
        with pyarrow.parquet.ParquetWriter(target, first.schema) as writer:
            for table in itertools.chain([first], tables):
                writer.write_table(table.cast(first.schema))


def _tables(parts: list[SplitArrays]) -> Iterator[pyarrow.Table]:
    divided = any(part.split is not None for part in parts)
    for part in parts:
        answers, start = flat_labels(part.labels), 0
        for block in blocks(part.inputs):
            rows = block.reshape(len(block), -1)
            columns = _columns(rows)
            columns[TARGET] = _column(answers[start : start + len(rows)])
            if divided:
                columns[SPLIT] = pyarrow.array([SPLIT_TEXT[part.split]] * len(rows))
            yield pyarrow.table(columns)
            start += len(rows)


def write_columns(rows: np.ndarray, target: Path) -> None:
    """Write rows [n, columns] without their answers as the Parquet file `target`."""
    with writing(target.parent):
        pyarrow.parquet.write_table(pyarrow.table(_columns(rows)), target)


def names_of_columns(rows: np.ndarray) -> list[str]:
    """Return what the columns of rows [n, columns] are called."""
    return [f"column {index + 1}" for index in range(rows.shape[1])]


def _columns(rows: np.ndarray) -> dict[str, pyarrow.Array]:
    return {name: _column(rows[:, index]) for index, name in enumerate(names_of_columns(rows))}


def _column(values: np.ndarray) -> pyarrow.Array:
    return pyarrow.array(np.ascontiguousarray(values, values.dtype.newbyteorder("=")))
