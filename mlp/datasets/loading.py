"""Loading a data set means opening its files, or generating its points, and dividing them into the three splits."""

import functools

from mlp.datasets.catalogue import dataset_info
from mlp.datasets.dataset import Dataset, DatasetInfo, Split
from mlp.datasets.errors import DamagedFile
from mlp.datasets.idx import open_idx
from mlp.datasets.places import ready
from mlp.datasets.recipes import Recipe, standard_points


@functools.lru_cache(maxsize=64)  # the number of recipes is unlimited
def load_dataset(name: str) -> Dataset:
    """Return the data set of that name; each process loads it once.

    The last examples of the training file are the validation set: 10,000 for MNIST, as usual.
    Raises DatasetError for an unknown name, for files that are missing or damaged, and for a disk that is full.
    """
    info = dataset_info(name)
    if info.files:
        splits = _opened(info)
    else:
        splits = (Recipe.read(name) if "?" in name else standard_points(name)).draw()
    for array in (array for split in splits for array in split):
        array.setflags(write=False)
    return Dataset(info, *splits)


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
