"""NumPy's arrays, in an .npz or in .npy files, are images with labels or a table with a target."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from PIL import Image

from mlp.datasets.dataset import CLASSIFICATION, REGRESSION
from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.own.archives import Archive, Member, damaged, unpack
from mlp.datasets.own.class_folders import check_count
from mlp.datasets.own.examples import SPLIT_NAMES, TEST, TRAIN, VALIDATION
from mlp.datasets.own.image_source import ARRAYS, ImageSource
from mlp.datasets.own.pictures import fit, gray
from mlp.text import quoted

NPY = ".npy"
LARGEST = 8_000_000_000  # bytes of one array
CHANNELS = (1, 3, 4)  # of gray, color, and color with transparency
LEAST_SIDE = 4  # pixels of a square image in a flat row
AT_A_TIME = 1 << 23  # numbers
INPUT_NAMES = ("image", "pixel", "x", "input", "data", "feature", "img", "arr0")  # those that win come first
LABEL_NAMES = ("label", "y", "target", "class", "classe", "answer", "arr1")
SPLIT = re.compile("|".join(sorted(SPLIT_NAMES, key=len, reverse=True)))
ADVICE = "Save them as np.savez('data.npz', X=inputs, y=labels), or with Keras' names x_train, y_train, x_test, y_test."


@dataclass(frozen=True)
class Part:
    """The inputs and labels of one split, memory-mapped."""

    split: int | None
    inputs: np.ndarray  # [n, ...]
    labels: np.ndarray  # [n], or one-hot [n, classes]


@dataclass(frozen=True)
class Answers:
    """Labels of all parts, as a data set keeps them."""

    labels: np.ndarray  # [n] positions in class_names, or float32
    class_names: tuple[str, ...]
    task: str
    split: np.ndarray | None  # [n]


def array_parts(archive: Archive, scratch: Path) -> list[Part]:
    """Return an archive's arrays by split, recognized by their names; what is packed is unpacked into `scratch`.

    Raises DatasetError if they are no inputs with labels, DamagedFile if a file is broken.
    """
    members = {member.base.removesuffix(NPY): member for member in archive.members if member.name.endswith(NPY)}
    named = {name: _role(name) for name in members}
    parts = []
    for split in (None, TRAIN, VALIDATION, TEST):
        pair = [_first(names, split, named) for names in (INPUT_NAMES, LABEL_NAMES)]
        if None in pair:
            continue
        inputs, labels = (open_array(members[name], archive.name, scratch) for name in pair if name)
        if inputs.ndim == 0 or labels.ndim == 0 or len(inputs) != len(labels) or inputs.size == 0:
            raise DatasetError(
                f"{pair[0]} has the shape {inputs.shape} and {pair[1]} {labels.shape}: their first lengths, the number "
                "of examples, must be the same and above 0."
            )
        parts.append(Part(split, inputs, labels))
    if not parts:
        listed = ", ".join(map(quoted, list(members)[:10]))
        raise DatasetError(f"{archive.name} has the arrays {listed}: no inputs with labels among them. {ADVICE}")
    shapes = {part.inputs.shape[1:] for part in parts}
    if len(shapes) > 1:
        raise DatasetError(
            f"Examples have different shapes: {' and '.join(map(str, sorted(shapes)))}. Save them alike."
        )
    return parts


def open_array(member: Member, archive: str, scratch: Path) -> np.ndarray:
    """Return one array, memory-mapped and read-only, after its header was held against the file's real size.

    Raises DatasetError for objects, which could run code, and for text where it is too long; DamagedFile if broken.
    """
    try:
        with damaged(member.name), member.open() as source:
            version = npy.read_magic(source)
            reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, _, kind = reader(source)
            start = source.tell()
    except ValueError as error:
        raise DamagedFile(f"{member.name} is not a NumPy array ({error}). Save it again with np.save.") from error
    if kind.hasobject:
        raise DatasetError(
            f"{member.name} in {archive} holds Python objects, which could run code when they are loaded. "
            "Save numbers or text: array.astype(float) or array.astype(str)."
        )
    count = 1
    for length in shape:
        count *= length
    size = count * kind.itemsize
    if size > LARGEST or size + start != member.size:
        raise DamagedFile(
            f"{member.name} claims to hold {size:,} bytes, but the file has {member.size - start:,}; at most "
            f"{LARGEST / 1e9:g} GB are read. Save it again."
        )
    if kind.kind not in "biufSU":
        raise DatasetError(f"{member.name} is of type {kind}; it must hold numbers or, as labels, text.")
    return np.load(unpack(member, scratch, member.size), mmap_mode="r", allow_pickle=False)


def answers(parts: list[Part]) -> Answers:
    """Return what the parts' labels mean: whole numbers, words and one-hot rows are classes; other numbers, a target.

    Raises DatasetError for labels that are neither.
    """
    values = np.concatenate([_flat(part.labels) for part in parts])
    divided = any(part.split is not None for part in parts)
    split = np.concatenate([np.full(len(part.labels), part.split or TRAIN, np.int8) for part in parts])
    missing = np.zeros(len(values), bool)
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        if np.isinf(values).any():
            raise DatasetError("Labels are infinite in places. Replace or leave out those examples.")
        if (values != np.rint(values))[~missing].any():
            return Answers(values.astype(np.float32), ("target",), REGRESSION, split if divided else None)
        values = np.where(missing, 0, values).astype(np.int64)
    known = np.unique(values[~missing])
    if len(known) < 2:
        raise DatasetError("All labels are the same, so there is nothing to learn. Add examples of another class.")
    check_count(len(known))
    classes = np.where(missing, -1, np.searchsorted(known, values)).astype(np.int16)
    return Answers(classes, tuple(map(str, known)), CLASSIFICATION, split if divided else None)


def is_images(parts: list[Part]) -> bool:
    """Whether inputs are images, or rows as long as a square image is and with the values of pixels."""
    inputs = parts[0].inputs
    if inputs.ndim > 2:
        return True
    side = round(inputs.shape[-1] ** 0.5)
    if inputs.ndim < 2 or side < LEAST_SIDE or side * side != inputs.shape[1] or inputs.dtype.kind not in "biuf":
        return False
    low, high = _range(inputs)
    return low == 0 and (inputs.dtype == np.uint8 or high in (1, 255))


def open_array_images(parts: list[Part]) -> ImageSource:
    """Return the parts as images. Raises DatasetError if their inputs are none."""
    found = answers(parts)
    inputs = parts[0].inputs
    if inputs.dtype.kind not in "biuf":
        raise DatasetError(f"Inputs are of type {inputs.dtype}; pixels must be numbers.")
    shape = inputs.shape[1:]
    if len(shape) == 1:
        side = round(shape[0] ** 0.5)
        shape = (side, side)
    first = len(shape) == 3 and shape[2] not in CHANNELS and shape[0] in CHANNELS  # channels first, as PyTorch has them
    if len(shape) > 3 or (len(shape) == 3 and not first and shape[2] not in CHANNELS):
        raise DatasetError(
            f"Inputs have the shape {inputs.shape}; images must be [examples, rows, columns], "
            "or that with 1, 3 or 4 channels."
        )
    low, high, notes = _pixel_range([part.inputs for part in parts])
    ends = np.cumsum([len(part.inputs) for part in parts])

    def image(index: int, size: tuple[int, int]) -> np.ndarray:
        part = int(np.searchsorted(ends, index, "right"))
        pixels = parts[part].inputs[index - int(ends[part])].reshape(shape)
        pixels = _bytes(np.moveaxis(pixels, 0, -1) if first else pixels, low, high)
        if pixels.ndim == 3:
            pixels = np.asarray(gray(Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)))
        return fit(Image.fromarray(pixels), size)

    return ImageSource(
        kind=ARRAYS,
        labels=found.labels,
        class_names=found.class_names,
        split=found.split,
        image=image,
        shape=(shape[1], shape[2]) if first else (shape[0], shape[1]),
        task=found.task,
        notes=notes,
    )


def _role(name: str) -> tuple[str, int | None]:
    """Return what a name means without its split, and the split: "x" and TRAIN for "x_train".

    >>> _role("train_images"), _role("Y")
    (('image', 0), ('y', None))
    """
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    split = SPLIT.search(plain)
    rest = plain.replace(split[0], "", 1) if split else plain
    return rest.removesuffix("s"), SPLIT_NAMES[split[0]] if split else None


def _first(wanted: tuple[str, ...], split: int | None, named: dict[str, tuple[str, int | None]]) -> str | None:
    """Return the name of the first array of a split that is called as wanted."""
    return next((name for role in wanted for name, found in named.items() if found == (role, split)), None)


def _flat(labels: np.ndarray) -> np.ndarray:
    """Return labels [n]: those of one column, the position of the one in one-hot rows, bytes as text."""
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    if labels.ndim == 2 and labels.shape[1] == 1:
        return np.asarray(labels[:, 0])
    if labels.ndim == 2 and labels.dtype.kind in "biuf":
        check_count(labels.shape[1])
        ones = labels == 1
        if (ones.sum(axis=1) == 1).all() and (ones | (labels == 0)).all():
            return ones.argmax(axis=1)
    if labels.ndim != 1:
        raise DatasetError(
            f"Labels have the shape {labels.shape}; give one number or word for each example, "
            "or one-hot rows of 0 and 1."
        )
    return np.asarray(labels)


def _blocks(inputs: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the examples in blocks, so that not all need be in memory."""
    rows = max(1, AT_A_TIME * len(inputs) // inputs.size)
    for start in range(0, len(inputs), rows):
        yield inputs[start : start + rows]


def _range(inputs: np.ndarray) -> tuple[float, float]:
    blocks = [(float(block.min()), float(block.max())) for block in _blocks(inputs)]
    lows, highs = zip(*blocks, strict=True)
    return float(np.min(lows)), float(np.max(highs))  # NaN if there is any


def _pixel_range(inputs: list[np.ndarray]) -> tuple[float, float, tuple[str, ...]]:
    """Return which numbers are black and white, with a sentence if that is unusual."""
    lows, highs = zip(*map(_range, inputs), strict=True)
    low, high = float(np.min(lows)), float(np.max(highs))
    if not np.isfinite([low, high]).all():
        raise DatasetError("Pixels are NaN or infinite in places. Replace them, or leave out those images.")
    if low >= 0 and high <= 1:
        return 0, 1, ()
    if low >= 0 and 64 < high <= 255:
        return 0, 255, ()
    low = min(low, 0)
    return low, high, (f"Pixels from {low:g} to {high:g}: shown as black to white.",)


def _bytes(pixels: np.ndarray, low: float, high: float) -> np.ndarray:
    if pixels.dtype == np.uint8 and (low, high) == (0, 255):
        return pixels
    return np.rint((pixels.astype(np.float32) - low) * (255 / (high - low))).astype(np.uint8)
