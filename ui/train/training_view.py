"""A run on the page: its buttons, its tabs, and the panel that shows it while it trains."""

import streamlit as st

from mlp.datasets import is_available, load_dataset
from ui.parts.notices import in_sentences, in_toast
from ui.parts.server import store
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
        dataset = load_dataset(view.config.dataset)
        chosen, feed = choose_view(session, dataset.info.kind == "images"), feed_address(session)
        whole = chosen.draw is None
        step = live_panel(view, dataset, settings.view, feed, fork, open_view, store().trouble, whole)
        put_in_address(settings)  # the pace is in the address
        if not whole:
            show_view(session, chosen, step)
