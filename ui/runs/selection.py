"""The choice of runs to compare. It lives in the address, so that a link opens the same comparison."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mlp.store import RunRecord, StoreError
from ui.parts.server import store

MOST_CHOSEN = 60  # runs: twelve settings with five seeds each


class Choice(NamedTuple):
    """What the address asks for."""

    runs: list[RunRecord]
    complaints: list[str]  # a sentence for each run that is missing or unreadable
    deleted: list[RunRecord]


def chosen_ids() -> list[str]:
    """Return the selected runs in the order in which they were selected, which is that of their colors."""
    ids: list[str] = st.session_state.get("compared", [])
    return ids


def edition() -> int:
    """Return a number that grows when anything but the table itself changes the choice."""
    number: int = st.session_state.get("compare_edition", 0)
    return number


def choose(ids: Sequence[str]) -> None:
    """Compare these runs."""
    st.session_state.compared = list(dict.fromkeys(ids))[:MOST_CHOSEN]
    _into_address()


def choose_and_tick(ids: Sequence[str]) -> None:
    """Compare these runs, and tick them in the table."""
    choose(ids)
    st.session_state.compare_edition = edition() + 1


def open_address() -> None:
    """Select the runs in the address. If it names none, as from another page, the choice stays."""
    asked = st.query_params.get("runs")
    context = get_script_run_ctx()
    travelled = context is not None and context.is_history_navigation
    if asked is None and not travelled:
        _into_address()
        return
    ids = list(dict.fromkeys(part.strip() for part in (asked or "").split(",") if part.strip()))
    if ids != chosen_ids():
        choose_and_tick(ids)


def look_up(runs: Sequence[RunRecord]) -> Choice:
    """Find the selected runs among all that can be shown."""
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
                _ = run.config  # raises the sentence that says why it is not shown
        except StoreError as error:
            choice.complaints.append(str(error))
    return choice


def _into_address() -> None:
    if chosen_ids():
        st.query_params["runs"] = ",".join(chosen_ids())
    else:
        st.query_params.pop("runs", None)
