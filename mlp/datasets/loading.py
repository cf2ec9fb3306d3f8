"""Loading a data set means opening its files, or generating its points, and dividing them into the three splits."""

import functools

from mlp.datasets.catalogue import dataset_info
from mlp.datasets.dataset import Dataset, DatasetInfo, Split
from mlp.datasets.errors import DamagedFile
from mlp.datasets.idx import open_idx
from mlp.datasets.places import ready
from mlp.datasets.points import make_points
from mlp.datasets.recipes import Recipe


@functools.lru_cache(maxsize=64)  # the number of recipes is unlimited
def load_dataset(name: str) -> Dataset:
    """Return the data set of that name; each process loads it once.

    The last examples of the training file are the validation set: 10,000 for MNIST, as usual.
    Raises DatasetError for an unknown name, for files that are missing or damaged, and for a disk that is full.
    """
    info = dataset_info(name)
    if "?" in name:
        splits = Recipe.read(name).draw()
    else:
        examples, test = _opened(info) if info.files else _drawn(info)
        validation = examples.rows(info.train, info.train + info.validation)
        splits = examples.rows(0, info.train), validation, test
    for array in (array for split in splits for array in split):
        array.setflags(write=False)
    return Dataset(info, *splits)


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
    return points.rows(0, learned), points.rows(learned, learned + info.test)
