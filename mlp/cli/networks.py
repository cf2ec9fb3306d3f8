"""A network that the command line works with comes from a .safetensors file, or from a run in the store."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from mlp.cli.arguments import UsageError
from mlp.datasets import Dataset, load_dataset
from mlp.export import ExportedRun, OpenedNetwork, OpeningError, open_network
from mlp.installation import COMMAND
from mlp.text import LONGEST, quoted
from mlp.training import Model

if TYPE_CHECKING:
    from mlp.store import RunRecord  # takes half a second

SUFFIX = ".safetensors"


def opened(file: Path) -> OpenedNetwork:
    """Return the network of a file, after notes on how it was read. Raises UsageError for a file that is none."""
    try:
        network = open_network(file)
    except OpeningError as error:
        raise UsageError(str(error)) from error
    for note in network.notes:
        print(note, file=sys.stderr)
    return network


def model_on(network: OpenedNetwork, dataset: Dataset | None, activation: str) -> Model:
    """Return a network for a data set, or without examples. Raises UsageError if they don't fit."""
    try:
        return network.on(dataset, activation) if dataset else network.alone(activation)
    except OpeningError as error:
        raise UsageError(str(error)) from error


def on_data(network: OpenedNetwork, name: str, activation: str) -> Model:
    """Return a network for the data set of that name, or the one it was trained on.

    Raises UsageError if they don't fit, or the data is not known, DatasetError if it is not there.
    """
    if not name:
        if network.description is None:
            raise UsageError("The file doesn't say what it was trained on. Name the data with --dataset.")
        name = network.description.info.name
    return model_on(network, load_dataset(name), activation)


def is_file(name: str) -> bool:
    """Return whether a name is that of a file, rather than that of a stored run."""
    return name.lower().endswith(SUFFIX) or Path(name).is_file()


def run_called(name: str) -> ExportedRun:
    """Return a stored run by its id or name, or the network of a file.

    Raises UsageError if there is none, or several of that name, or if the file is no network.
    """
    if is_file(name):
        return ExportedRun(model_on(opened(Path(name)), None, ""), name=Path(name).stem)
    from mlp.store import Store, StoreError  # takes half a second

    try:
        with closing(Store()) as store:
            runs = store.runs()
            found = [run for run in runs if run.id == name] or [run for run in runs if run.name == name != ""]
            if not found:
                raise UsageError(f"There is no run {quoted(name)} in the store. {_listed(runs)}")
            if len(found) > 1:
                raise UsageError(f"Several runs are called {quoted(name)}. {_listed(found)}")
            return ExportedRun.from_store(store, found[0].id)
    except StoreError as error:
        raise UsageError(str(error)) from error


def _listed(runs: "list[RunRecord]") -> str:
    if not runs:
        return f"It has no runs: keep one with `{COMMAND} train --keep`, or train one on the dashboard."
    text = ", ".join(f"{run.id} ({quoted(run.name)})" if run.name else run.id for run in runs)
    return f"Choose one of: {text if len(text) <= 2 * LONGEST else text[: 2 * LONGEST] + ' …'}."
