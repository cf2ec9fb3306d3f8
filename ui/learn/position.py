"""The address names the open scene, and the stage of the walk: a link leads right there."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import streamlit as st

from mlp.text import unknown
from ui.parts.choice import keep, kept, put
from ui.parts.notices import plain
from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation


class Position(NamedTuple):
    """Which of several names is open, and how to open another."""

    parameter: str  # of the address
    names: Sequence[str]
    current: str
    leaving: Sequence[str] = ()  # parameters that mean something for the current one only

    @property
    def number(self) -> int:
        """Its place among the names, counted from 1."""
        return self.names.index(self.current) + 1

    def go(self, to: str) -> None:
        """Open another one."""
        put(self.parameter, to)
        self._open(to)

    def choose(self, widget: Callable[..., str], label: str, **more: Any) -> None:
        """Draw one of Streamlit's widgets that chooses among the names. `more` is given to the widget."""

        def open_chosen() -> None:
            self._open(kept(self.parameter, self.current))

        keep(widget, label, self.names, key=self.parameter, first=self.current, on_change=open_chosen, **more)

    def _open(self, to: str) -> None:
        st.session_state[_key(self.parameter)] = st.query_params[self.parameter] = to
        for other in self.leaving:
            st.session_state.pop(_key(other), None)
            st.query_params.pop(other, None)

    def button(self, word: str, icon: str, by: int, shortcut: str | None = None) -> None:
        """Draw a button that opens the one `by` places further, disabled past either end."""
        place = self.number - 1 + by
        inside = 0 <= place < len(self.names)
        st.button(
            word,
            icon=f":material/{icon}:",
            disabled=not inside,
            on_click=self.go,
            args=(self.names[place],) if inside else None,
            shortcut=shortcut,
            key=f"{self.parameter}_{icon}",
        )


def position(parameter: str, names: Sequence[str], leaving: Sequence[str] = ()) -> Position:
    """Return what the address names as `parameter`; the first, with a warning, if that is unknown.

    The address is read at first and after the browser's back or forward, and otherwise written: a message from the
    browser carries it as it was when that was sent, and a late one would take back a step to another one.
    """
    in_address = st.query_params.get(parameter, names[0])
    text: str | None = st.session_state.get(_key(parameter))
    if text is None or is_history_navigation():
        text = st.session_state[_key(parameter)] = in_address
        put(parameter, text if text in names else names[0])
    elif text != in_address:
        st.query_params[parameter] = text
    if text not in names:
        sentence = plain(unknown(parameter, text, names))
        st.warning(f"{sentence} Here is the first one.", icon=":material/link_off:")
        text = names[0]
    return Position(parameter, names, text, leaving)


def _key(parameter: str) -> str:
    return f"{Key.POSITION}-{parameter}"
