"""The dialog that is open: a button's callback opens it, and it stays, whatever else happens, until it is closed."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import streamlit as st

from mlp.config import ConfigError
from mlp.datasets import DatasetError
from mlp.export import OpeningError
from mlp.store import StoreError
from ui.parts.notices import plain
from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation


def open_dialog(draw: Callable[..., None], *arguments: Any) -> None:
    """Have a dialog drawn from now on: a function with `@st.dialog` whose `on_dismiss` calls `close_dialog`."""
    close_dialog()
    st.session_state[Key.DIALOG] = partial(draw, *arguments)


def close_dialog() -> None:
    """Have it drawn no more."""
    st.session_state.pop(Key.DIALOG, None)
    st.session_state.pop(Key.REFUSAL, None)


def redraw_page() -> None:
    """Draw the whole page again, without a person's asking; not while a dialog is open, so ask for it again later.

    Streamlit takes a dialog off the page until it is drawn again. What was being typed in it would be lost.
    """
    if Key.DIALOG not in st.session_state:
        st.rerun()


def show_dialog() -> None:
    """Draw the dialog that is open, if there is one; on a page that back or forward leads to, there is none."""
    if is_history_navigation():
        close_dialog()
    if draw := st.session_state.get(Key.DIALOG):
        draw()


@contextlib.contextmanager
def in_dialog() -> Iterator[None]:
    """Act in a callback of the open dialog, which stays; if that is not possible, it says why.

    Not with `in_toast`: in a callback of a dialog, the toast would take the dialog's place on the page.
    """
    st.session_state.pop(Key.REFUSAL, None)
    try:
        yield
    except (ConfigError, DatasetError, OpeningError, StoreError) as error:
        st.session_state[Key.REFUSAL] = str(error)


@contextlib.contextmanager
def closing_dialog() -> Iterator[None]:
    """Act in a callback of the open dialog, which then closes; as `in_dialog` if that is not possible."""
    with in_dialog():
        yield
        close_dialog()
        st.rerun()


def show_refusal() -> None:
    """Say in the open dialog why what was pressed last was not possible."""
    if refusal := st.session_state.get(Key.REFUSAL):
        st.error(plain(refusal), icon=":material/error:")
