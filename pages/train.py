"""The Train page: choose a network on the left, press Train, and watch it learn."""

import streamlit as st

from mlp.datasets import is_available
from ui import PAGE_STYLE
from ui.classroom import TRAIN_CONTROLS
from ui.classroom_view import classroom_box, set_the_room
from ui.controls import controls
from ui.notices import complain_of_address, in_sentences, offer_download, say_what_waits, tell_of_store
from ui.session import own_desk
from ui.sheet import adopt, open_address, remember, sheet
from ui.training_view import training_view

st.html(PAGE_STYLE)
with in_sentences():
    set_the_room()
    open_address()
    settings = sheet().settings()
    desk, available = own_desk(), is_available(settings.config.dataset)
    if desk.is_changed_elsewhere(settings.config) and desk.run is not None:
        adopt(desk.run.view().config)
        st.rerun()
    # In a place of their own, so that what moves below stays the same element whether or not there is a notice.
    with st.container():
        complain_of_address()
        tell_of_store()
        if available:
            waiting = desk.follow(settings.config)
            say_what_waits(desk, settings.config, waiting)
        else:
            waiting = ["dataset"]
            offer_download(settings.config.dataset)
    remember(settings)
    if available or desk.has_progress:
        training_view(desk, waiting)
# Last, since they say already what was set: the page answers the sooner. They are there even where it does not fit.
if "sheet" in st.session_state:
    controls()
    classroom_box(TRAIN_CONTROLS)
