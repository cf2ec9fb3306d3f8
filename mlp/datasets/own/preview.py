"""A table is shown before it is imported: its first rows, and what each column is guessed to be for.

Only the beginning of a file is read, so that the answer comes within two seconds and takes little memory.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mlp.datasets.dataset import CLASSIFICATION
from mlp.datasets.errors import DatasetError
from mlp.datasets.own.columns import MISSING, Column, Facts, guess
from mlp.datasets.own.encoding import cut_to_lines, plain_text
from mlp.datasets.own.examples import MOST_CLASSES, TRAIN, split_of, spread
from mlp.datasets.own.excel import Sheet, sheet_as_text
from mlp.datasets.own.facts import find_facts
from mlp.datasets.own.idx_files import TRANSPOSED
from mlp.datasets.own.pictures import is_ink_on_paper
from mlp.datasets.own.pixels import Range, as_bytes, notes_on_range, pixel_range
from mlp.datasets.own.plan import (
    CSV,
    EXCEL,
    LEFT_OUT,
    NUMBER,
    PARQUET,
    TARGET,
    Dialect,
    ImageOptions,
    SplitPlan,
    TablePlan,
)
from mlp.datasets.own.rows import first_rows
from mlp.datasets.own.sniffing import sniff
from mlp.datasets.own.tables import TableReader
from mlp.datasets.own.targets import as_target, guess_target, guess_task, target_problem, with_merged_classes
from mlp.installation import COMMAND
from mlp.text import counted, not_one_of, quoted

BEGINNING = 48 << 20  # bytes of a text file that are looked at
ROWS, CELLS = 100_000, 2_500_000  # at most
EXCEL_CELLS = 150_000
SHOWN = 20  # rows
MOST_NAMED = 5  # words in a note
LEAST_SIDE = 8  # pixels of a square image
BRIGHTEST = 255
NOTHING: Mapping[str, Collection[str]] = {}
UNNAMED = re.compile(r"column \d+")  # as a column without a name is called
PIXEL_NAME = re.compile(r"(pixel|px|p|x|v|column)?[ _-]?\d+(x\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class TablePreview:
    """A table as it is before the import, with a guess for everything that a person can change."""

    dialect: Dialect
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]  # the first 20
    count: int  # of all rows; if it is estimated, about, or of a sheet that does not say, at least
    estimated: bool  # whether the count is
    target: str  # name of a column, or ""
    task: str
    notes: tuple[str, ...] = ()  # sentences on what was decided or left out
    images: ImageOptions | None = None  # as what they can be read, if all columns but the target are pixels
    examples: tuple[tuple[str, ...], ...] = ()  # then: rows of all classes
    problem: str = ""  # why nothing can be learned from it as it is
    sheets: tuple[str, ...] = ()  # of an Excel file


@dataclass(frozen=True)
class _Sample:
    """The beginning of a file."""

    path: Path
    dialect: Dialect  # of the whole file
    share: float  # of the whole file that it holds
    notes: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()


def preview_table(
    path: Path,
    name: str = "",
    dialect: Dialect | None = None,
    target: str = "",
    task: str = "",
    missing_values: Mapping[str, Collection[str]] = NOTHING,
) -> TablePreview:
    """Return what a file of a table holds. What is not given of `dialect`, `target` and `task` is guessed.

    `name` is what the person calls the file; `missing_values` are texts by column that a person decided mean missing.
    Raises DatasetError for a file that is no table; for a table from which
    nothing can be learned, the preview says so in its `problem`.

    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "flowers.csv"
    ...     _ = file.write_text("width;species\\n1,5;iris\\n0,5;rose\\n")
    ...     preview = preview_table(file)
    >>> [(column.name, column.kind) for column in preview.columns], preview.dialect.decimal, preview.task
    ([('width', 'number'), ('species', 'target')], ',', 'classification')
    """
    name = name or path.name
    with TemporaryDirectory(prefix="mlp-preview-") as folder:
        sample = _sample(path, Path(folder), name, dialect)
        is_text = sample.dialect.format != PARQUET
        read_as = replace(sample.dialect, format=CSV, encoding="utf-8") if is_text else sample.dialect
        with TableReader(sample.path, read_as, texts=None, most=0 if is_text else ROWS, name=name) as reader:
            if not reader.count:
                raise DatasetError(
                    f"{quoted(name)} has a header but no rows. Choose a file with rows below the header, "
                    "or check its quotes."
                )
            facts = find_facts(reader, missing_values)
            found = replace(_guessed(facts, target, task, sample.dialect.format), rows=tuple(reader.rows(range(SHOWN))))
            if found.images is not None:
                images, found = found.images, replace(found, examples=tuple(reader.rows(_all_over(reader, found))))
                found = replace(found, images=_suggested(images, example_images(found), name))
            total = 0 if is_text else reader.total
            notes = (*sample.notes, *reader.notes, *_note_on_second_header(found, sample.dialect.skip))
            if found.images is not None:
                notes += notes_on_range(_range_of_pixels(found))
    count = total or reader.count
    if 0 < sample.share < 1:
        count = int(float(f"{reader.count / sample.share:.3g}"))
    if count > reader.count or not sample.share:
        notes += (f"Kinds and figures are those of the first {counted(reader.count, 'row')}.",)
    if not sample.share:
        notes += ("The sheet has more rows, but does not say how many.",)
    return replace(
        found,
        dialect=sample.dialect,
        count=count,
        estimated=sample.share < 1,
        notes=notes,
        sheets=sample.sheets,
    )


def _note_on_second_header(preview: TablePreview, skipped: int) -> tuple[str, ...]:
    """Return a sentence if the first row has words in all columns of numbers; some lines are already skipped."""
    numbers = [pair for pair in zip(preview.columns, preview.rows[0], strict=True) if pair[0].histogram]
    words = [text for column, text in numbers if text and text in column.missing_values and text.lower() not in MISSING]
    if len(numbers) < 2 or len(words) < len(numbers):
        return ()
    listed = ", ".join(map(quoted, words[:MOST_NAMED])) + (" …" if len(words) > MOST_NAMED else "")
    advice = f"If that row has the column names, set “Lines to skip above” to {skipped + 1}."
    return (f"The first row has words above numbers: {listed}. {advice}",)


def guessed_dialect(path: Path, name: str) -> Dialect:
    """Return how the file of a table is written, as the preview guesses it; `name` is what the person calls it."""
    with TemporaryDirectory(prefix="mlp-preview-") as folder:
        return _sample(path, Path(folder), name, None).dialect


def suggested_plan(preview: TablePreview, label: str) -> TablePlan:
    """Return a plan that follows all guesses of a preview."""
    kinds = {column.name: column.kind for column in preview.columns}
    if preview.images is not None:  # also pixels that are always black
        kinds = {name: TARGET if name == preview.target else NUMBER for name in kinds}
    by_column = next(iter(columns_of_splits(preview)), "")
    return TablePlan(
        label,
        preview.dialect,
        preview.target,
        preview.task,
        kinds,
        {column.name: column.missing_values for column in preview.columns if column.missing_values},
        SplitPlan(column=by_column),
        preview.images,
    )


def plan_problem(preview: TablePreview, plan: TablePlan) -> str:
    """Return why nothing can be learned from a table as planned, in a sentence; "" if something can."""
    if not preview.target:
        return preview.problem
    found = target_problem(target_column(preview, plan.merge_classes), plan.task)
    if found or plan.columns:
        return found
    return preview.problem or "All columns but the target are left out. Use at least one as a number or a category."


def target_column(preview: TablePreview, merge: bool = False) -> Column:
    """Return the column to predict, with fewer classes if some of them `merge`."""
    column = next(column for column in preview.columns if column.name == preview.target)
    return with_merged_classes(column) if merge and preview.task == CLASSIFICATION else column


def example_images(preview: TablePreview) -> np.ndarray:
    """Return some rows of a table of pixels as images, uint8 [n, rows, columns], not yet turned."""
    assert preview.images is not None
    pixels = [place for place, column in enumerate(preview.columns) if column.name != preview.target]
    values = np.array([[row[place] for place in pixels] for row in preview.examples], np.float64)
    return as_bytes(values, _range_of_pixels(preview)).reshape(-1, *preview.images.size_to_read)


def _range_of_pixels(preview: TablePreview) -> Range:
    """Return which numbers are black and white in a table of pixels."""
    return pixel_range(0, max(column.high or 0 for column in preview.columns if column.name != preview.target))


def _all_over(reader: TableReader, preview: TablePreview) -> list[int]:
    """Return the places of rows of all classes; without classes, from all over the table."""
    groups = [np.arange(reader.count)]
    if preview.target and preview.task == CLASSIFICATION:
        codes, texts = reader.texts(preview.target)
        groups = [np.flatnonzero(codes == code) for code in range(len(texts))]
    return spread(groups)


def _suggested(options: ImageOptions, images: np.ndarray, name: str) -> ImageOptions:
    """Return how images [n, rows, columns] of the file called `name` are best turned."""
    return replace(options, invert=is_ink_on_paper(images), transpose=name.lower().startswith(TRANSPOSED))


def columns_of_splits(preview: TablePreview) -> list[str]:
    """Return the names of the columns whose values name a split for each row: train, validation, test."""
    return [column.name for column in preview.columns if _names_splits(column)]


def _names_splits(column: Column) -> bool:
    named = {split_of(text) for text, _ in column.values}
    return column.kind != TARGET and TRAIN in named and None not in named


def table_format(path: Path) -> str:
    """Return "csv", "parquet" or "excel" by how a file starts, whatever its name is."""
    try:
        with open(path, "rb") as file:
            start = file.read(4)
    except OSError as error:
        raise DatasetError(f"{quoted(path.name)} can't be read: {error.strerror}. Choose another file.") from error
    return {b"PAR1": PARQUET, b"PK\x03\x04": EXCEL}.get(start, CSV)


def _sample(path: Path, folder: Path, name: str, dialect: Dialect | None) -> _Sample:
    """Return the beginning of a file, as UTF-8 text if it is no Parquet."""
    form = dialect.format if dialect else table_format(path)
    if form == PARQUET:
        return _Sample(path, dialect or Dialect(PARQUET), 1.0)
    if form == EXCEL:
        chosen = sheet_as_text(path, folder, name, dialect.sheet, EXCEL_CELLS) if dialect else None
        sheet = chosen or _first_table(path, folder, name)
        found, notes = (dialect, ()) if dialect else sniff(sheet.path, name)
        return _Sample(sheet.path, replace(found, format=EXCEL, sheet=sheet.name), sheet.share, notes, sheet.others)
    text = plain_text(path, folder, name, dialect.encoding if dialect else "", BEGINNING)
    found, notes = (dialect, ()) if dialect else sniff(text.path, name)
    columns = len(next(iter(first_rows(text.path, found, 1)), [""]))
    size = cut_to_lines(text.path, found.skip + found.header + min(ROWS, CELLS // columns))
    return _Sample(text.path, replace(found, encoding=text.encoding), text.share * size / text.size, notes)


def _first_table(path: Path, folder: Path, name: str) -> Sheet:
    """Return the first sheet that has several columns, as text: a note may be before it. Else return the first one."""
    sheet = sheet_as_text(path, folder, name, most=EXCEL_CELLS)
    for title in (*sheet.others[1:], sheet.others[0]):
        if len(first_rows(sheet.path, Dialect(), 1)[0]) > 1:
            break
        with suppress(DatasetError):  # an empty one
            sheet = sheet_as_text(path, folder, name, title, EXCEL_CELLS)
    return sheet


def _guessed(facts: Sequence[Facts], target: str, task: str, form: str) -> TablePreview:
    """Return what the columns are for."""
    columns = [guess(found) for found in facts]
    names = [column.name for column in columns]
    if _is_row_numbers(facts):
        columns[0] = replace(
            columns[0], kind=LEFT_OUT, reason="No name, and all values differ: row numbers.", question="", suspect=""
        )
    if target not in ("", *names):
        raise DatasetError(not_one_of("column", target, names))
    labels_missing = not target and _square(facts) is not None and all(PIXEL_NAME.fullmatch(name) for name in names)
    candidates = [column for column in columns if not _names_splits(column)]
    guessed = _label_of_pixels(facts) or guess_target(candidates)
    chosen = "" if labels_missing else target or guessed
    preview = TablePreview(Dialect(), tuple(columns), (), 0, False, chosen, CLASSIFICATION)
    if labels_missing:
        problem = (
            "All columns are pixels and none is a class, so there is nothing to learn from. "
            "Choose the file that has labels. These are rows to predict: download the weights of a network trained "
            f"on that file, and run “{COMMAND} predict WEIGHTS FILE”."
        )
        return replace(preview, images=_square(facts), problem=problem)
    if len(columns) == 1:
        check = {EXCEL: "Choose another sheet, or add columns.", PARQUET: "Add columns."}
        hint = check.get(form, "Check the delimiter, or add columns.")
        return replace(preview, problem=f"There is only one column, so there is nothing to learn from. {hint}")
    if not chosen:
        return replace(preview, problem="No column can be predicted. Choose the target.")
    place = names.index(chosen)
    task = task or guess_task(facts[place])
    columns[place] = as_target(columns[place], facts[place], task, guessed=chosen == guessed)
    others = [found for found in facts if found.name != chosen]
    images = _square(others)
    problem = target_problem(columns[place], task)
    if not problem and all(column.kind == LEFT_OUT for column in columns if column.name != chosen):
        problem = "All columns but the target are left out, so there is nothing to learn from. Choose what to use."
    return replace(preview, columns=tuple(columns), task=task, images=images, problem=problem)


def _is_row_numbers(facts: Sequence[Facts]) -> bool:
    """Return whether the first column numbers rows: alone without a name, as pandas and R write it, and never twice.

    Rows that were chosen from a larger table have numbers with gaps.
    """
    first, *others = [UNNAMED.fullmatch(found.name) is not None for found in facts]
    numbers = facts[0].numbers
    return first and not any(others) and facts[0].whole and len(np.unique(numbers)) == facts[0].rows


def _square(facts: Sequence[Facts]) -> ImageOptions | None:
    """Return the size of images, if columns are the pixels of square ones: whole numbers from 0 to 255."""
    side = round(len(facts) ** 0.5)
    if side < LEAST_SIDE or side * side != len(facts):
        return None
    is_pixels = all(len(found.numbers) == found.rows and found.whole for found in facts)
    if not is_pixels or min(found.numbers[0] for found in facts) < 0:
        return None
    return ImageOptions((side, side)) if max(found.numbers[-1] for found in facts) <= BRIGHTEST else None


def _label_of_pixels(facts: Sequence[Facts]) -> str:
    """Return the name of the first or last column if it is a class beside pixels, "" otherwise."""
    for label, pixels in ((facts[0], facts[1:]), (facts[-1], facts[:-1])):
        if _square(pixels) and 2 <= len(label.counts()) <= MOST_CLASSES:
            return label.name
    return ""
