"""The part of a page that moves: the buttons and the live panel, drawn anew five times a second while a run trains."""

import streamlit as st

from mlp.datasets import is_available, load_dataset
from mlp.engine import Status
from ui.address import Settings
from ui.live import live_panel
from ui.session import Desk
from ui.transport import transport

TICK_SECONDS = 0.2


def training_view(desk: Desk, settings: Settings, waiting: list[str]) -> None:
    """Show a desk's run, and keep showing it while it trains. `waiting` names settings that need a reset."""
    run = desk.run
    if run is None:
        return
    can_reset = is_available(settings.config.dataset)
    polling = run.view().status is Status.RUNNING

    @st.fragment(run_every=TICK_SECONDS if polling else None)
    def moving() -> None:
        view = run.view()
        transport(desk, run, view, settings.config, bool(waiting), can_reset)
        live_panel(view, load_dataset(view.config.dataset), settings.view)
        # Last: what a fragment has not drawn when it asks for a rerun is taken off the page and put there anew.
        if (view.status is Status.RUNNING) != polling or desk.run is not run:
            st.rerun()

    moving()
