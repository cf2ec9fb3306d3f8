"""Which runs are selected. The selection lives in the address, so that a link opens the same comparison."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import streamlit as st

from mlp.store import RunRecord, StoreError
from ui.parts.classroom import change_address
from ui.parts.server import store
from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation

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


def select(ids: Iterable[str], **others: str) -> None:
    """Select these runs, and put them into the address, in one go with what else changes there."""
    st.session_state[Key.SELECTED] = list(dict.fromkeys(ids))[:MOST_SELECTED]
    change_address({RUNS: ",".join(selected_ids())} | others)


def deselect(ids: Iterable[str]) -> None:
    """Take runs out of the selection."""
    without = set(ids)
    select(run_id for run_id in selected_ids() if run_id not in without)


def open_address() -> None:
    """Select the runs in the address, at first and after the browser's back or forward; otherwise write it.

    A message from the browser carries the address as it was when it was sent: a late one could undo a selection.
    """
    if is_history_navigation() or Key.SELECTED not in st.session_state:
        select(filter(None, map(str.strip, st.query_params.get(RUNS, "").split(","))))
    else:
        select(selected_ids())


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
