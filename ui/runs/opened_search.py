"""Which search is opened. It is in the address, so that a link opens the same search."""

import streamlit as st

from ui.parts.classroom import change_address
from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation
from ui.runs.drawers import NEW

SEARCH = "search"  # the parameter of the address: a search's id, or "new" for the drawer


def find_search() -> str:
    """Return the id of the opened search, empty if none is.

    It is read from the address at first and after the browser's back or forward; otherwise `new_search` writes it.
    """
    if is_history_navigation() or Key.SEARCH not in st.session_state:
        asked = st.query_params.get(SEARCH, "").strip()
        st.session_state[Key.SEARCH] = "" if asked == NEW else asked
    search_id: str = st.session_state[Key.SEARCH]
    return search_id


def open_search(search_id: str) -> None:
    """Show a search on the page; none with an empty id."""
    st.session_state[Key.SEARCH] = search_id
    change_address(opened_search())


def opened_search() -> dict[str, str]:
    """Return what the address has of the opened search."""
    return {SEARCH: st.session_state.get(Key.SEARCH, "")}
