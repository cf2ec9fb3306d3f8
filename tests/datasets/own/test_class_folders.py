"""Folders of pictures name classes and splits, however they are packed."""

import pytest

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.class_folders import class_folders


@pytest.mark.parametrize(
    ("names", "classes", "labels", "split"),
    [
        (["cats/1.png", "dogs/1.png"], ("cats", "dogs"), [0, 1], None),
        (["pets/cats/1.png", "pets/dogs/1.png"], ("cats", "dogs"), [0, 1], None),
        (["a/b/pets/cats/1.png", "a/b/pets/dogs/1.png"], ("cats", "dogs"), [0, 1], None),
        (["pets/cover.png", "pets/cats/1.png", "pets/dogs/1.png"], ("cats", "dogs"), [0, 1], None),
        (["cats/persian/1.png", "cats/2.png", "dogs/1.png"], ("cats", "dogs"), [0, 0, 1], None),
        (["train/cats/1.png", "train/dogs/1.png"], ("cats", "dogs"), [0, 1], None),
        (["train/a/1.png", "val/a/1.png", "test/b/1.png"], ("a", "b"), [0, 0, 1], [0, 1, 2]),
        (["x/Training/a/1.png", "x/Testing/b/1.png"], ("a", "b"), [0, 1], [0, 2]),
        (["train/a/1.png", "train/b/1.png", "test/1.png"], ("a", "b"), [0, 1], [0, 0]),
        (["Training Set/a/1.png", "test_set/b/1.png", "dev-set/b/1.png"], ("a", "b"), [0, 1, 1], [0, 2, 1]),
        (["train/a/1.png", "val/b/1.png", "unlabeled/1.png", "old/c/1.png"], ("a", "b"), [0, 1], [0, 1]),
        (["train/1.png", "test/1.png", "car/1.png"], ("car", "test", "train"), [2, 1, 0], None),
        (["train/1.png", "bus/1.png", "car/1.png"], ("bus", "car", "train"), [2, 0, 1], None),
        ([f"{digit}/1.png" for digit in range(11)], tuple(map(str, range(11))), list(range(11)), None),
        (["<b>x/1.png", "é & y/1.png"], ("<b>x", "é & y"), [0, 1], None),
    ],
)
def test_folders_name_classes_and_splits(
    names: list[str], classes: tuple[str, ...], labels: list[int], split: list[int] | None
) -> None:
    found = class_folders(names, [])
    assert found.class_names == classes
    assert found.labels.tolist() == labels
    assert (None if found.split is None else found.split.tolist()) == split


def test_empty_folders_and_pictures_outside_are_named() -> None:
    found = class_folders(
        ["pets/cover.png", "pets/cats/1.png", "pets/dogs/1.png"], ["pets", "pets/cats", "pets/dogs", "pets/fish"]
    )
    assert found.chosen == (1, 2)
    assert found.notes == ("No images in 1 folder: 'fish'.", "1 image left out: not in the folder of a class.")


def test_pictures_beside_the_splits_are_named() -> None:
    names = ["d/train/a/1.png", "d/train/2.png", "d/test/b/1.png", "d/docs/logo.png", "d/docs/x/2.png"]
    found = class_folders(names, ["d/docs/x", "d/train/a", "d/train/c"])
    assert found.chosen == (0, 2)
    assert found.notes == (
        "No images in 1 folder: 'c'.",
        "2 images left out: beside the folders for training and testing, in 'docs'.",
        "1 image left out: not in the folder of a class.",
    )


@pytest.mark.parametrize(
    ("names", "folders", "sentence"),
    [
        (["1.png", "2.png"], [], "of 2 images, none is in the folder of a class"),
        (["train/1.png", "test/1.png"], [], "of 2 images, none is in the folder of a class"),
        (["cats/1.png"], [], "of 1 image, all are of one class, 'cats'"),
        (["pets/cats/1.png"], ["pets/cats", "pets/dogs"], "No images in 1 folder: 'dogs'"),
        ([f"{name}/1.png" for name in range(5000)], [], "There are 5,000 classes; at most 100"),
    ],
)
def test_too_few_or_too_many_classes_are_refused_with_what_to_do(
    names: list[str], folders: list[str], sentence: str
) -> None:
    with pytest.raises(DatasetError, match=sentence) as refused:
        class_folders(names, folders)
    assert "Put the images of each class into a folder" in str(refused.value)
