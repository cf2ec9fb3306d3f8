"""The dialog that is open: a button's callback opens it, and it stays, whatever else happens, until it is closed."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation


def open_dialog(draw: Callable[..., None], *arguments: Any) -> None:
    """Have a dialog drawn from now on: a function with `@st.dialog` whose `on_dismiss` calls `close_dialog`."""
    st.session_state[Key.DIALOG] = partial(draw, *arguments)


def close_dialog() -> None:
    """Have it drawn no more. In a callback of the dialog itself, `st.rerun()` then takes it off the page."""
    st.session_state.pop(Key.DIALOG, None)


def show_dialog() -> None:
    """Draw the dialog that is open, if there is one; on a page that back or forward leads to, there is none."""
    if is_history_navigation():
        close_dialog()
    if draw := st.session_state.get(Key.DIALOG):
        draw()
