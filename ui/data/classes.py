"""The examples of a data set before the import: how many there are of each class, and some of the images."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from mlp.datasets.own.spelling import Counts, folded, merged_counts, note_on_spelling
from ui.data.session import Upload
from ui.parts.choice import keep, kept
from ui.parts.notices import plain
from ui.parts.pictures import address_of

MERGE = "merge_classes"  # the switch
ROW, PICTURE_ROW = 35, 44  # pixels
LONG, NAME_WIDTH = 16, 140  # characters of a class; pixels
MOST_PICTURES = 10  # beside each other


def merges(upload: Upload) -> bool:
    """Return whether those classes become one that differ only in capital letters or spaces."""
    return kept(upload.key(MERGE), False)


def offer_to_merge(upload: Upload, names: Sequence[str]) -> None:
    """Draw what classes differ only in capital letters or spaces, if any, with the switch that makes them one."""
    sentence = note_on_spelling(names, one=merges(upload))
    if sentence:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="merge_classes"):
            st.markdown(f":orange[:material/warning:] {plain(sentence)}", width="stretch")
            keep(st.toggle, "Merge", key=upload.key(MERGE), first=False, width="content")


def class_counts(counts: Counts, height: int) -> None:
    """Draw a table of classes with bars for their counts."""
    st.dataframe(
        pd.DataFrame({"name": [name for name, _ in counts], "count": [count for _, count in counts]}),
        hide_index=True,
        height=min(height, ROW * (1 + len(counts)) + 3),
        row_height=ROW,
        column_config={"name": _names(counts), "count": _bars(counts)},
        alt="Classes",
    )


def class_pictures(upload: Upload, counts: Counts, pictures: Mapping[str, Sequence[np.ndarray]], height: int) -> None:
    """Draw a table of classes with bars for their counts, and images uint8 [rows, columns] of each."""
    offer_to_merge(upload, [name for name, _ in counts])
    if merges(upload):
        counts = merged_counts(counts)
        same = {name: [other for other in pictures if folded(other) == folded(name)] for name, _ in counts}
        pictures = {name: [picture for other in others for picture in pictures[other]] for name, others in same.items()}
    most = min(MOST_PICTURES, max(map(len, pictures.values()), default=0))
    columns: dict[str, list[object]] = {"name": [name for name, _ in counts], "count": [count for _, count in counts]}
    for place in range(most):
        columns[f"picture {place}"] = [
            address_of(pictures[name][place], gray=True) if place < len(pictures.get(name, ())) else None
            for name, _ in counts
        ]
    config = st.column_config
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height=min(height, ROW + PICTURE_ROW * len(counts) + 3),
        row_height=PICTURE_ROW,
        column_config={
            "name": _names(counts),
            "count": _bars(counts),
            **{f"picture {place}": config.ImageColumn("", width=PICTURE_ROW + 16) for place in range(most)},
        },
        placeholder="",
        alt="Classes with examples",
    )


def pictures_with_numbers(images: np.ndarray, numbers: Sequence[str], target: str) -> None:
    """Draw images, uint8 [n, rows, columns], each with its value of the target."""
    st.caption(f"Examples, with the value of {plain(target)}")
    st.image(list(images), list(numbers), width=64)


def _names(counts: Counts) -> ColumnConfig:
    """Return the column of classes, in which a long name leaves room for what is beside it."""
    is_long = any(len(name) > LONG for name, _ in counts)
    return st.column_config.TextColumn("Class", width=NAME_WIDTH if is_long else None)


def _bars(counts: Counts) -> ColumnConfig:
    most = max((count for _, count in counts), default=1)
    return st.column_config.ProgressColumn(
        "Examples", format="%d", min_value=0, max_value=most, width=130, color="gray"
    )
