"""A button that acts with everything that was set before it was pressed."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ui.parts.state import Key
from ui.parts.streamlit_internals import uninterrupted


def press(label: str, act: Callable[[], None] | None, *, key: str, **more: Any) -> None:
    """Draw a button that does `act` when it is pressed; disabled without. `more` is given to Streamlit's button.

    For what depends on other controls. A callback gets what these were when the button was drawn: what is set and
    confirmed within a second on a busy server would be ignored. And st.button says that it was pressed only to the run
    of the script that its press began, which the next message from the browser may end. `act` always comes to its end:
    a st.rerun in it ends nothing, and follows.
    """
    pressed = f"{Key.PRESSED}-{key}"
    st.button(label, key=key, disabled=act is None, on_click=lambda: st.session_state.update({pressed: True}), **more)
    if st.session_state.pop(pressed, False) and act:
        with uninterrupted():
            act()
