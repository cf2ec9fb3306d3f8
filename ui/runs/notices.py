"""Sentences above the table of runs: what can't be shown and why, or that there are no runs yet."""

from collections.abc import Sequence

import streamlit as st

from mlp.store import RunRecord, StoreError
from ui.parts.notices import LONGEST, MOST, plain


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


def complain(complaints: Sequence[str]) -> None:
    """Show why some runs of the store or the address can't be shown."""
    shown = [sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST]} …" for sentence in complaints[:MOST]]
    if len(complaints) > MOST:
        shown.append(f"And {len(complaints) - MOST:,} more.")
    if shown:
        st.warning("  \n".join(map(plain, shown)), icon=":material/link_off:")


def invite() -> None:
    """Say that there is nothing to compare yet, and where to start."""
    st.markdown("Nothing has been trained yet. Every run is kept: train one or two, then compare them here.")
    st.page_link("pages/train.py", label="Train a network", icon=":material/play_circle:")
