"""Which search is opened. It is in the address, so that a link opens the same search."""

import streamlit as st

from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation
from ui.runs.drawers import NEW

SEARCH = "search"  # the parameter of the address: a search's id, or "new" for the drawer


def find_search() -> str:
    """Return the id of the opened search, empty if none is.

    It is read from the address at first and after the browser's back or forward, otherwise only written.
    """
    if is_history_navigation() or Key.SEARCH not in st.session_state:
        asked = st.query_params.get(SEARCH, "").strip()
        st.session_state[Key.SEARCH] = "" if asked == NEW else asked
    elif Key.DIALOG not in st.session_state:  # the drawer writes what is chosen in it
        write_search()
    search_id: str = st.session_state[Key.SEARCH]
    return search_id


def open_search(search_id: str) -> None:
    """Show a search on the page; none with an empty id."""
    st.session_state[Key.SEARCH] = search_id
    write_search()


def write_search() -> None:
    """Put the opened search into the address."""
    if search_id := st.session_state.get(Key.SEARCH, ""):
        st.query_params[SEARCH] = search_id
    else:
        st.query_params.pop(SEARCH, None)
