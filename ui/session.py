"""This browser's run: each tab trains its own, on the engine that all of them share."""

import streamlit as st
from threadpoolctl import threadpool_limits

from mlp.config import LIVE, RunConfig, changed, keep_structure
from mlp.engine import Engine, LiveRun


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """Return the server's one engine."""
    # The workers have the cores. The server's own products are small, and threads would only wait for each other.
    threadpool_limits(1, user_api="blas")
    return Engine()


@st.cache_resource(scope="session", on_release=LiveRun.close, show_spinner=False)
def own_run(_config: RunConfig) -> LiveRun:
    """Return this tab's run, which ends with the tab. Raises DatasetError where its data can't be had."""
    return engine().open(_config)


def follow(run: LiveRun, wanted: RunConfig) -> list[str]:
    """Give a run the settings that are wanted now; return the names of those that wait for a reset.

    A run that has learned nothing yet is simply made anew. Raises DatasetError where the data can't be had.
    """
    view = run.view()
    waiting = [name for name in changed(view.config, wanted) if name not in LIVE]
    if waiting and view.state.step == 0 and len(view.history) == 0:
        run.reset(wanted)
        return []
    if "dataset" not in waiting:  # what is set for other data has no meaning for this run
        run.change(keep_structure(view.config, wanted))
    return waiting
