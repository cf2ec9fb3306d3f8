"""A run on the page: its buttons, its tabs, and the panel that shows it while it trains."""

import streamlit as st

from mlp.datasets import is_available
from ui.parts.notices import in_sentences, in_toast
from ui.parts.session import own_session
from ui.parts.settings import train_settings
from ui.train.feed import feed_address
from ui.train.live import live_panel
from ui.train.session import TrainSession
from ui.train.settings import Fragment, adopt, put_in_address
from ui.train.transport import read_only_buttons, run_buttons
from ui.train.views import choose_view, open_view, show_view


@st.fragment(key=Fragment.RUN)
def training_view() -> None:
    """Show the session's run, once its data is available."""
    with in_sentences():
        settings, session = train_settings(), own_session(TrainSession)
        available = is_available(settings.config.dataset)
        if session.run is None or not (available or session.has_progress):
            return

        def fork(step: int | None) -> None:
            with in_toast():
                session.fork(step, train_settings().config)
                if session.run is not None:
                    adopt(session.run.view().config)
                    st.rerun()

        session.options = settings.view
        view = session.run.view()
        if session.own is None:
            read_only_buttons(session, fork)
        else:
            run_buttons(session, session.own, available)
        chosen = choose_view(session, view.model.dataset.info.kind == "images")
        step = live_panel(view, settings.view, feed_address(session), fork, open_view, whole=chosen.draw is None)
        put_in_address(settings)  # the pace is in the address
        show_view(session, chosen, step)
