"""A data set in MNIST's format, small enough to be broken in every way: 62 images of 4 × 5 pixels, 3 classes."""

import gzip
import hashlib
import math
from pathlib import Path

import numpy as np

from mlp.datasets import DatasetInfo
from mlp.datasets.idx import IdxFile

MIRROR = "http://mirror.invalid/tiny/"
SHAPES = {
    "train-images-idx3-ubyte": (50, 4, 5),
    "train-labels-idx1-ubyte": (50,),
    "t10k-images-idx3-ubyte": (12, 4, 5),
    "t10k-labels-idx1-ubyte": (12,),
}
NAMES = tuple(SHAPES)


def arrays() -> dict[str, np.ndarray]:
    """The contents, by file name: random pixels, so that gzip cannot shrink them to nothing."""
    rng = np.random.default_rng(7)
    return {
        name: rng.integers(256 if len(shape) == 3 else 3, size=shape, dtype=np.uint8) for name, shape in SHAPES.items()
    }


def plain_files() -> dict[str, bytes]:
    """The plain IDX files, by name."""
    return {name: idx(array) for name, array in arrays().items()}


def packed_files() -> dict[str, bytes]:
    """The gzip files, by the name of the plain one."""
    return {name: gzip.compress(content, mtime=0) for name, content in plain_files().items()}


def idx(array: np.ndarray) -> bytes:
    """The array as an IDX file, spelled out as in the format's description."""
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()


def tiny_info() -> DatasetInfo:
    """The catalog's row for it."""
    plain, packed = plain_files(), packed_files()
    return DatasetInfo(
        name="tiny",
        label="Tiny",
        description="For tests.",
        source="tests/tiny_dataset.py",
        license="none needed",
        class_names=("A", "B", "C"),
        train=40,
        validation=10,
        test=12,
        image_shape=(4, 5),
        scale=1 / 255,
        files=tuple(
            IdxFile(
                name,
                shape,
                sha256=hashlib.sha256(plain[name]).hexdigest(),
                packed_size=len(packed[name]),
            )
            for name, shape in SHAPES.items()
        ),
        mirrors=(MIRROR,),
        torchvision="Tiny",
    )


def write(folder: Path, files: dict[str, bytes], suffix: str = "") -> None:
    """Write files into a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}{suffix}").write_bytes(content)


def pixels(name: str) -> np.ndarray:
    """One file's images as a data set has them: [n, inputs]."""
    array = arrays()[name]
    return array.reshape(len(array), math.prod(array.shape[1:]))
