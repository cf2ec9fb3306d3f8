"""Which run the Inspect page looks at: the choice of one, and its settings."""

from collections import Counter

import streamlit as st

from mlp.charts.wording import percent
from mlp.comparison.groups import label_of, title_of
from mlp.config import SETTINGS, RunConfig
from mlp.datasets import DATASETS
from mlp.store import RunRecord, StoreError
from ui.parts.address import RUN
from ui.parts.display import write_address
from ui.parts.server import store
from ui.parts.session import Session

MOST_LISTED = 50  # the latest: all are on the Runs page
KEY = "inspected_run"
WORDS = {"running": "training"}
SHOWN = ("activation", "initializer", "optimizer", "learning_rate", "batch_size", "dropout", "seed")


def choose_run(session: Session) -> None:
    """Draw the list of the latest runs. A choice goes into the address, which opens it."""
    labels = {run.id: _label(run) for run in store().runs()[:MOST_LISTED]}
    shown = session.run.id if session.run else None
    if session.run and shown not in labels:  # older, or not trained yet
        labels = {session.run.id: label_of(session.run.view().config)} | labels
    if not labels:
        return
    # The browser tells choices apart by their labels alone: of two equal ones, the first would be chosen.
    equal = {label for label, count in Counter(labels.values()).items() if count > 1}
    labels = {run_id: f"{label} · {run_id}" if label in equal else label for run_id, label in labels.items()}
    st.session_state[KEY] = shown
    st.selectbox(
        "Run",
        list(labels),
        format_func=labels.__getitem__,
        key=KEY,
        placeholder="Choose a run",
        on_change=lambda: write_address({RUN: st.session_state[KEY]}),
        help=f"The latest {MOST_LISTED}; the Runs page lists all.",
    )


def _label(run: RunRecord) -> str:
    try:
        title = title_of(run)
    except StoreError:  # unreadable settings; opening the run says why
        title = run.id
    # Only a finished run's stored accuracy is that of its latest state, which the views measure.
    reached = percent(run.validation_accuracy) if run.status == "finished" else WORDS.get(run.status, run.status)
    data = DATASETS[run.dataset].label if run.dataset in DATASETS else run.dataset
    return f"{title} · {reached} · {data.partition(',')[0]}"


def settings_of(config: RunConfig) -> str:
    """Return how a network is built and trained, as a short list in Markdown."""
    words = {"Data": DATASETS[config.dataset].label, "Units": "–".join(map(str, config.sizes))}
    words |= {SETTINGS[name].label: SETTINGS[name].show(getattr(config, name)) for name in SHOWN}
    return "  \n".join(f"{label}: **{value}**" for label, value in words.items())
