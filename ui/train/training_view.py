"""A run on the page: its buttons, and the panel that shows it while it trains."""

import streamlit as st

from mlp.datasets import is_available, load_dataset
from ui.parts.address import RUN
from ui.parts.display import classroom
from ui.parts.notices import in_sentences, in_toast
from ui.parts.server import store
from ui.parts.session import own_session
from ui.train import draw_feed
from ui.train.feed import feed_address
from ui.train.live import live_panel
from ui.train.mistakes import EXAMPLE
from ui.train.session import TrainSession
from ui.train.sheet import Part, adopt, remember, sheet
from ui.train.transport import transport, watching


@st.fragment(key=Part.RUN)
def training_view() -> None:
    """Show the session's run, once its data is available."""
    with in_sentences():
        settings, session = sheet().settings(), own_session(TrainSession)
        available = is_available(settings.config.dataset)
        if session.run is None or not (available or session.has_progress):
            return

        def fork(step: int | None) -> None:
            with in_toast():
                session.fork(step, sheet().settings().config)
                if session.run is not None:
                    adopt(session.run.view().config)
                    st.rerun()

        def inspect(example: int, step: int | None) -> None:
            for choice in ("inspect_view", "inspected_split"):  # they begin with the validation set's predictions
                st.session_state.pop(choice, None)
            st.session_state.inspected_step = step
            query = {RUN: session.run.id} if session.run and session.run.id else {}
            st.switch_page("pages/inspect.py", query_params=query | {EXAMPLE: str(example)} | classroom().parameters)

        session.options = settings.view
        view = session.run.view()
        if session.own is None:
            watching(session, fork)
        else:
            transport(session, session.own, view.status, available)
        feeds = feed_address(session), draw_feed.feed_address(session, None)
        live_panel(view, load_dataset(view.config.dataset), settings.view, *feeds, fork, inspect, store().trouble)
        remember(settings)  # the pace is in the address
