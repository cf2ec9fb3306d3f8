"""The choice is which runs are compared. It lives in the address, so that a link opens the same comparison."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mlp.store import RunRecord, StoreError
from ui.session import store

MOST_CHOSEN = 60  # runs: twelve settings with five seeds each


class Choice(NamedTuple):
    """What the address asks for."""

    runs: list[RunRecord]
    complaints: list[str]  # a sentence for each run that can't be had
    deleted: list[RunRecord]


def chosen_ids() -> list[str]:
    """Return the runs that are chosen, in the order in which they were: that of their colours."""
    ids: list[str] = st.session_state.get("compared", [])
    return ids


def edition() -> int:
    """Return a number that grows when something but the table itself has changed the choice."""
    number: int = st.session_state.get("compare_edition", 0)
    return number


def choose(ids: Sequence[str]) -> None:
    """Compare these runs from now on."""
    st.session_state.compared = list(dict.fromkeys(ids))[:MOST_CHOSEN]
    _into_address()


def choose_anew(ids: Sequence[str]) -> None:
    """Compare these runs from now on, and show so in the table too."""
    choose(ids)
    st.session_state.compare_edition = edition() + 1


def open_address() -> None:
    """Choose what the address asks for. One that asks for nothing, from another page, leaves the choice as it was."""
    told = st.query_params.get("runs")
    context = get_script_run_ctx()
    travelled = context is not None and context.is_history_navigation
    if told is None and not travelled:
        _into_address()
        return
    ids = list(dict.fromkeys(part.strip() for part in (told or "").split(",") if part.strip()))
    if ids != chosen_ids():
        choose_anew(ids)


def look_up(runs: Sequence[RunRecord]) -> Choice:
    """Find the chosen runs among all that can be shown."""
    known = {run.id: run for run in runs}
    choice = Choice([], [], [])
    for run_id in chosen_ids():
        if run_id in known:
            choice.runs.append(known[run_id])
            continue
        try:
            run = store().run(run_id)
            if run.deleted is not None:
                choice.deleted.append(run)
            else:
                _ = run.config  # raises the sentence that says why it is not among them
        except StoreError as error:
            choice.complaints.append(str(error))
    return choice


def _into_address() -> None:
    if chosen_ids():
        st.query_params["runs"] = ",".join(chosen_ids())
    else:
        st.query_params.pop("runs", None)
