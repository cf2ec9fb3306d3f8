"""NumPy's arrays, in an .npz or in .npy files, are images with labels or a table with a target."""

import math
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib import format as npy
from PIL import Image

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.own.archives import Archive, Member, damaged, unpack
from mlp.datasets.own.examples import SPLIT_NAMES, TEST, TRAIN, VALIDATION
from mlp.datasets.own.image_source import ARRAYS, ImageSource
from mlp.datasets.own.parts import Joined, SplitArrays, answers
from mlp.datasets.own.pictures import check_pixels, fit, gray
from mlp.datasets.own.pixels import Range, as_bytes, lowest_and_highest, notes_on_range, pixel_range, unusual

NPY = ".npy"
# What NumPy raises for broken files.
NO_ARRAY = (ValueError, TypeError, OverflowError, SyntaxError, RecursionError, tokenize.TokenError)
LARGEST = 8_000_000_000  # bytes of one array
CHANNELS = (1, 3, 4)  # of gray, color, and color with transparency
LONGEST_TEXT = 1024  # bytes of a label, 4 for each character
MOST_LISTED = 10
LEAST_SIDE = 4  # pixels of a square image in a flat row,
LEAST_SIDE_TO_1 = 8  # and if they are from 0 to 1, as columns of a table often are
AT_A_TIME = 1 << 23  # numbers
INPUT_NAMES = ("image", "pixel", "x", "input", "data", "feature", "img", "arr0")  # those that win come first
LABEL_NAMES = ("label", "y", "target", "class", "answer", "arr1")
SPLIT = re.compile("|".join(sorted(SPLIT_NAMES, key=len, reverse=True)))
PLURAL = re.compile("(?<=ss)es$|(?<!s)s$")
Role = tuple[str, int | None]  # what an array's name says that it is, such as "x" or "label"; its split
ADVICE = "Save them as np.savez('data.npz', X=inputs, y=labels), or with Keras' names x_train, y_train, x_test, y_test."


def array_parts(archive: Archive, scratch: Path) -> list[SplitArrays]:
    """Return an archive's arrays by split, recognized by their names; what is packed is unpacked into `scratch`.

    Raises DatasetError if they are no inputs with labels, DamagedFile if a file is broken.
    """
    members = [member for member in archive.members if member.name.endswith(NPY)]
    found = {_role(member.name): member for member in members}
    parts = []
    for split in (None, TRAIN, VALIDATION, TEST):
        inputs, labels = (_first(roles, split, found) for roles in (INPUT_NAMES, LABEL_NAMES))
        if inputs and labels:
            parts.append(_part(split, inputs, labels, archive.name, scratch))
        elif (there := inputs or labels) and split is not None:
            raise DatasetError(
                f"{there} is there, but not its {'labels' if inputs else 'inputs'}. Save both, or neither."
            )
    if not parts:
        listed = ", ".join(str(member).removesuffix(NPY) for member in members[:MOST_LISTED])
        raise DatasetError(f"{archive.name} has the arrays {listed}: no inputs with labels among them. {ADVICE}")
    shapes = {part.inputs.shape[1:] for part in parts}
    if len(shapes) > 1:
        raise DatasetError(
            f"Examples have different shapes: {' and '.join(map(str, sorted(shapes)))}. Save them alike."
        )
    return parts


def _part(split: int | None, inputs: Member, labels: Member, archive: str, scratch: Path) -> SplitArrays:
    x, y = (open_array(member, archive, scratch) for member in (inputs, labels))
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise DatasetError(
            f"{inputs} has the shape {x.shape} and {labels} {y.shape}; their first lengths, the number of "
            "examples, must be the same."
        )
    return SplitArrays(split, x, y)


def open_array(member: Member, archive: str, scratch: Path) -> np.ndarray:
    """Return one array, memory-mapped and read-only, after its header was held against the file's real size.

    Raises DatasetError for an array of Python objects, which could run code, DamagedFile for a broken file.
    """
    try:
        with damaged(member), member.open() as source:
            version = npy.read_magic(source)
            reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, kind = reader(source)
            start = source.tell()
    except NO_ARRAY as error:
        raise DamagedFile(f"{member} is not a NumPy array, or it is damaged. Save it again with np.save.") from error
    if kind.hasobject:
        raise DatasetError(
            f"{member} in {archive} holds Python objects, which could run code when they are loaded. "
            "Save numbers or text: array.astype(float) or array.astype(str)."
        )
    if kind.kind not in "biufSU" or kind.itemsize > LONGEST_TEXT:
        raise DatasetError(f"{member} is of type {kind}; it must hold numbers or, as labels, short text.")
    size = math.prod(shape) * kind.itemsize
    if min(shape, default=1) < 0 or kind.itemsize == 0 or size > LARGEST or size + start != member.size:
        raise DamagedFile(
            f"{member} claims to hold {size:,} bytes, but the file has {member.size - start:,}; at most "
            f"{LARGEST / 1e9:g} GB are read. Save it again."
        )
    if size == 0:
        raise DatasetError(f"{member} is empty: its shape is {shape}.")
    try:
        return np.load(unpack(member, scratch, member.size), mmap_mode="r", allow_pickle=False)
    except NO_ARRAY as error:
        raise DamagedFile(f"{member} is not a NumPy array, or it is damaged. Save it again with np.save.") from error


def is_images(parts: list[SplitArrays]) -> bool:
    """Whether inputs are images, or rows as long as a square image is and with the values of pixels."""
    inputs = parts[0].inputs
    if inputs.ndim > 2:
        return True
    side = round(inputs.shape[-1] ** 0.5)
    if inputs.ndim < 2 or side < LEAST_SIDE or side * side != inputs.shape[1] or inputs.dtype.kind not in "biuf":
        return False
    low, high = lowest_and_highest(blocks(inputs))
    if low == 0 and high == 1:
        return side >= LEAST_SIDE_TO_1
    return low == 0 and (inputs.dtype == np.uint8 or high == 255)


def open_array_images(parts: list[SplitArrays]) -> ImageSource:
    """Return the parts as images. Raises DatasetError if their inputs are none."""
    found = answers(parts)
    inputs = parts[0].inputs
    if inputs.dtype.kind not in "biuf":
        raise DatasetError(f"Inputs are of type {inputs.dtype}; pixels must be numbers.")
    layout = Layout.of(inputs.shape)
    known = pixel_range(*lowest_and_highest(block for part in parts for block in blocks(part.inputs)))
    rows = Joined(parts)
    return ImageSource(
        kind=ARRAYS,
        labels=found.labels,
        class_names=found.class_names,
        split=found.split,
        image=lambda index, size: layout.image(rows[index], known, size),
        shape=(layout.height, layout.width),
        task=found.task,
        notes=notes_on_range(known) + found.notes,
        pixel_range=unusual(known),
    )


class Layout(NamedTuple):
    """How an image lies in one example of an array."""

    shape: tuple[int, ...]  # rows, columns and perhaps channels; or channels, rows, columns, as in PyTorch
    height: int
    width: int

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> "Layout":
        """Return that of an array of this shape. Raises DatasetError if it has no images."""
        example = shape[1:]
        if len(example) == 1 and math.isqrt(example[0]) ** 2 == example[0]:
            example = (math.isqrt(example[0]),) * 2
        first = len(example) == 3 and example[-1] not in CHANNELS and example[0] in CHANNELS
        if len(example) not in (2, 3) or (len(example) == 3 and not first and example[-1] not in CHANNELS):
            raise DatasetError(
                f"Inputs have the shape {shape}; images must be [examples, rows, columns], "
                "or that with 1, 3 or 4 channels."
            )
        check_pixels(example)
        return cls(example, *(example[1:] if first else example[:2]))

    def image(self, example: np.ndarray, known: Range, size: tuple[int, int]) -> np.ndarray:
        """Return an example, whose numbers for black and white are known, as a gray image: uint8 of that size."""
        pixels: np.ndarray = as_bytes(example, known).reshape(self.shape)
        if pixels.size == self.height * self.width:
            pixels = pixels.reshape(self.height, self.width)
        elif self.shape[:2] != (self.height, self.width):
            pixels = np.moveaxis(pixels, 0, -1)
        return fit(gray(Image.fromarray(pixels)), size)


def _role(name: str) -> Role:
    """Return what a name means without its split, and the split, which its folder may say too.

    >>> _role("train_images.npy"), _role("Y.npy"), _role("test/y.npy")
    (('image', 0), ('y', None), ('y', 2))
    """
    folder, _, base = name.removesuffix(NPY).lower().rpartition("/")
    plain = re.sub(r"[^a-z0-9]", "", base)
    named = SPLIT.search(plain)
    role = plain.replace(named[0], "", 1) if named else plain
    return PLURAL.sub("", role), SPLIT_NAMES.get(named[0] if named else folder.rpartition("/")[2])


def _first(roles: tuple[str, ...], split: int | None, found: Mapping[Role, Member]) -> Member | None:
    """Return the first array of a split that has one of the roles."""
    return next((found[role, split] for role in roles if (role, split) in found), None)


def blocks(inputs: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the examples in blocks, so that not all need be in memory."""
    rows = max(1, AT_A_TIME * len(inputs) // inputs.size)
    for start in range(0, len(inputs), rows):
        yield inputs[start : start + rows]
