"""Examples to predict come from files: a picture, an array, or rows of a table, as the network's data set has them."""

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlp.cli.arguments import UsageError
from mlp.datasets import Dataset
from mlp.datasets.drawing import in_range, on_paper, prepare
from mlp.datasets.own.archives import open_archive
from mlp.datasets.own.arrays import INPUT_NAMES, NPY, Layout, open_array
from mlp.datasets.own.pictures import arrange, fit, is_ink_on_paper, is_picture, read_gray, read_picture
from mlp.datasets.own.pixels import BYTES, DARK, SHARES, Range
from mlp.datasets.own.plan import Dialect, ImageOptions
from mlp.datasets.own.preview import preview_table
from mlp.datasets.own.stored import is_own
from mlp.datasets.own.table_arrays import names_of_columns, write_columns
from mlp.datasets.own.tables import TableReader
from mlp.datasets.own.targets import NAMES
from mlp.datasets.preprocessing import CategoryColumn, Column, NumberColumn, Preprocessing
from mlp.network.layers import Array
from mlp.text import counted, quoted

DRAWN_PIXELS = (280, 280)  # that a large photo of a drawing keeps at least
WHITE = 255
MOST_LISTED = 8  # names in a message
BEYOND = 0.1  # share of an unusual range by which pixels may be brighter or darker


def read_examples(path: Path, dataset: Dataset) -> Array:
    """Return the examples of a file as a data set has them: [n, inputs], or points [n, 2].

    Raises UsageError or DatasetError for a file that has none like those of the data set.
    """
    name = path.name.lower()
    if is_picture(name):
        return _picture(path, dataset)
    if name.endswith((NPY, ".npz")):
        return _array(path, dataset)
    if dataset.table:
        preprocessing = dataset.table.preprocessing
        return _Table.with_columns(path, [column.name for column in preprocessing.columns]).prepared(preprocessing)
    if dataset.info.features:
        return _in_range(path, _Table.with_columns(path, ["x", "y"]).numbers(["x", "y"]), dataset)
    table = _Table.of(path)
    names = table.inputs(dataset)
    if dataset.train.inputs.dtype == np.uint8:
        return _images(path, table.pixels(names), dataset)
    return _in_range(path, table.numbers(names), dataset)


def _picture(path: Path, dataset: Dataset) -> Array:
    """Return one picture. It goes through the recipe by which the data set's were made, or imported."""
    info = dataset.info
    if info.image_shape is None:
        raise UsageError(f"{path.name} is a picture, but the network's examples are not. Give it a table.")
    with open_archive(path) as archive:
        if info.turned is not None:
            size = ImageOptions.of(info.image_shape, info.turned).size_to_read
            return _turned(read_picture(archive.members[0], size)[None], dataset)
        picture = read_gray(archive.members[0], DRAWN_PIXELS)
    pixels = fit(picture, info.image_shape) if is_own(info.name) else np.asarray(picture)
    as_is = pixels.shape == info.image_shape
    if is_ink_on_paper(pixels[None]) and not (as_is and on_paper(dataset)):  # which an import turns into light, too
        pixels = WHITE - pixels
    return (in_range(pixels / WHITE, dataset) if as_is else prepare(pixels, dataset))[None]


def _turned(images: Array, dataset: Dataset) -> Array:
    """Return images [n, …] as they become examples [n, inputs]: turned as those of an imported data set were."""
    info = dataset.info
    if info.image_shape is None or not info.turned:
        return images.reshape(len(images), -1)
    options = ImageOptions.of(info.image_shape, info.turned)
    return arrange(images.reshape(-1, *options.size_to_read), options).reshape(len(images), -1)


def _array(path: Path, dataset: Dataset) -> Array:
    """Return the examples of an .npy file, or of the array in an .npz file that is alone or has a usual name."""
    with tempfile.TemporaryDirectory() as folder, open_archive(path) as archive:
        members = {member.base.removesuffix(NPY).lower(): member for member in archive.members}
        usual = [name for word in INPUT_NAMES for name in members if name.startswith(word)]
        if len(members) > 1 and not usual:
            listed = ", ".join(map(quoted, list(members)[:MOST_LISTED]))
            raise UsageError(f"{path.name} has the arrays {listed}. Call the one with the inputs x.")
        values = np.array(open_array(members[usual[0]] if usual else archive.members[0], path.name, Path(folder)))
    if values.dtype.kind not in "biuf" or values.ndim < 1:
        raise _wrong_array(path, values, dataset)
    if dataset.table:
        return _rows(path, values, dataset, dataset.table.preprocessing)
    if is_own(dataset.info.name):
        return _images(path, values, dataset)
    if values.size != len(values) * dataset.train.inputs.shape[1]:
        raise _wrong_array(path, values, dataset)
    return _in_range(path, values.reshape(len(values), -1), dataset)


def _wrong_array(path: Path, values: Array, dataset: Dataset) -> UsageError:
    columns = len(dataset.table.preprocessing.columns) if dataset.table else dataset.train.inputs.shape[1]
    return UsageError(
        f"{path.name} has {values.dtype} of shape {values.shape}; the network takes numbers of shape "
        f"(examples, {columns:,})."
    )


def _rows(path: Path, values: Array, dataset: Dataset, preprocessing: Preprocessing) -> Array:
    """Return rows of a table: of all columns that an imported array had, or of those that the network takes."""
    rows = values.reshape(len(values), -1)
    names = [column.name for column in preprocessing.columns]
    if set(names) <= set(names_of_columns(rows)):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path.name
            write_columns(rows, file)
            return _Table.with_columns(file, names).prepared(preprocessing)
    if rows.shape[1] != len(names):
        raise _wrong_array(path, values, dataset)
    return preprocessing.transform(rows.astype(np.float64))


def _images(path: Path, values: Array, dataset: Dataset) -> Array:
    """Return images as they become examples [n, inputs], by their pixels [n, …]: as an import makes them."""
    info = dataset.info
    if not is_own(info.name) or info.image_shape is None:
        return _in_range(path, values.reshape(len(values), -1), dataset)
    size = ImageOptions.of(info.image_shape, info.turned or ()).size_to_read
    flat = values.reshape(len(values), -1)
    if values.ndim <= 2:
        if flat.shape[1] == info.inputs:
            values = flat.reshape(-1, *size)
        elif math.isqrt(flat.shape[1]) ** 2 != flat.shape[1]:
            raise _wrong_array(path, values, dataset)
    _check_finite(path, flat)
    known, layout = _range_of(path, flat, dataset), Layout.of(values.shape)
    return _turned(np.stack([layout.image(np.clip(row, *known), known, size) for row in values]), dataset)


def _range_of(path: Path, values: Array, dataset: Dataset) -> Range:
    """Return the numbers for black and white: those of the network's data or, if these are usual, of the file."""
    low, high = float(values.min()), float(values.max())
    known = dataset.info.pixel_range
    if known is None:
        if 0 <= low <= high <= BYTES[1]:
            return BYTES if high > 1 or _are_bytes(values, dataset.train.inputs) else SHARES
        usual = "0 to 1 or 0 to 255"
    else:
        beyond = BEYOND * (known[1] - known[0])
        if known[0] - beyond <= low and high <= known[1] + beyond:
            return known
        usual = f"{known[0]:g} to {known[1]:g}"
    raise UsageError(
        f"{path.name} has pixels from {low:g} to {high:g}; those of the network's images are from {usual}, black to "
        "white. Bring them into that range."
    )


def _are_bytes(values: Array, learned: Array) -> bool:
    """Return whether pixels that are at most 1 are nearly black: whole numbers, for a network that learned grays."""
    dark = learned.size and learned.max() <= DARK  # earlier versions kept tables of pixels as they were
    whole = values.dtype.kind in "iu" or (dark and np.array_equal(values, np.rint(values)))
    return bool(whole) and not np.isin(learned, (0, BYTES[1])).all()


def _check_finite(path: Path, values: Array) -> None:
    if not np.isfinite(values).all():
        row = np.argmin(np.isfinite(values).all(axis=1)) + 1
        raise UsageError(f"{path.name} has no number in row {row:,}, in one of its columns. Leave out that row.")


def _in_range(path: Path, values: Array, dataset: Dataset) -> Array:
    """Return numbers in the type of the data set's examples. Raises UsageError for what these can't be."""
    kind = dataset.train.inputs.dtype
    _check_finite(path, values)
    if kind == np.uint8 and not np.array_equal(values, values.astype(np.uint8)):
        brightest = round(1 / dataset.info.scale)
        raise UsageError(
            f"{path.name} has values that are no pixels: they must be whole numbers from 0 to {brightest}. "
            f"If they go from 0 to 1, multiply them by {brightest}."
        )
    return values.astype(kind)


class _Table(NamedTuple):
    """A file of a table, and how it is written."""

    path: Path
    dialect: Dialect
    columns: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, dialect: Dialect | None = None) -> "_Table":
        preview = preview_table(path, dialect=dialect)
        return cls(path, preview.dialect, tuple(column.name for column in preview.columns))

    @classmethod
    def with_columns(cls, path: Path, names: Sequence[str]) -> "_Table":
        """Open a table. Raises UsageError if it does not have all of these columns."""
        table = cls.of(path)
        if not set(names) <= set(table.columns):  # names that are numbers, such as years, look like a row
            table = cls.of(path, replace(table.dialect, header=True))
        missing = [quoted(name) for name in names if name not in table.columns]
        if missing:
            listed = ", ".join(missing[:MOST_LISTED]) + (" …" if len(missing) > MOST_LISTED else "")
            raise UsageError(
                f"{path.name} lacks columns that the network was trained with: {listed}. "
                "Name the columns in its first line, as in the training data."
            )
        return table

    def inputs(self, dataset: Dataset) -> Sequence[str]:
        """Return all columns but the one with the answer. Raises UsageError if these are not the network's inputs."""
        expected = dataset.train.inputs.shape[1]
        if len(self.columns) == expected:
            return self.columns
        inputs = [name for name in self.columns if name.lower() not in NAMES]
        if len(inputs) != expected:
            advice = "Leave out the others." if len(self.columns) > expected else "Give it all of them."
            raise UsageError(
                f"{self.path.name} has {counted(len(self.columns), 'column')}; the network takes {expected:,} numbers. "
                f"{advice}"
            )
        return inputs

    @contextmanager
    def _complete(self, reader: TableReader) -> Iterator[TableReader]:
        """Open a reader. Raises UsageError if it leaves out rows: answers would move to others."""
        with reader:
            if left_out := reader.left_out:
                raise UsageError(
                    f"{self.path.name} has {counted(len(left_out), 'row')} with more or fewer than "
                    f"{counted(len(self.columns), 'value')}, first in line {left_out[0]:,}. Correct or remove them."
                )
            yield reader

    def pixels(self, names: Sequence[str]) -> Array:
        with self._complete(TableReader(self.path, self.dialect, pixels=names)) as reader:
            return np.concatenate(list(reader.pixels(names)))

    def numbers(self, names: Sequence[str]) -> Array:
        with self._complete(TableReader(self.path, self.dialect, numbers=names)) as reader:
            values = np.empty((reader.count, len(names)), np.float32)
            for place, name in enumerate(names):
                values[:, place] = reader.numbers(name)
            return values

    def prepared(self, preprocessing: Preprocessing) -> Array:
        """Return the rows as the network gets them, with one column of the file in memory at a time."""
        columns = preprocessing.columns
        numbers = [column.name for column in columns if isinstance(column, NumberColumn)]
        texts = [column.name for column in columns if isinstance(column, CategoryColumn)]
        reader = TableReader(self.path, self.dialect, numbers=numbers, texts=texts)
        reader.day_first = [column.name for column in columns if isinstance(column, NumberColumn) and column.day_first]
        with self._complete(reader):
            inputs = np.empty((reader.count, preprocessing.width), np.float32)
            for column, part in zip(columns, preprocessing.parts, strict=True):
                column.write(_values(reader, column), inputs[:, part])
            return inputs


def _values(reader: TableReader, column: Column) -> Array:
    if isinstance(column, NumberColumn):
        return reader.numbers(column.name)
    codes, texts = reader.texts(column.name)
    return np.array([*map(column.position, texts), np.nan])[codes]
