"""The sidebar of the Train page: the settings and, at its end, what waits for a restart."""

import streamlit as st

from ui.parts.notices import in_sentences
from ui.train.controls import controls
from ui.train.notices import say_what_waits
from ui.train.sheet import Part


@st.fragment(key=Part.SETTINGS)
def settings_view() -> None:
    """Draw the settings."""
    # Parts of it are fragments, for which Streamlit needs a container made here. page.css keeps its end in sight.
    with st.sidebar, st.container(key="settings_place"):
        controls()
        _notice()


@st.fragment(key=Part.NOTICE)
def _notice() -> None:
    with in_sentences():
        say_what_waits()
