"""`mlp predict` writes what a network predicts for examples in files, as CSV."""

import csv
import io
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np

from mlp.cli.examples import read_examples
from mlp.cli.networks import model_on, opened
from mlp.cli.paths import cannot_write, check_writable
from mlp.datasets import REGRESSION, DatasetInfo, load_dataset
from mlp.files import written_whole
from mlp.inspection.predictions import class_probabilities
from mlp.inspection.regression import predicted_numbers
from mlp.network.layers import Array
from mlp.text import spreadsheet_cell
from mlp.training import Model

ROWS = 5000  # predicted at a time


def predict(arguments: Namespace) -> None:
    """Carry out the command. Raises UsageError or DatasetError if it can't be done."""
    if arguments.output is not None:
        check_writable("--output", arguments.output)
    dataset = load_dataset(arguments.dataset) if arguments.dataset else None
    model = model_on(opened(arguments.file), dataset, arguments.activation)
    files = [(path.name, read_examples(path, model.dataset)) for path in _matching(arguments.inputs)]
    if arguments.output is None:
        _write(model, files, sys.stdout)
        return
    try:
        with written_whole(arguments.output) as out:
            text = io.TextIOWrapper(out, "utf-8", newline="")
            _write(model, files, text)
            text.detach()  # which also writes what it still holds
    except OSError as error:
        raise cannot_write("--output", arguments.output, error) from error


def _matching(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files, also those that a pattern such as *.png stands for: on Windows, no shell finds them."""
    for path in paths:
        found = [] if path.exists() else [Path(name) for name in sorted(glob(str(path)))]
        yield from found or [path]


def _write(model: Model, files: list[tuple[str, Array]], out: Any) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "row", *map(spreadsheet_cell, _heading(model.dataset.info))])
    for name, inputs in files:
        for row, cells in enumerate(_predictions(model, inputs), 1):
            writer.writerow([spreadsheet_cell(name), row, *cells])


def _heading(info: DatasetInfo) -> list[str]:
    if info.task == REGRESSION:
        return [f"predicted {info.class_names[0]}"]
    return ["predicted", *(f"P({name})" for name in info.class_names)]


def _predictions(model: Model, inputs: Array) -> Iterator[list[str]]:
    """Yield for each example its number, or its class and all probabilities; nothing where they are NaN or infinite."""
    info = model.dataset.info
    labels = [spreadsheet_cell(name) for name in info.class_names]
    for start in range(0, len(inputs), ROWS):
        rows = inputs[start : start + ROWS]
        if info.task == REGRESSION:
            yield from ([_number(value)] for value in predicted_numbers(model, rows))
            continue
        for shares in class_probabilities(model, rows):
            known = np.isfinite(shares).all()
            yield [labels[int(shares.argmax())] if known else "", *map(_number, shares)]


def _number(value: float) -> str:
    return f"{value:.7g}" if np.isfinite(value) else ""
