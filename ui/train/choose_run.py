"""The list of the latest runs, any of which can be opened."""

from collections import Counter

import streamlit as st

from mlp.comparison.groups import label_of, score_text, title_of
from mlp.datasets import short_dataset_label
from mlp.store import RunRecord
from mlp.training import Status
from ui.parts.browser import browser_token
from ui.parts.handover import hand_over_button
from ui.parts.open_network import open_button
from ui.parts.server import store
from ui.parts.state import Key
from ui.parts.wording import STATUS_WORDS
from ui.train.session import TrainSession
from ui.train.settings import open_run

MOST_LISTED = 50  # the latest: all are on the Runs page


def choose_run(session: TrainSession) -> None:
    """Draw the button that opens the list."""
    place = st.popover("Open run", icon=":material/folder_open:", on_change="rerun", key=Key.RUN_LIST)
    if not place.open:
        return  # a page with many runs answers sooner
    labels = {run.id: _label(run) for run in store().runs()[:MOST_LISTED]}
    shown = session.run.id if session.run else ""
    if session.run and shown not in labels:  # older, or not trained yet
        labels = {shown: label_of(session.run.view().config)} | labels
    # The browser tells choices apart by their labels alone: of two equal ones, the first would be chosen.
    equal = {label for label, count in Counter(labels.values()).items() if count > 1}
    labels = {run_id: f"{label} · {run_id}" if label in equal else label for run_id, label in labels.items()}
    st.session_state[Key.CHOSEN_RUN] = shown
    with place:
        st.selectbox(
            "Run",
            list(labels),
            format_func=labels.__getitem__,
            key=Key.CHOSEN_RUN,
            on_change=lambda: _open(session),
            width=440,
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link("pages/runs.py", label=f"These are the latest {MOST_LISTED}. See all runs", width="stretch")
            open_button(closing=Key.RUN_LIST)
        hand_over_button(session, closing=Key.RUN_LIST)


def _open(session: TrainSession) -> None:
    open_run(session, st.session_state[Key.CHOSEN_RUN])
    st.session_state[Key.RUN_LIST] = False
    st.rerun()


def _label(run: RunRecord) -> str:
    # Only a finished run's stored score is that of its latest state, which the views measure.
    status = Status(run.status)
    reached = score_text(run.task, run.validation_score) if status is Status.FINISHED else STATUS_WORDS[status].lower()
    return f"{title_of(run)} · {reached} · {short_dataset_label(run.dataset, browser_token())}"
