"""The folder of a picture names its class, and a folder above that called train, val or test its split."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.examples import MOST_CLASSES, TRAIN, split_of
from mlp.datasets.own.spelling import advice_to_merge, different
from mlp.text import counted, quoted

MOST_LISTED = 10  # names in a message
ADVICE = "Put the images of each class into a folder of its name, such as cats/1.jpg and dogs/1.jpg."


@dataclass(frozen=True)
class ClassFolders:
    """Which pictures are examples, and of what."""

    chosen: tuple[int, ...]  # positions of the pictures that lie in a class's folder
    labels: np.ndarray  # [chosen] positions in class_names
    class_names: tuple[str, ...]
    split: np.ndarray | None  # [chosen] int8, if folders name it
    notes: tuple[str, ...]


def class_folders(pictures: Sequence[str], folders: Sequence[str]) -> ClassFolders:
    """Read classes and splits from the paths of pictures; `folders` are the paths of all folders, also of empty ones.

    Folders around everything are passed over, and folders within a class belong to it.
    Raises DatasetError if there are fewer than 2 classes, or too many.

    >>> found = class_folders(["pets/train/cats/1.jpg", "pets/train/dogs/1.jpg", "pets/test/cats/2.jpg"], [])
    >>> found.class_names, found.labels.tolist(), found.split.tolist()
    (('cats', 'dogs'), [0, 1, 0], [0, 0, 2])
    """
    paths = [name.split("/")[:-1] for name in pictures]
    around = _depth_around(paths)
    inside = [path[around:] for path in paths]
    splits = {path[0]: split_of(path[0]) for path in inside if path}
    divided = _divide(splits, {path[0] for path in inside if len(path) > 1})
    level = 1 if divided else 0
    beside = {first for first, split in splits.items() if divided and split is None}
    chosen = tuple(index for index, path in enumerate(inside) if len(path) > level and path[0] not in beside)
    names = [inside[index][level] for index in chosen]
    class_names = tuple(sorted(set(names), key=_natural))
    notes = []
    inside_folders = [folder.split("/")[around:] for folder in folders]
    empty = {path[level] for path in inside_folders if len(path) > level and path[0] not in beside} - set(class_names)
    if empty:
        listed = ", ".join(quoted(name) for name in sorted(empty, key=_natural)[:MOST_LISTED])
        notes.append(f"No images in {counted(len(empty), 'folder')}: {listed}.")
    aside = sum(path[0] in beside for path in inside if path)
    if aside:
        listed = ", ".join(map(quoted, sorted(beside, key=_natural)[:MOST_LISTED]))
        notes.append(f"{counted(aside, 'image')} left out: beside the folders for training and testing, in {listed}.")
    if class_names and (outside := len(pictures) - len(chosen) - aside):
        notes.append(f"{counted(outside, 'image')} left out: not in the folder of a class.")
    if len(class_names) < 2:
        found = f"all are of one class, {quoted(class_names[0])}" if class_names else "none is in the folder of a class"
        raise DatasetError(
            " ".join([f"At least 2 classes are needed; of {counted(len(pictures), 'image')}, {found}.", *notes, ADVICE])
        )
    check_count(different(class_names), ADVICE)
    position = {name: index for index, name in enumerate(class_names)}
    labels = np.array([position[name] for name in names], np.min_scalar_type(len(class_names) - 1))
    split = np.array([splits[inside[index][0]] for index in chosen], np.int8) if divided else None
    return ClassFolders(chosen, labels, class_names, split, tuple(notes))


def _divide(splits: Mapping[str, int | None], with_folders: Collection[str]) -> bool:
    """Return whether folders divide pictures: all are named after splits, or some that have folders for classes are."""
    named = {split for folder, split in splits.items() if split is not None and folder in with_folders}
    return bool(splits) and (None not in splits.values() or (TRAIN in named and len(named) > 1))


def check_count(classes: int, advice: str) -> None:
    """Raise DatasetError, with advice, if there are more classes than a network here can tell apart."""
    if classes > MOST_CLASSES:
        raise DatasetError(f"There are {classes:,} classes; at most {MOST_CLASSES} are possible. {advice}")


def classes_problem(names: Sequence[str], merge: bool) -> str:
    """Return why the classes of images can't be learned as long as they do not `merge`; "" if they can."""
    advice = "" if merge else advice_to_merge(len(names), different(names))
    return advice and f"There are {len(names):,} classes; at most {MOST_CLASSES} are possible. {advice}"


def _depth_around(paths: Sequence[Sequence[str]]) -> int:
    """How many folders lie around everything: those with several folders in them, or with nothing but one folder."""
    around = 0
    while True:
        deeper = [path for path in paths if len(path) > around]
        firsts = Counter(path[around] for path in deeper)
        seconds = {path[around + 1] for path in deeper if len(path) > around + 1}
        if len(firsts) != 1 or not seconds or (len(seconds) < 2 and any(len(path) == around + 1 for path in deeper)):
            return around
        around += 1


def _natural(name: str) -> list[tuple[int, str]]:
    """A key for sorting in which class 10 comes after class 9."""
    parts = re.split(r"([0-9]+)", name)
    numbers = [(len(part.lstrip("0")), part.lstrip("0")) if part[:1].isdigit() else (0, part) for part in parts]
    return [*numbers, (0, name)]  # 7 and 07 always in the same order
