"""Which runs are selected. The selection lives in the address, so that a link opens the same comparison."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mlp.store import RunRecord, StoreError
from ui.parts.server import store
from ui.parts.state import Key

MOST_SELECTED = 60  # runs: twelve settings with five seeds each
RUNS = "runs"  # the parameter of the address


class Found(NamedTuple):
    """What the store has of the selected runs."""

    runs: list[RunRecord]
    complaints: list[str]  # a sentence for each run that is missing or unreadable
    deleted: list[RunRecord]


def selected_ids() -> list[str]:
    """Return the selected runs in the order in which they were selected, which is that of their colors."""
    ids: list[str] = st.session_state.get(Key.SELECTED, [])
    return ids


def generation() -> int:
    """Return a number that grows when anything but the table itself changes the selection."""
    number: int = st.session_state.get(Key.SELECTED_GENERATION, 0)
    return number


def select(ids: Iterable[str], by_table: bool = False) -> None:
    """Select these runs; unless the table itself did so, its ticks are set again."""
    st.session_state[Key.SELECTED] = list(dict.fromkeys(ids))[:MOST_SELECTED]
    if not by_table:
        st.session_state[Key.SELECTED_GENERATION] = generation() + 1
    _into_address()


def deselect(ids: Iterable[str]) -> None:
    """Take runs out of the selection."""
    without = set(ids)
    select(run_id for run_id in selected_ids() if run_id not in without)


def open_address() -> None:
    """Select the runs in the address, at first and after the browser's back or forward; otherwise write it.

    A message from the browser carries the address as it was when it was sent: a late one could undo a selection.
    """
    context = get_script_run_ctx()
    travelled = context is not None and context.is_history_navigation
    if not travelled and Key.SELECTED in st.session_state:
        _into_address()
        return
    ids = list(dict.fromkeys(part.strip() for part in st.query_params.get(RUNS, "").split(",") if part.strip()))
    if ids != selected_ids():
        select(ids)


def find_selected(runs: Sequence[RunRecord]) -> Found:
    """Find the selected runs among all that can be shown."""
    known = {run.id: run for run in runs}
    found = Found([], [], [])
    for run_id in selected_ids():
        if run_id in known:
            found.runs.append(known[run_id])
            continue
        try:
            run = store().run(run_id)
            if run.deleted is not None:
                found.deleted.append(run)
            else:
                _ = run.config  # raises the sentence that says why it is not shown
        except StoreError as error:
            found.complaints.append(str(error))
    return found


def readable(runs: Sequence[RunRecord]) -> tuple[list[RunRecord], list[str]]:
    """Return the runs with readable settings, and a sentence for each of the others."""
    known, complaints = [], []
    for run in runs:
        try:
            _ = run.config, run.initial_config_json == run.config_json or run.initial_config
            known.append(run)
        except StoreError as error:
            complaints.append(str(error))
    return known, complaints


def _into_address() -> None:
    if selected_ids():
        st.query_params[RUNS] = ",".join(selected_ids())
    else:
        st.query_params.pop(RUNS, None)
