"""Machines of a cluster that lack a data set get copies of its files, which their content must prove."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from mlp.datasets.catalogue import dataset_info
from mlp.datasets.dataset import Dataset
from mlp.datasets.errors import DatasetError
from mlp.datasets.loading import load_dataset, travels_by_name
from mlp.datasets.own.stored import adopt, find, is_own
from mlp.datasets.places import ready, write


def files_of(dataset: Dataset) -> dict[str, Path]:
    """Return the files that another machine may lack, by name.

    Those of the program, points, and data that travels whole need none.
    """
    info = dataset.info
    if not travels_by_name(dataset):
        return {}
    if is_own(info.name):
        return {path.name: path for path in find(info.name).iterdir() if path.is_file()}
    return {file.name: ready(info, file) for file in info.files} if info.mirrors else {}


def lacks(name: str) -> bool:
    """Whether a data set can't be loaded here; if it can, it is."""
    try:
        load_dataset(name)
    except DatasetError:
        return True
    return False


def receive(name: str, contents: Mapping[str, bytes]) -> None:
    """Write the files of a data set that is lacking here.

    Raises DatasetError if they hold something else, or can't be written.
    """
    if is_own(name):
        adopt(name, contents)
        return
    info = dataset_info(name)
    for file in info.files:
        if hashlib.sha256(contents[file.name]).hexdigest() != file.sha256:
            raise DatasetError(f"The copy of {info.label} was damaged on its way: {file.name}. Try again.")
        write(contents[file.name], info, file)
