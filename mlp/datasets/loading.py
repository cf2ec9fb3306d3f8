"""Loading a data set means opening its files, or generating its points, and dividing them into the three splits."""

import copyreg
import functools
import os
import weakref
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from mlp.datasets.catalogue import DATASETS, dataset_info
from mlp.datasets.dataset import SPLITS, Dataset, DatasetInfo, Split
from mlp.datasets.errors import DamagedFile
from mlp.datasets.idx import open_idx
from mlp.datasets.own.stored import is_own, load_stored
from mlp.datasets.places import ready
from mlp.datasets.recipes import Recipe, standard_points

_loaded: weakref.WeakSet[Dataset] = weakref.WeakSet()


def load_dataset(name: str) -> Dataset:
    """Return the data set of that name; each process loads it once.

    A name may come from a link, so it is never the path of a file.

    Parameters
    ----------
    name
        Of a data set in the catalog or an imported one, or a recipe for points.

    Returns
    -------
    Dataset
        Its three splits. Their arrays are read-only.

    Raises
    ------
    DatasetError
        For an unknown name, for files that are missing or damaged, and for a disk that is full.

    Examples
    --------
    >>> load_dataset("digits").train.inputs.shape
    (1197, 64)
    >>> load_dataset("moons").validation.labels[:5].tolist()
    [1, 0, 0, 0, 1]
    """
    dataset = load_stored(name) if is_own(name) else load_listed(name)
    _loaded.add(dataset)
    return dataset


def load_dataset_or_file(name: str | os.PathLike[str], target: str = "") -> Dataset:
    """Return a data set by its name, or import a file that you have: a table, or images.

    The imported data is stored (mlp/datasets/own), so that training in other processes finds it by its name.

    Parameters
    ----------
    name
        Of a data set, a recipe for points, or the path of a file.
    target
        The column of a table to predict; by default, one with a name such as class or target, else the last.

    Returns
    -------
    Dataset
        Its three splits. Their arrays are read-only.

    Raises
    ------
    DatasetError
        As `load_dataset` does, and for a file that makes no data set.

    Examples
    --------
    >>> from mlp import load_dataset  # this function
    >>> load_dataset("circles?noise=0.3").info.classes
    2
    """
    name = os.fspath(name)
    if not is_file(name):
        return load_dataset(name)
    from mlp.datasets.own.importing import import_file  # takes a second

    return load_dataset(import_file(Path(name), target=target))


def is_file(name: str) -> bool:
    """Return whether a name is the path of a file rather than the name of a data set.

    Parameters
    ----------
    name
        What a person wrote.

    Returns
    -------
    bool
        Also true for a path at which there is nothing.

    Examples
    --------
    >>> is_file("iris.csv"), is_file("folder/of/images"), is_file("mnist"), is_file("circles?noise=0.3")
    (True, True, False, False)
    """
    if name in DATASETS or is_own(name):
        return False
    looks_so = len(Path(name).parts) > 1 or Path(name).suffix != ""
    return Path(name).exists() or (looks_so and "?" not in name)


@functools.lru_cache(maxsize=64)  # the number of recipes is unlimited
def load_listed(name: str) -> Dataset:
    """Return a data set of the catalog, or a recipe's points.

    The last examples of the training file are the validation set: 10,000 for MNIST, as usual.
    Raises DatasetError as `load_dataset` does.
    """
    info = dataset_info(name)
    if info.files:
        splits = _opened(info)
    else:
        splits = (Recipe.read(name) if "?" in name else standard_points(name)).draw()
    return _read_only(info, *splits)


def _read_only(*values: Any) -> Dataset:
    """Return a data set of these values, in the order of its fields, whose splits can't be changed through it."""
    dataset = Dataset(*values)
    # One that stands for another, as training for a validation set that is empty, still does.
    frozen = {id(split): _frozen(split) for split in (dataset.train, dataset.validation, dataset.test)}
    splits: dict[str, Any] = {name: frozen[id(dataset.split(name))] for name in SPLITS}
    return replace(dataset, **splits)


def _frozen(split: Split) -> Split:
    views = Split(*(array.view() for array in split))
    for array in views:
        array.setflags(write=False)
    return views


def travels_by_name(dataset: Dataset) -> bool:
    """Whether another process loads this data set by its name, instead of being sent all of it."""
    return dataset in _loaded


def _packed(dataset: Dataset) -> tuple[Any, ...]:
    """Return what pickle keeps of a data set: its name if it was loaded by that, and can be again; else all of it."""
    if travels_by_name(dataset):
        return load_dataset, (dataset.info.name,)
    return _read_only, tuple(getattr(dataset, field.name) for field in fields(dataset))


copyreg.pickle(Dataset, _packed)


def _opened(info: DatasetInfo) -> tuple[Split, Split, Split]:
    """Map the four files; return the training, validation and test examples."""
    arrays = []
    for file in info.files:
        path = ready(info, file)
        array = open_idx(path, file)
        if array.ndim == 1 and (largest := array.max()) >= info.classes:
            raise DamagedFile(
                f"{path} has the label {largest}, but the labels of {info.label} are 0 to {info.classes - 1}. "
                "Remove it and get the data set again."
            )
        arrays.append(array.reshape(len(array), -1) if array.ndim > 1 else array)
    learned, test = Split(*arrays[:2]), Split(*arrays[2:])
    return learned.rows(0, info.train), learned.rows(info.train, info.train + info.validation), test
