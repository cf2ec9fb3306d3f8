"""The data sets that this browser has brought: each can be used, renamed and deleted."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from mlp.comparison.groups import names_by_id
from mlp.datasets import REGRESSION, DatasetInfo
from mlp.datasets.own.stored import (
    LONGEST_LABEL,
    delete,
    may_change,
    own_datasets,
    read_stored,
    rename,
    size_of,
)
from mlp.datasets.preprocessing import Column, NumberColumn
from mlp.store import RunRecord
from mlp.text import counted, file_size, short
from mlp.training import Status
from ui.classroom.school_class import SchoolClass, school_class
from ui.parts.browser import browser_token
from ui.parts.dialogs import close_dialog, closing_dialog, open_dialog, show_refusal
from ui.parts.notices import in_sentences, plain
from ui.parts.server import store
from ui.parts.state import Key
from ui.parts.times import time_in_zone

MOST_NAMED = 5  # runs
FOREIGN = "Imported on the command line: rename or delete it there"


def use(name: str) -> None:
    """Open the Train page with a data set, and nothing to press there but Train."""
    st.session_state[Key.OPENS_ADDRESS] = True
    st.switch_page("pages/train.py", query_params={"dataset": name})


def own_sets() -> None:
    """List this browser's data sets, the latest first."""
    found = own_datasets(browser_token())
    if found:
        st.markdown("##### Your data sets")
    for info in found:
        with in_sentences():
            _row(info)


def _row(info: DatasetInfo) -> None:
    own = may_change(info.name, browser_token())
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=info.name):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(info.label)}**")
            st.caption(plain(_described(info)))
        st.button("Use", icon=":material/play_circle:", on_click=use, args=(info.name,), key=f"use_{info.name}")
        with st.container(horizontal=True, width="content", gap="small"):
            for word, dialog, needs_owner in (
                ("Details", _details, False),
                ("Rename", _rename, True),
                ("Delete", _delete, True),
            ):
                off = needs_owner and not own
                st.button(
                    word,
                    type="tertiary",
                    disabled=off,
                    help=FOREIGN if off else None,
                    on_click=open_dialog,
                    args=(dialog, info),
                    key=f"{word.lower()}_{info.name}",
                )


def _described(info: DatasetInfo) -> str:
    what = f"predicts {info.target.name}" if info.target and info.task == REGRESSION else ""
    what = what or counted(info.classes, "class", "classes")
    when = time_in_zone(read_stored(info.name, browser_token()).imported, st.context.timezone)
    return f"{info.description.rstrip('.')} · {what} · {file_size(size_of(info.name))} · {when}"


@st.dialog("What the network sees", icon=":material/info:", width="large", on_dismiss=close_dialog)
def _details(info: DatasetInfo) -> None:
    with in_sentences():
        stored = read_stored(info.name, browser_token())
        sizes = f"{info.train:,} for training, {info.validation:,} for validation, {info.test:,} for testing"
        st.markdown(f"**{plain(info.label)}**: {counted(info.inputs, 'input')}; examples: {sizes}.")
        st.caption(plain(f"{info.source[0].upper()}{info.source[1:]}."))
        for note in stored.notes:
            st.caption(f":material/info: {plain(note)}")
        if stored.preprocessing is None:
            st.caption("Each input is a pixel, from 0 for black to 1 for white.")
            return
        rows = [(name, meaning) for column in stored.preprocessing.columns for name, meaning in explained(column)]
        st.dataframe(pd.DataFrame(rows, columns=["Input", "Value"]), hide_index=True, alt="Inputs")
        if info.target and info.task == REGRESSION:
            target = _standardized(info.target.name, short(info.target.mean), info.target.scale)
            st.caption(f"The network predicts {plain(target)}; pages show it in the target's unit.")


def explained(column: Column) -> list[tuple[str, str]]:
    """Return the inputs that a column gives, each with how it is computed."""
    if isinstance(column, NumberColumn):
        value = _standardized(column.name, _number(column, column.mean), column.scale)
        value += " days" if column.is_date else ""
        missing = f"; {_number(column, column.median)} if missing" if column.flag else ""
        meanings = [value + missing, "1 if missing, else 0"]
    else:
        meanings = ["1 if so, else 0"] * len(column.names)
    return list(zip(column.names, meanings, strict=False))


def _number(column: NumberColumn, value: float) -> str:
    return column.text(round(value)) if column.is_date else short(value)


def _standardized(name: str, mean: str, scale: float) -> str:
    return f"({name} − {mean}) / {short(scale)}"


@st.dialog("Rename", icon=":material/edit:", on_dismiss=close_dialog)
def _rename(info: DatasetInfo) -> None:
    with st.form("rename_data", border=False):  # so that Enter saves
        st.text_input("Name", info.label, max_chars=LONGEST_LABEL, key=f"label_{info.name}")
        st.form_submit_button("Save", type="primary", on_click=_rename_now, args=(info.name,), key="save_label")
    show_refusal()


def _rename_now(name: str) -> None:
    with closing_dialog():
        rename(name, st.session_state[f"label_{name}"], browser_token())


def runs_that_need(dataset: str, stored: Sequence[RunRecord]) -> list[str]:
    """Return what the runs on a data set are called on the Runs page."""
    names = names_by_id(stored, browser_token())
    return [names[run.id] for run in stored if run.dataset == dataset]


def needed_for(runs: Sequence[str], training: int, dataset: str, room: SchoolClass) -> list[str]:
    """Return in sentences what can't go on without a data set; `training` of the runs that are named train now."""
    said = []
    if runs:
        now = f" ({counted(training, 'trains', 'train')} now)" if training else ""
        needed = f"{counted(len(runs), 'run needs', 'runs need')} it{now} and can't be opened without:"
        listed = [f"- {plain(name)}" for name in runs[:MOST_NAMED]]
        more = [f"- and {len(runs) - MOST_NAMED:,} more"] if len(runs) > MOST_NAMED else []
        said.append("\n".join([needed, *listed, *more]))
    if room.challenge and room.challenge.dataset == dataset:
        lost = "nobody can take part any more, and its test set can't be opened"
        lost = "what is not measured yet on its test set stays unknown" if room.challenge.is_over else lost
        said.append(f"The class's challenge is on it: {lost}.")
    if room.given and dataset in room.given.datasets:
        said.append("The settings that the teacher gave the class use it, and can't be opened without.")
    return said


@st.dialog("Delete", icon=":material/delete:", on_dismiss=close_dialog)
def _delete(info: DatasetInfo) -> None:
    with in_sentences():
        stored = store().runs()
        training = sum(run.dataset == info.name and run.status == Status.RUNNING for run in stored)
        st.markdown(
            f"Delete **{plain(info.label)}**? This can't be undone, and links and exercises with it no longer open."
        )
        for said in needed_for(runs_that_need(info.name, stored), training, info.name, school_class()):
            st.warning(said, icon=":material/warning:")
        st.button("Delete", type="primary", on_click=_delete_now, args=(info.name,), key="delete_data")
    show_refusal()


def _delete_now(name: str) -> None:
    with closing_dialog():
        delete(name, browser_token())
