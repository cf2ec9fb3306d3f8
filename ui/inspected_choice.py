"""Which run the Inspect page looks at: the choice of one, and what it is made of."""

import streamlit as st

from mlp.charts.wording import percent
from mlp.comparison import label_of, title_of
from mlp.config import FIELDS, RunConfig, value_words
from mlp.datasets import DATASETS
from mlp.store import RunRecord, StoreError
from ui.address import RUN
from ui.classroom import write_address
from ui.session import Desk, store

MOST_LISTED = 50  # the latest: all are on the Compare page
KEY = "inspected_run"
SETTINGS = ("activation", "initializer", "optimizer", "learning_rate", "batch_size", "dropout", "seed")


def choose_run(desk: Desk) -> None:
    """Draw which of the latest runs is shown; another one that is chosen goes into the address, which opens it."""
    labels = {run.id: _label(run) for run in store().runs()[:MOST_LISTED]}
    shown = desk.run.id if desk.run else None
    if desk.run and shown not in labels:  # older, or has learned nothing yet
        labels = {desk.run.id: label_of(desk.run.view().config)} | labels
    if not labels:
        return
    st.session_state[KEY] = shown
    st.selectbox(
        "Run",
        list(labels),
        format_func=labels.__getitem__,
        key=KEY,
        placeholder="Choose a run",
        on_change=lambda: write_address({RUN: st.session_state[KEY]}),
        help=f"The latest {MOST_LISTED}; the Compare page has them all.",
    )
    if desk.run:
        st.caption(_settings(desk.run.view().config))


def _label(run: RunRecord) -> str:
    try:
        title = title_of(run)
    except StoreError:  # settings that this program can't read; opening it says why
        title = run.id
    return f"{title} · {percent(run.validation_accuracy)} · {run.dataset}"  # the list cuts off what has no room


def _settings(config: RunConfig) -> str:
    """Return what a network is made of, and how it is trained, as a list of few words."""
    told = {"Data": DATASETS[config.dataset].label, "Units": "–".join(map(str, config.sizes))}
    told |= {FIELDS[name].metadata["label"]: value_words(name, getattr(config, name)) for name in SETTINGS}
    return "  \n".join(f"{label}: **{value}**" for label, value in told.items())
