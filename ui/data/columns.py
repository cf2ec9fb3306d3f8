"""The columns of a table: what each holds, and what it is for, which a person can change in its cell."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from mlp.datasets.own.columns import Column
from mlp.datasets.own.plan import CATEGORY, KINDS, LEFT_OUT, NUMBER, TARGET
from mlp.datasets.own.preview import TablePreview, columns_of_splits
from mlp.text import short
from ui.data.session import Upload
from ui.data.split import split_by
from ui.parts.choice import choose, keep, kept, put
from ui.parts.notices import plain

ROW = 35  # pixels
MOST_VISIBLE = 7.5  # rows of the table of columns; of more, half a row shows that it scrolls
MOST_QUESTIONS = 3  # at once
BARS = 10
NO_SPLIT = "The split must be a column whose values are words such as train, validation and test."
YES, NO = "missing", "value"
SPLIT = "split"  # what the column is used as whose values name the split of each row


def columns_table(upload: Upload, preview: TablePreview, split: str) -> None:
    """Draw the table of columns, of which `split` may name the split of each row. A kind is changed in its cell."""
    st.caption("Columns. Click or tap a cell twice, or press Enter on it, to change its use or what means missing.")
    config = st.column_config
    key = upload.key(f"columns_{upload.edited}")
    st.data_editor(
        _frame(upload, preview, split),
        hide_index=True,
        height=int(ROW * (1 + min(len(preview.columns), MOST_VISIBLE))) + 3,
        row_height=ROW,
        disabled=["column", "missing", "values", "bars", "why"],
        column_config={
            "column": config.TextColumn("Column", width=140),
            "kind": config.SelectboxColumn(
                "Use as", options=[*KINDS, *([SPLIT] if columns_of_splits(preview) else [])], required=True, width=90
            ),
            "missing": config.ProgressColumn(
                "Missing", format="percent", min_value=0, max_value=1, width=85, color="gray"
            ),
            "texts": config.MultiselectColumn(
                "Means missing",
                help="Empty cells always are. Type a text or a number, such as ? or -999, then press Enter.",
                options=sorted({text for column in preview.columns for text in _texts(column)}),
                accept_new_options=True,
                width=135,
            ),
            "bars": config.BarChartColumn("Distribution", y_min=0, width=90, color="gray"),
            "values": config.TextColumn("Values", width=125),
            "why": config.TextColumn("Why", width=210),
        },
        key=key,
        on_change=_edit,
        args=(upload, preview, split, key),
        alt="Columns",
    )


def _frame(upload: Upload, preview: TablePreview, split: str) -> pd.DataFrame:
    columns = preview.columns
    return pd.DataFrame(
        {
            "column": [column.name for column in columns],
            "kind": [_shown_kind(upload, column, split) for column in columns],
            "missing": [column.missing for column in columns],
            "texts": [_texts(column) for column in columns],
            "bars": [_bars(column) for column in columns],
            "values": [_values(column) for column in columns],
            "why": [_why(column, split) for column in columns],
        }
    )


def _shown_kind(upload: Upload, column: Column, split: str) -> str:
    if column.name == split:
        return SPLIT
    return column.kind if column.kind == TARGET else upload.shown_kinds.get(column.name, column.kind)


def _bars(column: Column) -> list[int]:
    return list(column.histogram) or [count for _, count in column.values[:BARS]]


def _values(column: Column) -> str:
    if column.low is not None and column.high is not None and column.histogram:
        return f"{_bound(column.low)} … {_bound(column.high)}"
    return ", ".join(text for text, _ in column.values[:5])


def _bound(number: float) -> str:
    """Return a number for which there is little room."""
    return f"{number:.2g}" if abs(number) < 1 else short(number)


def _texts(column: Column) -> list[str]:
    """Return the texts of a column that count as missing."""
    return [text for text in column.missing_values if text]


def _why(column: Column, split: str) -> str:
    return "Names the split of each row." if column.name == split else column.reason


def _edit(upload: Upload, preview: TablePreview, split: str, key: str) -> None:
    """Keep what was changed in cells; of the kind "target" there is always one."""
    for row, cells in st.session_state[key]["edited_rows"].items():
        name, kind = preview.columns[int(row)].name, cells.get("kind")
        if "texts" in cells:
            upload.missing[name] = tuple(filter(None, map(str.strip, cells["texts"] or ())))
            upload.replace_columns()
        if kind == SPLIT and name not in columns_of_splits(preview):
            st.toast(NO_SPLIT, icon=":material/info:")
            upload.replace_columns()
        elif kind == SPLIT:
            split_by(upload, name)
            upload.replace_columns()
        elif kind == TARGET and name != preview.target:
            upload.kinds.pop(name, None)
            put(upload.key("target"), name)
            upload.replace_columns()
        elif name == preview.target and kind not in (None, TARGET):
            st.toast("There must be a target. Choose another one first.", icon=":material/info:")
            upload.replace_columns()
        elif kind is not None:
            upload.kinds[name] = kind
            put(upload.key(f"kind_{row}"), kind)  # the answer to a question about it
            if name == split:
                split_by(upload, "")
                upload.replace_columns()


def missing_values(upload: Upload, preview: TablePreview) -> dict[str, tuple[str, ...]]:
    """Return the texts that mean missing, by column."""
    found = {}
    for column in preview.columns:
        texts = column.missing_values
        if upload.kinds.get(column.name) == CATEGORY and column.kind == NUMBER:  # a word among numbers is a value then
            decided = upload.missing.get(column.name, ())
            texts = tuple(text for text in texts if not text or text != column.suspect or text in decided)
        if texts:
            found[column.name] = texts
    return found


def ask_questions(upload: Upload, preview: TablePreview) -> None:
    """Ask what should be decided about columns."""
    asked = [place for place, column in enumerate(preview.columns) if column.question and column.kind != TARGET]
    for place in asked[:MOST_QUESTIONS]:
        column = preview.columns[place]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":orange[:material/help:] **{plain(column.name)}**: {plain(column.question)}", width="content")
            _answered(upload, column, place)
    if len(asked) > MOST_QUESTIONS:
        st.caption(f"And {len(asked) - MOST_QUESTIONS:,} more such columns: see the table.")


def _answered(upload: Upload, column: Column, place: int) -> None:
    """Draw the answers to a column's question."""
    if column.suspect and column.suspect not in column.missing_values:  # a number, such as -999, or a category's ?
        _choose_missing(upload, column, place)
    elif column.suspect:  # a word among numbers
        _choose_kind(upload, column, place, {NUMBER: "Missing", CATEGORY: "No: use categories"})
    else:
        kinds = (LEFT_OUT, NUMBER) if column.kind == LEFT_OUT else (NUMBER, CATEGORY)
        _choose_kind(upload, column, place, {kind: kind.capitalize() for kind in kinds})


def _choose_missing(upload: Upload, column: Column, place: int) -> None:
    """Ask whether a text means missing, as its cell in the table does."""
    key = upload.key(f"missing_{place}")
    decided = upload.missing.get(column.name, ())

    def answer() -> None:
        others = tuple(text for text in decided if text != column.suspect)
        upload.missing[column.name] = (*others, column.suspect) if kept(key, NO) == YES else others
        upload.replace_columns()

    now = YES if column.suspect in decided else NO
    if kept(key, NO) != now:
        put(key, now)
    choose(column.question, {NO: "A value", YES: "Missing"}, key=key, on_change=answer)


def _choose_kind(upload: Upload, column: Column, place: int, words: Mapping[str, str]) -> None:
    """Ask what a column is used as, as its cell in the table does."""
    key, now = upload.key(f"kind_{place}"), upload.kinds.get(column.name, column.kind)

    def answer() -> None:
        upload.kinds[column.name] = kept(key, now)
        upload.replace_columns()

    keep(
        st.segmented_control,
        column.question,
        list(dict.fromkeys([*words, now])),
        key=key,
        first=now,
        required=True,
        format_func=lambda kind: words.get(kind, kind.capitalize()),
        label_visibility="collapsed",
        on_change=answer,
    )
