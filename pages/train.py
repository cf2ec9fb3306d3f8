"""The Train page: choose a network on the left, press Train, and watch it learn."""

import streamlit as st

from mlp.datasets import is_available
from ui import PAGE_STYLE
from ui.classroom_view import set_the_room
from ui.notices import complain_of_address, in_sentences, offer_download, tell_of_store
from ui.session import own_desk
from ui.settings_view import notice_view, settings_view
from ui.sheet import adopt, open_address, sheet
from ui.training_view import training_view

st.html(PAGE_STYLE)
with in_sentences():
    set_the_room()
    open_address()
    settings, desk = sheet().settings(), own_desk()
    if desk.is_changed_elsewhere(settings.config) and desk.run is not None:
        adopt(desk.run.view().config)
        st.rerun()
    # In a place of their own, so that what moves below stays the same element whether or not there is a notice.
    with st.container():
        complain_of_address()
        tell_of_store()
        if is_available(settings.config.dataset):
            desk.follow(settings.config)
        else:
            offer_download(settings.config.dataset)
# Each part is there even where something above could not be had.
if "sheet" in st.session_state:
    with st.container(gap=None, key="run_place"):  # a notice brings its own distance
        notice_view()
        training_view()
    settings_view()  # last, since it says already what was set: the page answers the sooner
