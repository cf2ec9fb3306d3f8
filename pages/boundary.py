"""The Boundary page: a small network on points in the plane, shown unit by unit while it learns."""

import streamlit as st

from ui.boundary.controls import controls, run_buttons
from ui.boundary.landscape import landscape_view
from ui.boundary.session import PlaneSession
from ui.boundary.settings import open_address, put_in_address
from ui.boundary.view import follow_settings, panel_view
from ui.classroom.view import set_the_room, toolbar
from ui.parts import PAGE_STYLE
from ui.parts.display import BOUNDARY_CONTROLS
from ui.parts.keys import BOUNDARY_KEYS
from ui.parts.notices import complain_of_address, in_sentences
from ui.parts.session import own_session

st.html(PAGE_STYLE)
with in_sentences():
    session = own_session(PlaneSession)
    set_the_room(BOUNDARY_CONTROLS)
    open_address(session)
    complain_of_address(session)
    controls()
    put_in_address()
    follow_settings(session)
    run_buttons(session)
    panel_view(session)
    if session.run:
        landscape_view(session)
    toolbar(BOUNDARY_CONTROLS, BOUNDARY_KEYS)
