"""A run on the page: its buttons, its tabs, and the panel that shows it while it trains."""

import streamlit as st

from mlp.engine import Run, StoredRun
from ui.parts.notices import in_sentences
from ui.parts.session import own_session
from ui.parts.settings import config_of, options_of, train_controls
from ui.train.feed import feed_address
from ui.train.live import live_panel
from ui.train.session import TrainSession
from ui.train.settings import WATCH, Fragment, data_problem, open_view, put_in_address
from ui.train.transport import fork, read_only_buttons, run_buttons
from ui.train.views import choose_view, view


@st.fragment(key=Fragment.RUN)
def training_view() -> None:
    """Show the session's run, once its data is available."""
    with in_sentences():
        values, session = train_controls().values(), own_session(TrainSession)
        if data_problem(values["dataset"]):
            st.rerun()  # the page says so
        if session.is_taken:
            session.is_taken = False
            st.rerun()  # the page locks its settings, too
        available = session.has_data(config_of(values).dataset)
        session.options = options_of(values)
        if session.run is not None and (available or session.has_progress):
            _show(session, session.run, available)
        put_in_address(values)


def _show(session: TrainSession, run: Run | StoredRun, available: bool) -> None:
    """Show a run. `available`: whether the chosen data set is on this machine."""
    now = run.view()
    if session.own is None:
        read_only_buttons(session)
    else:
        run_buttons(session, session.own, available)
    whole = choose_view(session, now.model.dataset.info) == WATCH
    step = live_panel(now, session.options, feed_address(session), lambda step: fork(session, step), open_view, whole)
    session.viewed, session.shows_view = step, not whole
    view(session, step)
