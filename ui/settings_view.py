"""The sidebar of the Train page, and the sentence about what of it waits for a reset."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.classroom import TRAIN_CONTROLS
from ui.classroom_view import classroom_box
from ui.controls import controls
from ui.notices import in_sentences, say_what_waits
from ui.sheet import Part


@st.fragment(key=Part.SETTINGS)
def settings_view(notice: DeltaGenerator) -> None:
    """Draw the settings, and at `notice` what waits. Who moves a control has only this drawn anew."""
    with in_sentences(), notice:
        say_what_waits()
    with st.sidebar:
        controls()
        classroom_box(TRAIN_CONTROLS)
