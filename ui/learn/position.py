"""The address names the open scene, and the stage of the walk: a link leads right there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from mlp.text import unknown
from ui.parts.choice import keep, kept, put
from ui.parts.classroom import change_address
from ui.parts.notices import plain
from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation


class Position(NamedTuple):
    """Which of several names is open, and how to open another."""

    parameter: str  # of the address
    names: Sequence[str]
    current: str

    @property
    def number(self) -> int:
        """Its place among the names, counted from 1."""
        return self.names.index(self.current) + 1

    def go(self, to: str) -> None:
        """Open another one."""
        put(self.parameter, to)
        st.session_state[_key(self.parameter)] = to

    def choose(self, widget: Callable[..., str], label: str, **more: Any) -> None:
        """Draw one of Streamlit's widgets that chooses among the names. `more` is given to the widget."""

        def open_chosen() -> None:
            st.session_state[_key(self.parameter)] = kept(self.parameter, self.current)

        keep(widget, label, self.names, key=self.parameter, first=self.current, on_change=open_chosen, **more)

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


def position(parameter: str, names: Sequence[str], within: Mapping[str, str] | None = None) -> Position:
    """Return what the address names as `parameter`; the first, with a warning, if that is unknown.

    Some of the names have places within them: `within` has the parameter of these, which is in the address only while
    that name is open.

    The address is read at first and after the browser's back or forward, and otherwise written: a message from the
    browser carries it as it was when that was sent, and a late one would take back a step to another one.
    """
    if _key(parameter) not in st.session_state or is_history_navigation():
        text = st.session_state[_key(parameter)] = st.query_params.get(parameter, "")
        put(parameter, text if text in names else names[0])
    else:
        text = _opened(parameter)
        inner = {place: _opened(place) if name == (text or names[0]) else "" for name, place in (within or {}).items()}
        change_address({parameter: text, **inner})
    text = text or names[0]
    if text not in names:
        sentence = plain(unknown(parameter, text, names))
        st.warning(f"{sentence} Here is the first one.", icon=":material/link_off:")
        text = names[0]
    return Position(parameter, names, text)


def _opened(parameter: str) -> str:
    """Return what the address has, or will have, as `parameter`: nothing before a place was chosen."""
    text: str = st.session_state.get(_key(parameter), "")
    return text


def _key(parameter: str) -> str:
    return f"{Key.POSITION}-{parameter}"
