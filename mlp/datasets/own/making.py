"""A data set is made of what a reader found: examples are divided, columns preprocessed, arrays written and stored."""

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mlp.datasets.dataset import CLASSIFICATION, REGRESSION, SPLITS, DatasetInfo, Target
from mlp.datasets.errors import DatasetError
from mlp.datasets.own.content import Stored
from mlp.datasets.own.examples import MOST_CLASSES, Examples, ShowStage
from mlp.datasets.own.fitting import check_range, fit_categories, fit_numbers, fits_float32
from mlp.datasets.own.npy import open_array, write_array
from mlp.datasets.own.plan import CATEGORY, SplitPlan
from mlp.datasets.own.spelling import merged, note_on_spelling
from mlp.datasets.own.splitting import notes_on_split, split_rows
from mlp.datasets.own.stored import INPUTS, LABELS, RAW, check_label, publish, workspace
from mlp.datasets.preprocessing import CategoryColumn, Column, NumberColumn, Preprocessing
from mlp.text import counted, quoted

MOST_WIDTH = 10_000  # inputs of a network
PAST = {"transpose": "transposed", "flip": "flipped", "invert": "inverted"}  # what was done to images
BLOCK = 1 << 22  # numbers that are computed or copied at a time
MANY = 0.1  # share of a split whose examples are also in training
READING = 0.5  # the share of an import's progress before anything is written


@dataclass(frozen=True)
class Import:
    """One import: what it makes, whose that is, and how it shows its progress."""

    folder: Path  # of a workspace, for the finished arrays
    label: str
    source: str  # the file's name
    token: str | None  # of the browser; None on the command line
    progress: ShowStage


def silent(share: float, sentence: str) -> None:
    """Show no progress."""


@contextmanager
def new_import(label: str, source: str, token: str | None, progress: ShowStage) -> Iterator[Import]:
    """Make a workspace for an import, and remove it at the end. Writing is the second part of the progress."""

    def writing(share: float, sentence: str) -> None:
        progress(READING + (1 - READING) * share, sentence)

    with workspace() as work:
        (work / "data").mkdir()
        yield Import(work / "data", check_label(label), source, token, writing)


class Columns(Protocol):
    """A table's columns, read one at a time. A value that is missing is NaN, or -1."""

    def numbers(self, name: str) -> np.ndarray:
        """Return a column as numbers: float64 [n]."""

    def texts(self, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the position of each row's text, int32 [n], and the texts."""

    def missing_numbers(self, name: str) -> tuple[float, ...]:
        """Return the numbers that mean missing in a column, such as -999."""

    @property
    def dates(self) -> Collection[str]:
        """Names of the columns whose numbers are days since January 1, 1970."""

    @property
    def day_first(self) -> Collection[str]:
        """Names of those whose dates are written like 31/12/2020."""


@dataclass(frozen=True)
class Divided:
    """Which rows are in which split, and what is to be learned from them."""

    order: np.ndarray  # row numbers: training, then validation, then test
    sizes: tuple[int, int, int]
    labels: np.ndarray  # in that order: classes, or standardized numbers
    class_names: tuple[str, ...]
    target: Target | None
    notes: tuple[str, ...]


def divide(
    labels: np.ndarray,
    class_names: Sequence[str],
    task: str,
    plan: SplitPlan,
    given: np.ndarray | None = None,
    target: str = "",
    merge: bool = False,
) -> Divided:
    """Divide rows by their labels: integers [n], the positions of classes, -1 where missing; or numbers, NaN there.

    `given` [n] is the split of each row if the file names it, `target` the name of the labels' column; with `merge`,
    classes that differ only in capital letters or spaces become one.
    Raises DatasetError for labels that can't be learned.
    """
    what = f"Column {quoted(target)}" if target else "The labels"
    kept = np.flatnonzero(labels >= 0 if task == CLASSIFICATION else ~np.isnan(labels))
    if not len(kept):
        raise DatasetError(
            f"{what}: there is no value in any row, so there is nothing to learn. Choose another target."
        )
    notes = []
    if len(kept) < len(labels):
        notes.append(f"{counted(len(labels) - len(kept), 'row')} left out: no value to predict.")
    values, names = labels[kept], tuple(class_names)
    if task == CLASSIFICATION:
        known, values = np.unique(values, return_inverse=True)
        names = tuple(names[index] for index in known.tolist())
        notes += filter(None, [note_on_spelling(names, merge)])
        if merge:
            values, names = merged(values, names)
        if not 2 <= len(names) <= MOST_CLASSES:
            raise DatasetError(
                f"{what}: {counted(len(names), 'class', 'classes')} found; 2 to {MOST_CLASSES} can be learned. "
                "Choose another target, or predict a number."
            )
    strata = values if task == CLASSIFICATION else np.zeros(len(values), np.uint8)
    parts = split_rows(strata, plan.validation, plan.test, plan.seed, None if given is None else given[kept])
    order = np.concatenate(parts)
    found = Target(target) if target else None
    if task == CLASSIFICATION:
        notes += notes_on_split(values, names, parts)
        values = values.astype(np.min_scalar_type(len(names) - 1))[order]
    else:
        check_range(names[0], values)
        learned = values[parts[0]].astype(np.float64)
        found = Target(names[0], float(learned.mean()), float(learned.std()))
        if not found.scale:
            raise DatasetError(f"{what}: all training rows have the value {found.mean:g}. Choose another target.")
        values = ((values[order] - found.mean) / found.scale).astype(np.float32)
    train, validation, test = map(len, parts)
    return Divided(kept[order], (train, validation, test), values, names, found, tuple(notes))


def store_images(importing: Import, examples: Examples, divided: Divided, turned: tuple[str, ...]) -> str:
    """Store images, and how they were turned; return the data set's name."""
    _, rows, columns = examples.inputs.shape
    shape = (len(divided.order), rows * columns)

    def blocks() -> Iterator[np.ndarray]:
        for part in _parts(*shape):
            importing.progress(part.start / shape[0], "Writing the images")
            yield examples.inputs[divided.order[part]].reshape(-1, shape[1])

    repeated = _write_inputs(importing, divided, shape, np.uint8, blocks(), "images")
    done = "".join(f", {PAST[name]}" for name in turned)
    found = f"{counted(shape[0], 'image')} of {rows} × {columns} pixels{done}."
    info = _info(importing, divided, description=found, image_shape=(rows, columns), scale=1 / 255, turned=turned)
    info = replace(info, pixel_range=examples.pixel_range)
    return _stored(importing, divided, Stored(info, None, (*examples.notes, *divided.notes, *repeated)))


def store_table(
    importing: Import, columns: Columns, kinds: Mapping[str, str], divided: Divided, notes: tuple[str, ...] = ()
) -> str:
    """Store a table; return the data set's name. `kinds` are those of the columns to learn from.

    The preprocessing is fitted on the training rows alone. Raises DatasetError for columns that give no inputs.
    """
    count = len(divided.order)
    if not kinds:
        raise DatasetError("There is no column to learn from. Make at least one a number or a category.")
    preprocessing = _write_raw(importing, columns, kinds, divided)
    if not 0 < preprocessing.width <= MOST_WIDTH:
        raise DatasetError(
            f"The columns give {counted(preprocessing.width, 'input')}; a network can have 1 to {MOST_WIDTH:,}. "
            "Choose other columns."
        )

    def inputs() -> Iterator[np.ndarray]:
        for part in _parts(count, preprocessing.width):
            importing.progress(0.8 + 0.2 * part.start / count, "Writing what the network sees")
            rows = open_array(importing.folder / RAW)  # each time: what is read through a mapping stays in memory
            yield preprocessing.transform(rows[part])

    repeated = _write_inputs(importing, divided, (count, preprocessing.width), np.float32, inputs(), "rows")
    found = f"{counted(count, 'row')} of {counted(len(kinds), 'column')}."
    info = _info(importing, divided, description=found, columns=preprocessing.width)
    return _stored(importing, divided, Stored(info, preprocessing, (*notes, *divided.notes, *repeated)))


def _write_inputs(
    importing: Import, divided: Divided, shape: tuple[int, int], dtype: Any, blocks: Iterator[np.ndarray], what: str
) -> tuple[str, ...]:
    """Write the inputs; return a sentence if many of the validation or test set are also in training."""
    labels, found = iter(divided.labels.tolist()), array("q")

    def hashed() -> Iterator[np.ndarray]:
        for block in blocks:
            found.extend(hash((row.tobytes(), label)) for row, label in zip(block, labels, strict=False))
            yield block

    write_array(importing.folder / INPUTS, shape, dtype, hashed())
    train, *others = np.split(np.array(found), np.cumsum(divided.sizes)[:-1])
    counts = [(np.isin(rows, train).sum(), len(rows), name) for rows, name in zip(others, SPLITS[1:], strict=True)]
    shares = [f"{again:,} of {size:,} {name}" for again, size, name in counts if again > MANY * size]
    usual = what == "rows" and len(np.unique(train)) <= len(train) / 2  # of columns with few values
    return (f"{' and '.join(shares)} {what} are also in training.",) if shares and not usual else ()


def _write_raw(importing: Import, columns: Columns, kinds: Mapping[str, str], divided: Divided) -> Preprocessing:
    """Write the rows, column by column, and return what makes inputs of them.

    They are float32 to take little room; float64 once there is a column that needs it, such as one of times.
    """
    fitted: list[Column] = []

    def values(dtype: type[np.floating]) -> Iterator[np.ndarray]:
        fitted.clear()
        for index, (name, kind) in enumerate(kinds.items()):
            importing.progress(0.8 * index / len(kinds), f"Reading column {index + 1:,} of {len(kinds):,}")
            column, found = _fitted(name, kind, columns, divided)
            if dtype is np.float32 and isinstance(column, NumberColumn) and not fits_float32(column, found):
                return
            fitted.append(column)
            yield found

    for dtype in (np.float32, np.float64):
        (importing.folder / RAW).unlink(missing_ok=True)
        write_array(importing.folder / RAW, (len(divided.order), len(kinds)), dtype, values(dtype), by_column=True)
        if len(fitted) == len(kinds):
            break
    return Preprocessing(tuple(fitted))


def _fitted(name: str, kind: str, columns: Columns, divided: Divided) -> tuple[Column, np.ndarray]:
    """Return a column's preprocessing, and its values in the new order, as `Preprocessing.transform` takes them."""
    learned = divided.sizes[0]
    if kind != CATEGORY:
        numbers = columns.numbers(name)[divided.order]
        fitted = fit_numbers(name, numbers[:learned], name in columns.dates)
        return replace(
            fitted, day_first=name in columns.day_first, missing_values=columns.missing_numbers(name)
        ), numbers
    codes, texts = columns.texts(name)
    codes = codes[divided.order]
    column = fit_categories(name, codes[:learned], texts)
    return column, _positions(column, texts)[codes]


def _positions(column: CategoryColumn, texts: Sequence[str]) -> np.ndarray:
    """Return the position in a column's values of each text, and last that of a missing one: NaN, as if unknown."""
    known = {value: float(position) for position, value in enumerate(column.values)}
    return np.array([*(known.get(text, np.nan) for text in texts), np.nan])


def _parts(count: int, width: int) -> Iterator[slice]:
    """Yield slices of rows, each of at most BLOCK numbers."""
    rows = max(1, BLOCK // width)
    return (slice(start, start + rows) for start in range(0, count, rows))


def _info(importing: Import, divided: Divided, **found: Any) -> DatasetInfo:
    train, validation, test = divided.sizes
    return DatasetInfo(
        name="",  # it is the hash of all this
        label=importing.label,
        source=f"imported from {importing.source}",
        class_names=divided.class_names,
        train=train,
        validation=validation,
        test=test,
        task=REGRESSION if divided.labels.dtype.kind == "f" else CLASSIFICATION,
        goal=f"predict {divided.target.name}" if divided.target else "tell the classes apart",
        target=divided.target,
        **found,
    )


def _stored(importing: Import, divided: Divided, stored: Stored) -> str:
    write_array(importing.folder / LABELS, divided.labels.shape, divided.labels.dtype, [divided.labels])
    return publish(importing.folder, stored, importing.token)
