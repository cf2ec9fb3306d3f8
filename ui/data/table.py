"""The preview of a table: what is predicted, the columns, the first rows, and how the file is read."""

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from mlp.datasets import CLASSIFICATION, REGRESSION
from mlp.datasets.own.columns import Column
from mlp.datasets.own.examples import MOST_CLASSES
from mlp.datasets.own.pictures import arrange
from mlp.datasets.own.plan import CSV, EXCEL, PARQUET, Dialect, ImageOptions, TablePlan
from mlp.datasets.own.preview import (
    TablePreview,
    columns_of_splits,
    example_images,
    plan_problem,
    suggested_plan,
    target_column,
)
from mlp.datasets.own.spelling import merged_counts
from mlp.datasets.own.targets import classes_in_order, notes_on_classes
from mlp.text import counted
from ui.data.classes import class_counts, class_pictures, merges, offer_to_merge, pictures_with_numbers
from ui.data.columns import ROW, ask_questions, columns_table, missing_values
from ui.data.images import arrangement
from ui.data.looking import table_preview
from ui.data.session import DataSession, Upload
from ui.data.split import NO_TEST_SET, has_test_set, split_table
from ui.parts.choice import choose, keep, kept, put
from ui.parts.notices import in_sentences, plain

DELIMITERS = {",": "Comma ,", ";": "Semicolon ;", "\t": "Tab", "|": "Bar |", " ": "Space"}
DECIMALS = {".": "1.5", ",": "1,5"}
ENCODINGS = ("utf-8", "cp1252", "cp1250", "cp1251", "cp1253", "cp932", "gb18030", "utf-16")
TASKS = {CLASSIFICATION: "Classes", REGRESSION: "A number"}
MOST_COLUMNS = 100  # of the first rows
HEIGHT = 250  # pixels


def table_view(session: DataSession, upload: Upload, guessed: TablePreview, label: str) -> TablePlan | None:
    """Draw the preview of a table; return the plan, or None if nothing can be learned as it is set."""
    plan, place = None, st.container()
    with st.sidebar:
        dialect = _dialect(upload, guessed)
    with place, in_sentences():  # how the file is read stays, so that it can be changed back
        plan = _view(session, upload, _chosen(upload, dialect, guessed), label)
    return plan


def _view(session: DataSession, upload: Upload, asked: TablePreview, label: str) -> TablePlan | None:
    preview = _without_missing(upload, asked)
    suggested = suggested_plan(preview, label)
    images = _target(upload, preview)
    is_open = preview.target and images is None  # whether there is anything to decide about single columns
    missing = missing_values(upload, preview) if is_open else suggested.missing_values
    if is_open:
        ask_questions(upload, asked)
    kinds = suggested.kinds if images else {**suggested.kinds, **_decided(upload, preview)}
    with st.sidebar:
        split = split_table(session, upload, columns_of_splits(preview))
    merge = merges(upload)
    plan = replace(suggested, kinds=kinds, missing_values=missing, split=split, images=images, merge_classes=merge)
    problem = plan_problem(preview, plan) or (NO_TEST_SET if has_test_set(upload) and session.test is None else "")
    if problem:
        st.warning(plain(problem), icon=":material/warning:")
    if is_open and target_column(preview).distinct > MOST_CLASSES:
        _offer_to_merge(upload, target_column(preview))  # here, for nothing can be learned without it
    for note in (*preview.notes, *_notes_on_target(preview, merge)):
        st.caption(f":material/info: {plain(note)}")
    if images:
        _pixels(upload, preview, images)
    else:
        columns_table(upload, preview, plan.split.column)
        _rows_and_classes(upload, preview)
    return None if problem else plan


def described(preview: TablePreview) -> str:
    """Return the size of a table in words."""
    rows = counted(preview.count, "row")
    return f"{'about ' if preview.estimated else ''}{rows} × {counted(len(preview.columns), 'column')}"


def _chosen(upload: Upload, dialect: Dialect, guessed: TablePreview) -> TablePreview:
    """Return the preview with what a person has chosen: how it is read, the target, the task."""
    read = guessed if dialect == guessed.dialect else table_preview(upload, dialect)
    names = [column.name for column in read.columns]
    target = kept(upload.key("target"), read.target or None)
    if target not in names:
        target = read.target or None
        put(upload.key("target"), target)
    if target is None:
        return read
    task = kept(_task_key(upload, names.index(target)), "")
    if target == read.target and task in ("", read.task):
        return read
    return table_preview(upload, dialect, target, task)


def _without_missing(upload: Upload, preview: TablePreview) -> TablePreview:
    """Return the preview with the figures of the values that a person has not decided mean missing."""
    if not upload.missing:
        return preview
    return table_preview(upload, preview.dialect, preview.target, preview.task, upload.missing)


def _task_key(upload: Upload, column: int) -> str:
    return upload.key(f"task_{column}")


def _target(upload: Upload, preview: TablePreview) -> ImageOptions | None:
    """Draw what is to be predicted; return how the columns are read as the pixels of images, None if they are not."""
    names = [column.name for column in preview.columns]
    with st.container(horizontal=True, gap="medium"):
        keep(
            st.selectbox,
            "Predict",
            names,
            key=upload.key("target"),
            first=preview.target or None,
            width=280,
            on_change=upload.replace_columns,
        )
        if preview.target:
            column = names.index(preview.target)
            question = preview.columns[column].question or None
            keep(
                st.segmented_control,
                "As",
                list(TASKS),
                key=_task_key(upload, column),
                first=preview.task,
                required=True,
                format_func=TASKS.__getitem__,
                help=question,
            )
        if preview.images is None or not preview.target:
            return None
        rows, columns = preview.images.size
        label = f"Read as images of {rows} × {columns} pixels"
        if not keep(st.toggle, label, key=upload.key("as_images"), first=True):
            return None
        return arrangement(upload, preview.images)


def _decided(upload: Upload, preview: TablePreview) -> dict[str, str]:
    names = {column.name for column in preview.columns} - {preview.target}
    return {name: kind for name, kind in upload.kinds.items() if name in names}


def _notes_on_target(preview: TablePreview, merge: bool) -> tuple[str, ...]:
    """Return sentences on classes that are rare, or far more frequent than others."""
    has_classes = preview.target and preview.task == CLASSIFICATION
    return notes_on_classes(target_column(preview, merge)) if has_classes else ()


def _rows_and_classes(upload: Upload, preview: TablePreview) -> None:
    column = next((column for column in preview.columns if column.name == preview.target), None)
    has_classes = column is not None and preview.task == CLASSIFICATION and column.values
    left, right = st.columns([3, 2]) if has_classes else (st.container(), None)
    with left:
        names = [column.name for column in preview.columns[:MOST_COLUMNS]]
        more = f", first {MOST_COLUMNS} columns" if len(preview.columns) > MOST_COLUMNS else ""
        st.caption(f"First {counted(len(preview.rows), 'row')}{more}")
        rows = pd.DataFrame([row[:MOST_COLUMNS] for row in preview.rows], columns=names)
        height = min(HEIGHT, ROW * (1 + len(rows)) + 3)
        st.dataframe(rows, hide_index=True, height=height, row_height=ROW, alt="First rows")
    if right is not None and column is not None:
        with right:
            merge, counts = merges(upload), classes_in_order(column)
            number = target_column(preview, merge).distinct
            st.caption(f"{counted(number, 'class', 'classes')} of {plain(column.name)}")
            class_counts(merged_counts(counts) if merge else counts, HEIGHT)
            if column.distinct <= MOST_CLASSES:
                _offer_to_merge(upload, column)


def _offer_to_merge(upload: Upload, column: Column) -> None:
    counts = classes_in_order(column)
    if column.distinct == len(counts):  # all are known
        offer_to_merge(upload, [name for name, _ in counts])


def _pixels(upload: Upload, preview: TablePreview, images: ImageOptions) -> None:
    """Show some rows as images, by their class or with their number."""
    place = [column.name for column in preview.columns].index(preview.target)
    arranged = arrange(example_images(preview), images)
    if preview.task == REGRESSION:
        pictures_with_numbers(arranged, [row[place] for row in preview.examples], preview.target)
        return
    pictures: dict[str, list[np.ndarray]] = {}
    for row, image in zip(preview.examples, arranged, strict=True):
        pictures.setdefault(row[place], []).append(image)
    class_pictures(upload, classes_in_order(target_column(preview)), pictures, 2 * HEIGHT)


def _dialect(upload: Upload, guessed: TablePreview) -> Dialect:
    """Draw the fold with how the file is read."""
    dialect = guessed.dialect
    if dialect.format == PARQUET:
        return dialect
    with st.expander("How the file is read", icon=":material/table_view:", key=upload.key("reading")):
        if dialect.format == EXCEL and len(guessed.sheets) > 1:
            sheet = keep(st.selectbox, "Sheet", guessed.sheets, key=upload.key("sheet"), first=dialect.sheet)
            dialect = replace(dialect, sheet=sheet)
        if dialect.format == CSV:
            dialect = _text_dialect(upload, dialect)
        header = keep(st.toggle, "The first row has the column names", key=upload.key("header"), first=dialect.header)
        skip = keep(st.number_input, "Lines to skip above", 0, 1000, key=upload.key("skip"), first=dialect.skip)
        return replace(dialect, header=header, skip=int(skip))


def _text_dialect(upload: Upload, dialect: Dialect) -> Dialect:
    delimiters = {dialect.delimiter: dialect.delimiter} | DELIMITERS
    delimiter = keep(
        st.selectbox,
        "Delimiter",
        list(delimiters),
        key=upload.key("delimiter"),
        first=dialect.delimiter,
        format_func=delimiters.__getitem__,
    )
    decimal = choose("Decimal numbers", _first(DECIMALS, dialect.decimal), key=upload.key("decimal"), labeled=True)
    encodings = list(dict.fromkeys([dialect.encoding, *ENCODINGS]))
    encoding = keep(st.selectbox, "Encoding", encodings, key=upload.key("encoding"), first=dialect.encoding)
    return replace(dialect, delimiter=delimiter, decimal=decimal, encoding=encoding)


def _first(words: dict[str, str], name: str) -> dict[str, str]:
    """Return the words with that of `name` first."""
    return {name: words[name]} | words
