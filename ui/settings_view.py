"""The sidebar of the Train page, and the sentence about what of it waits for a reset."""

import streamlit as st

from ui.classroom import TRAIN_CONTROLS
from ui.classroom_view import classroom_box
from ui.controls import controls
from ui.notices import in_sentences, say_what_waits
from ui.sheet import Part


@st.fragment(key=Part.NOTICE)
def notice_view() -> None:
    """Say what waits for a reset."""
    with in_sentences():
        say_what_waits()


@st.fragment(key=Part.SETTINGS)
def settings_view() -> None:
    """Draw the settings."""
    with st.sidebar, st.container():  # parts of it are fragments, which Streamlit wants in a place made here
        controls()
        classroom_box(TRAIN_CONTROLS)
