"""Loading a data set means opening its files, or generating its points, and dividing them into the three splits."""

import functools

from mlp.datasets.catalogue import dataset_info
from mlp.datasets.dataset import Dataset, DatasetInfo, Split
from mlp.datasets.errors import DamagedFile
from mlp.datasets.idx import open_idx
from mlp.datasets.places import ready
from mlp.datasets.points import SHAPES, make_points
from mlp.datasets.recipes import Recipe


@functools.lru_cache(maxsize=64)  # the number of recipes is unlimited
def load_dataset(name: str) -> Dataset:
    """Return the data set of that name; each process loads it once.

    The last examples of the training file are the validation set: 10,000 for MNIST, as usual.
    Raises DatasetError for an unknown name, for files that are missing or damaged, and for a disk that is full.
    """
    info = dataset_info(name)
    if "?" in name:
        return Dataset(info, *_cooked(name))
    examples, test = _drawn(info) if name in SHAPES else _opened(info)
    train = examples.rows(0, info.train)
    return Dataset(info, train, examples.rows(info.train, info.train + info.validation), test)


def _cooked(name: str) -> tuple[Split, Split, Split]:
    piles = Recipe.read(name).draw()
    for array in (array for pile in piles for array in pile):
        array.setflags(write=False)
    return piles


def _opened(info: DatasetInfo) -> tuple[Split, Split]:
    """Map the four files; return the training and the test examples."""
    paths = [ready(info, file) for file in info.files]
    arrays = [open_idx(path, file) for path, file in zip(paths, info.files, strict=True)]
    for path, labels in zip(paths[1::2], arrays[1::2], strict=True):
        if (largest := labels.max()) >= info.classes:
            raise DamagedFile(
                f"{path} has the label {largest}, but the labels of {info.label} are 0 to {info.classes - 1}. "
                "Remove it and get the data set again."
            )
    train_images, train_labels, test_images, test_labels = arrays
    return (
        Split(train_images.reshape(len(train_images), -1), train_labels),
        Split(test_images.reshape(len(test_images), -1), test_labels),
    )


def _drawn(info: DatasetInfo) -> tuple[Split, Split]:
    """Draw all points at once; return those for training and validation, and those for the test set."""
    learned = info.train + info.validation
    points = make_points(info.name, learned + info.test)
    for array in points:
        array.setflags(write=False)
    return points.rows(0, learned), points.rows(learned, learned + info.test)
