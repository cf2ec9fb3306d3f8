"""An import carries out a plan: it reads a file, and stores the data set that the plan makes of it."""

import math
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from mlp.datasets.dataset import CLASSIFICATION
from mlp.datasets.errors import DatasetError
from mlp.datasets.own.class_folders import classes_problem
from mlp.datasets.own.columns import MISSING
from mlp.datasets.own.examples import TEST, TRAIN, Examples, ShowStage
from mlp.datasets.own.image_source import IMAGES
from mlp.datasets.own.images import TABLE_ARRAYS, kind_of, preview_images, read_images
from mlp.datasets.own.making import READING, divide, new_import, silent, store_images, store_table
from mlp.datasets.own.npy import open_array, write_array
from mlp.datasets.own.pictures import arrange
from mlp.datasets.own.pixels import BYTES, Range, as_bytes, notes_on_range, pixel_range, unusual
from mlp.datasets.own.plan import CATEGORY, CSV, LEFT_OUT, NUMBER, ImageOptions, ImagesPlan, TablePlan
from mlp.datasets.own.preview import TablePreview, guessed_dialect, plan_problem, preview_table, suggested_plan
from mlp.datasets.own.spelling import HOW_TO_MERGE, folded
from mlp.datasets.own.splitting import given_split
from mlp.datasets.own.stored import LONGEST_LABEL
from mlp.datasets.own.table_arrays import write_table
from mlp.datasets.own.tables import TableReader
from mlp.text import counted, quoted

NAMED = 5  # columns in a sentence


def import_table(
    path: Path,
    plan: TablePlan,
    progress: ShowStage = silent,
    *,
    test: Path | None = None,
    token: str | None = None,
    name: str = "",
    notes: tuple[str, ...] = (),
) -> str:
    """Import a file of a table as its plan says; return the data set's name.

    `test` is a second file with the same columns, the test set; `token` is that of the browser that brought the file,
    `name` what it called it; `notes` are sentences to keep beside those on the import.
    Raises DatasetError if that makes no data set; then nothing is stored.
    """
    source = name or path.name
    with new_import(plan.label, source, token, progress) as importing, ExitStack() as stack:
        progress(0.0, f"Reading {source}")
        scratch = importing.folder.parent  # so that nothing is left elsewhere if this process is killed
        readers = [stack.enter_context(_reader(path, plan, source, scratch))]
        if test is not None:
            progress(READING / 2, f"Reading {test.name}")
            readers.append(_open_test_set(stack, test, plan, readers[0]))
        table = _Table(readers, plan)
        labels, names = table.labels()
        divided = divide(labels, names, plan.task, plan.split, table.given_split(), plan.target, plan.merge_classes)
        notes += table.notes()
        if plan.images is None:
            kinds = {name: plan.kinds[name] for name in plan.columns}
            return store_table(importing, table, kinds, divided, notes)
        known = table.pixel_range()
        images = table.images(importing.folder.parent / "images.npy", plan.images, known)
        notes += notes_on_range(known)
        found = Examples(images, labels, names, plan.task, notes=notes, pixel_range=unusual(known))
        return store_images(importing, found, divided, plan.images.turned)


def import_images(
    path: Path, plan: ImagesPlan, progress: ShowStage = silent, *, token: str | None = None, name: str = ""
) -> str:
    """Import a file or a folder of images as its plan says; return the data set's name.

    Raises DatasetError if that makes no data set; then nothing is stored.
    """
    source = name or path.name
    with new_import(plan.label, source, token, progress) as importing:

        def reading(share: float, sentence: str) -> None:
            progress(READING * share, sentence)

        examples = read_images(path, plan.options, importing.folder.parent, reading, source)
        labels, names, split = examples.labels, examples.class_names, examples.split
        divided = divide(labels, names, examples.task, plan.split, split, merge=plan.merge_classes)
        return store_images(importing, examples, divided, plan.options.turned)


def import_file(
    path: Path,
    progress: ShowStage = silent,
    *,
    target: str = "",
    label: str = "",
    test: Path | None = None,
    token: str | None = None,
    merge: bool = False,
) -> str:
    """Import a file or a folder with all that is guessed about it; return the data set's name.

    `target` is the column of a table to predict, `label` what to call the data set, `test` a second file as test set;
    with `merge`, classes that differ only in capital letters or spaces become one.
    Raises DatasetError if that makes no data set; then nothing is stored.
    """
    label = label or path.name.partition(".")[0][:LONGEST_LABEL]
    progress(0.0, f"Looking into {path.name}")
    kind = kind_of(path)
    if kind in IMAGES:
        if target or test:
            raise DatasetError(f"{path.name} has images: a target and a test file are for tables. Leave them out.")
        seen = preview_images(path)
        if problem := classes_problem(seen.class_names, merge):
            raise DatasetError(f"{problem} {HOW_TO_MERGE}")
        pictures = ImagesPlan(label, seen.suggested, merge_classes=merge)
        return import_images(path, pictures, progress, token=token)
    with tempfile.TemporaryDirectory() as folder:
        file = path
        if kind == TABLE_ARRAYS:
            file = Path(folder) / "arrays.parquet"
            write_table(path, file)
        preview = preview_table(file, path.name, target=target)
        plan = replace(suggested_plan(preview, label), merge_classes=merge)
        if problem := plan_problem(preview, plan):
            is_solved = not plan_problem(preview, replace(plan, merge_classes=True))
            raise DatasetError(f"{problem} {HOW_TO_MERGE}" if is_solved else problem)
        notes = _guesses(preview)
        return import_table(file, plan, progress, test=test, token=token, name=path.name, notes=notes)


def _guesses(preview: TablePreview) -> tuple[str, ...]:
    """Return sentences on what is not used of a table, which nobody sees who imports it without its preview."""
    notes = []
    if preview.dialect.skip:
        notes.append(f"{counted(preview.dialect.skip, 'line was', 'lines were')} skipped before the table.")
    if preview.images is None and (left := [column for column in preview.columns if column.kind == LEFT_OUT]):
        named = ", ".join(f"{column.name} ({column.reason.rstrip('.')})" for column in left[:NAMED])
        notes.append(f"Left out: {named}{' …' if len(left) > NAMED else ''}.")
    return tuple(notes)


def _open_test_set(stack: ExitStack, path: Path, plan: TablePlan, train: TableReader) -> TableReader:
    """Open a reader of a test set, which may be written in another way than the first file."""
    own = replace(plan, dialect=guessed_dialect(path, path.name))
    # With the first file's decimal sign or encoding, numbers and words of a text could be missing without an error.
    first, second = (own, plan) if own.dialect.format == CSV else (plan, own)
    with suppress(DatasetError):
        return stack.enter_context(_reader(path, first, path.name, train.scratch, train))
    try:
        return stack.enter_context(_reader(path, second, path.name, train.scratch, train))
    except DatasetError as error:
        raise DatasetError(f"In {path.name}: {error} Choose a file with the same columns.") from error


def _reader(
    path: Path, plan: TablePlan, name: str, scratch: Path | None, train: TableReader | None = None
) -> TableReader:
    """Return a reader of the columns that a plan needs; of a test set, with the reader of the first file."""
    is_class = plan.task == CLASSIFICATION
    numbers = [name for name in plan.columns if plan.kinds[name] == NUMBER]
    texts = [name for name in plan.columns if plan.kinds[name] == CATEGORY]
    (texts if is_class else numbers).append(plan.target)
    if plan.split.column and train is None:
        texts.append(plan.split.column)
    pixels = () if plan.images is None else plan.columns
    reader = TableReader(path, plan.dialect, numbers=numbers, texts=texts, pixels=pixels, name=name)
    reader.scratch = scratch
    if train is not None:
        reader.day_first = train.day_first
    return reader


def _on_words(found: Sequence[Mapping[str, Sequence[tuple[str, int]]]], plan: TablePlan) -> list[str]:
    """Return sentences on texts that are no numbers, but for those that mean missing."""
    unread: dict[str, list[tuple[str, int]]] = {}
    for name, words in (pair for each in found for pair in each.items()):
        known = plan.missing_values.get(name, ())
        unread.setdefault(name, []).extend(
            (text, count) for text, count in words if text not in known and text.lower() not in MISSING
        )
    sentences = [
        f"{counted(sum(count for _, count in words), 'value')} of column {quoted(name)} can't be read as numbers, so "
        f"they are missing: {', '.join(quoted(text) for text, _ in words[:NAMED])}{' …' if len(words) > NAMED else ''}."
        for name, words in unread.items()
        if words
    ]
    more = f"So are values of {counted(len(sentences) - NAMED, 'more column')}."
    return [*sentences[:NAMED], more] if len(sentences) > NAMED else sentences


class _Table:
    """The columns of a file and, after its rows, those of a second file that is the test set."""

    def __init__(self, readers: Sequence[TableReader], plan: TablePlan) -> None:
        self._readers, self._plan = readers, plan

    def numbers(self, name: str) -> np.ndarray:
        """Return a column as numbers: float64 [n], NaN where one is missing."""
        missing = self._plan.missing_values.get(name, ())
        return np.concatenate([reader.numbers(name, missing) for reader in self._readers])

    def missing_numbers(self, name: str) -> tuple[float, ...]:
        """Return the numbers that mean missing in a column, such as -999."""
        found = {self._readers[0].number_of(name, text) for text in self._plan.missing_values.get(name, ())}
        return tuple(sorted(filter(math.isfinite, found)))

    def texts(self, name: str, same: Callable[[str], str] = str) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the position of each row's text, int32 [n], and the first file's texts. Others are missing: -1.

        Those of the second file are known that are `same` as one of the first.
        """
        missing = self._plan.missing_values.get(name, ())
        (codes, texts), *others = (reader.texts(name, missing) for reader in self._readers)
        known = {same(text): code for code, text in enumerate(texts)}
        translated = [np.array([*(known.get(same(text), -1) for text in more), -1])[found] for found, more in others]
        return np.concatenate([codes, *translated]), texts

    @property
    def dates(self) -> frozenset[str]:
        """Names of the columns of dates."""
        return self._readers[0].dates

    @property
    def day_first(self) -> Collection[str]:
        """Names of those like 31/12/2020."""
        return self._readers[0].day_first

    @property
    def _same_class(self) -> Callable[[str], str]:
        """What classes share that are one."""
        return folded if self._plan.merge_classes else str

    def labels(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """Return the target's values, and the names of the classes; of a regression, the target's."""
        target = self._plan.target
        if self._plan.task == CLASSIFICATION:
            return self.texts(target, self._same_class)
        return self.numbers(target), (target,)

    def given_split(self) -> np.ndarray | None:
        """Return the split of each row if a column or a second file decides it."""
        first, *others = self._readers
        column = self._plan.split.column
        if not column and not others:
            return None
        given = given_split(column, *first.texts(column)) if column else np.full(first.count, TRAIN, np.int8)
        return np.concatenate([given, *(np.full(reader.count, TEST, np.int8) for reader in others)])

    def notes(self) -> tuple[str, ...]:
        """Return sentences on what could not be read or used."""
        first, *others = self._readers
        notes = [note for reader in self._readers for note in reader.notes]
        notes += _on_words([reader.no_numbers() for reader in self._readers], self._plan)
        if others and self._plan.task == CLASSIFICATION:
            same, target = self._same_class, self._plan.target
            known = set(map(same, first.texts(target)[1]))
            unknown = [text for reader in others for text in reader.texts(target)[1] if same(text) not in known]
            if unknown:
                notes.append(f"Left out: rows of the test file with a class that is only there, such as {unknown[0]}.")
        return tuple(notes)

    def pixel_range(self) -> Range:
        """Return which numbers are black and white in a table of pixels."""
        high = max(reader.highest(self._plan.columns) for reader in self._readers)
        return pixel_range(0, high) if high <= BYTES[1] else BYTES  # then `images` names the row

    def images(self, file: Path, options: ImageOptions, known: Range) -> np.ndarray:
        """Write all columns as images to a file; return them, memory-mapped: uint8 [n, rows, columns].

        Numbers are `known` for black and white.
        Raises DatasetError if there are more or fewer columns than pixels.
        """
        names, (rows, columns) = self._plan.columns, options.size
        if len(names) != rows * columns:
            raise DatasetError(
                f"There are {counted(len(names), 'column')}, but images of {rows} × {columns} pixels need "
                f"{rows * columns:,}. Choose another size, or import the columns as numbers."
            )
        parts = (part.reshape(-1, *options.size_to_read) for table in self._readers for part in table.pixels(names))
        shape = (sum(reader.count for reader in self._readers), rows, columns)
        write_array(file, shape, np.uint8, (arrange(as_bytes(part, known), options) for part in parts))
        return open_array(file)
