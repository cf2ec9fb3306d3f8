"""The part of a page that moves: the buttons and the live panel, drawn anew five times a second while a run trains."""

import streamlit as st

from mlp.datasets import load_dataset
from mlp.engine import LiveRun, Status
from ui.address import Settings
from ui.live import live_panel
from ui.transport import transport

TICK_SECONDS = 0.2


def training_view(run: LiveRun, settings: Settings, waiting: list[str]) -> None:
    """Show a run, and keep showing it while it trains."""
    polling = run.view().status is Status.RUNNING

    @st.fragment(run_every=TICK_SECONDS if polling else None)
    def moving() -> None:
        view = run.view()
        if (view.status is Status.RUNNING) != polling:
            st.rerun()
        transport(run, view, settings.config, waiting)
        live_panel(view, load_dataset(view.config.dataset), settings.view)

    moving()
