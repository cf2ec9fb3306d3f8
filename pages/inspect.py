"""The Inspect page: what a network has learned, and where it is wrong, at any moment of its run."""

import streamlit as st

from mlp import DatasetError
from mlp.store import StoreError
from ui import PAGE_STYLE
from ui.inspected import choose_moment, inspected, open_address
from ui.notices import plain, tell_of_store
from ui.predictions_view import choose_split, predictions
from ui.session import Desk, own_desk

FOLLOW_SECONDS = 1.0


def show(desk: Desk, step: int | None, split: str) -> None:
    """Show the network at a moment."""
    if desk.run is None:
        return
    try:
        predictions(inspected(desk, desk.run.view(), step), split)
    except StoreError as error:
        st.error(plain(str(error)), icon=":material/error:")


st.html(PAGE_STYLE)
try:
    desk = own_desk()
    tell_of_store()
    open_address(desk)
    if desk.run is None:
        st.markdown("#### Inspect")
        st.info("There is no network yet. Train one, or open one from the list of runs.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_circle:")
        st.page_link("pages/compare.py", label="Choose one of the runs", icon=":material/compare_arrows:")
    else:
        view = desk.run.view()
        title, slider = st.columns([1, 3], vertical_alignment="center")
        with title:
            st.markdown("#### Inspect")
            split = choose_split()
        with slider:
            step = choose_moment(view)
        follows = step is None and view.status.value == "running"
        if split:
            st.fragment(show, run_every=FOLLOW_SECONDS if follows else None)(desk, step, split)
except (DatasetError, StoreError) as error:
    st.error(plain(str(error)), icon=":material/error:")
