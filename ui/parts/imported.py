"""What an import left out or changed is shown on the page that opens after it, until dismissed."""

import streamlit as st

from mlp.datasets import DatasetError
from mlp.datasets.own.stored import read_stored
from ui.parts.browser import browser_token
from ui.parts.notices import plain, shortened
from ui.parts.state import Key


def note_import(name: str) -> None:
    """Have the notes on the import of a data set shown."""
    st.session_state[Key.IMPORTED] = name


def show_import_notes(chosen: str = "") -> None:
    """Show the notes on the latest import, on a page with a chosen data set only if it is that one."""
    name, place = st.session_state.get(Key.IMPORTED, ""), st.container()  # always: what follows stays the same element
    if not name or chosen not in ("", name):
        return
    try:
        stored = read_stored(name, browser_token())
    except DatasetError:  # it was deleted
        _dismiss()
        return
    if not stored.notes:
        return
    first, *others = map(plain, shortened(stored.notes))
    more = f" :gray[+ {len(others)}]" if others else ""
    line = f"**{plain(stored.info.label)}**: {first}{more}"
    with (
        place.container(key="import_notes"),
        st.popover(line, icon=":material/info:", type="tertiary", wrap=False),  # what does not fit ends in dots
    ):
        st.markdown("  \n".join([first, *others]))
        st.button("Dismiss", on_click=_dismiss, key="dismiss_import")


def _dismiss() -> None:
    st.session_state.pop(Key.IMPORTED, None)
