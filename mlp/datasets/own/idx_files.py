"""IDX files of any shape are read, under all the names in which MNIST and its relatives are spread."""

import math
import re
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.idx import PACKED, UNSIGNED_BYTES, IdxFile, open_idx
from mlp.datasets.own.archives import Archive, Member, damaged, opened, read, unpack
from mlp.datasets.own.examples import TEST, TRAIN, VALIDATION
from mlp.datasets.own.image_source import IDX, ImageSource
from mlp.datasets.own.parts import Joined, SplitArrays, answers
from mlp.datasets.own.pictures import check_pixels, fit

IMAGES, LABELS = "images", "labels"
SPLIT_NAMES = {"train": TRAIN, "valid": VALIDATION, "val": VALIDATION, "t10k": TEST, "test": TEST}
TRANSPOSED = "emnist"  # how the names of files begin whose rows and columns have changed places
WHAT = re.compile(r"(image|label)s?")
SPLIT = re.compile("|".join(SPLIT_NAMES))
IDX_NAME = re.compile(r"idx|ubyte|(image|label)s?(\.gz)?$")
OTHERS = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".json", ".npy", ".npz")  # endings of files that are no IDX
LARGEST = 8_000_000_000  # bytes of one file
LARGEST_RATIO = 1100  # unpacked to packed: gzip can't do more
LARGEST_MAPPING = 100_000  # bytes

Name = tuple[str, int | None, str]  # data set, such as "emnist-letters"; split; images or labels


def idx_members(archive: Archive) -> dict[Name, Member]:
    """Return the IDX files by what their names say; of several copies, a plain one."""
    found: dict[Name, Member] = {}
    for member in sorted(archive.members, key=lambda member: member.name.endswith(PACKED)):
        name = _name(member.base.lower())
        if name:
            found.setdefault(name, member)
    return found


def open_idx_images(archive: Archive, scratch: Path) -> ImageSource:
    """Return the images of an archive's IDX files; gzipped ones are unpacked into the folder `scratch`.

    Raises DatasetError if files are missing or of several data sets, DamagedFile if one holds something else.
    """
    members = idx_members(archive)
    sets = sorted({name for name, _, _ in members})
    if len(sets) > 1:
        listed = ", ".join(name or "without a name" for name in sets)
        raise DatasetError(f"{archive.name} holds files of {len(sets)} data sets: {listed}. Choose the files of one.")
    parts = []
    for split in (None, TRAIN, VALIDATION, TEST):
        images, labels = (members.get((sets[0], split, what)) for what in (IMAGES, LABELS))
        if images and labels:
            parts.append(_part(split, images, labels, scratch))
        elif there := images or labels:
            raise DatasetError(
                f"{there} is there, but not the file with its {LABELS if images else IMAGES}. Choose both."
            )
    shapes = {part.inputs.shape[1:] for part in parts}
    if len(shapes) > 1:
        listed = " and ".join(_times(shape) for shape in sorted(shapes))
        raise DatasetError(f"The images are of different sizes: {listed}. Choose the files of one data set.")
    (shape,) = shapes
    check_pixels(shape)
    rows, found = Joined(parts), answers(parts)
    return ImageSource(
        kind=IDX,
        labels=found.labels,
        class_names=_class_names(archive, sets[0], found.class_names),
        split=found.split,
        image=lambda index, size: fit(Image.fromarray(rows[index]), size),
        shape=(shape[0], shape[1]),
        task=found.task,
        notes=found.notes,
        transposed=sets[0].startswith(TRANSPOSED),
    )


def _name(base: str) -> Name | None:
    """Return what a file's name says, or None if it is not that of an IDX file."""
    what = WHAT.search(base)
    if not what or not IDX_NAME.search(base) or base.removesuffix(PACKED).endswith(OTHERS):
        return None
    split = SPLIT.search(base)
    data_set = base[: min(split.start() if split else what.start(), what.start())].strip("-_. ")
    return data_set, SPLIT_NAMES[split[0]] if split else None, IMAGES if what[1] == "image" else LABELS


def _part(split: int | None, images: Member, labels: Member, scratch: Path) -> SplitArrays:
    pixels, answers = _array(images, 3, scratch), _array(labels, 1, scratch)
    if len(pixels) != len(answers):
        raise DamagedFile(
            f"{images} holds {len(pixels):,} images, but {labels} {len(answers):,} labels. "
            "Choose two files that belong together."
        )
    return SplitArrays(split, pixels, answers)


def _array(member: Member, dimensions: int, scratch: Path) -> np.ndarray:
    """Return the array of one file, memory-mapped, after its header was held against the file's real size."""
    length = 4 + 4 * dimensions
    with damaged(member), opened(member) as source:
        header = source.read(length)
    if header[:3] != UNSIGNED_BYTES or len(header) < length or header[3] != dimensions:
        kind = "images" if dimensions == 3 else "labels"
        raise DamagedFile(f"{member} is not an IDX file of {kind} in bytes. Choose one, or convert it.")
    file = IdxFile(member.name, struct.unpack_from(f">{dimensions}I", header, 4), sha256="")
    packed = member.name.endswith(PACKED)
    if 0 in file.shape:
        raise DamagedFile(f"{member} is empty: it holds {_times(file.shape)} bytes.")
    if file.size > (LARGEST_RATIO * member.size if packed else member.size) or file.size > LARGEST:
        raise DamagedFile(
            f"{member} claims to hold {_times(file.shape)} bytes, {math.prod(file.shape) / 1e6:,.0f} MB, but the "
            f"file has {member.size:,} bytes. Copy or download it again."
        )
    path = unpack(member, scratch, file.size)
    size = path.stat().st_size
    if size != file.size:
        raise DamagedFile(
            f"{member} must have {file.size:,} bytes, as its header says, but has {size:,}. Copy or download it again."
        )
    return open_idx(path, file)


def _class_names(archive: Archive, data_set: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the label of each class, or the characters that EMNIST's mapping file gives for it.

    A line of that file is a label, and the codes of its characters: "10 65", or "1 65 97".
    """
    names = dict(zip(labels, labels, strict=True))
    for member in archive.members:
        if data_set and member.base.lower() == f"{data_set}-mapping.txt":
            for line in read(member, LARGEST_MAPPING).decode("ascii", "replace").splitlines():
                label, *codes = line.split() or [""]
                if label in names and codes and all(code.isdigit() and 32 < int(code) < 127 for code in codes):
                    names[label] = chr(int(codes[0]))
    return tuple(names.values())


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{length:,}" for length in shape)
