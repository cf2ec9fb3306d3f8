"""Loading a data set means opening its files, or generating its points, and dividing them into the three splits."""

import copyreg
import functools
import weakref
from dataclasses import fields
from typing import Any

from mlp.datasets.catalogue import dataset_info
from mlp.datasets.dataset import Dataset, DatasetInfo, Split
from mlp.datasets.errors import DamagedFile
from mlp.datasets.idx import open_idx
from mlp.datasets.own.stored import is_own, load_stored
from mlp.datasets.places import ready
from mlp.datasets.recipes import Recipe, standard_points

_loaded: weakref.WeakSet[Dataset] = weakref.WeakSet()


def load_dataset(name: str) -> Dataset:
    """Return the data set of that name; each process loads it once.

    A name may come from a link, so it is never the path of a file.
    Raises DatasetError for an unknown name, for files that are missing or damaged, and for a disk that is full.
    """
    dataset = load_stored(name) if is_own(name) else load_listed(name)
    _loaded.add(dataset)
    return dataset


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
    for array in (array for split in splits for array in split):
        array.setflags(write=False)
    return Dataset(info, *splits)


def _packed(dataset: Dataset) -> tuple[Any, ...]:
    """Return what pickle keeps of a data set: its name if it was loaded by that, and can be again; else all of it."""
    if dataset in _loaded:
        return load_dataset, (dataset.info.name,)
    return Dataset, tuple(getattr(dataset, field.name) for field in fields(dataset))


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
