"""The address names the open scene, and the stage of the walk: a link leads right there."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from mlp.text import unknown
from ui.parts.notices import plain


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
        st.query_params[self.parameter] = to
        for other in self.leaving:
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
    """Return what the address names as `parameter`; the first, with a warning, if that is unknown."""
    text = st.query_params.get(parameter, names[0])
    if text not in names:
        sentence = plain(unknown(parameter, text, names))
        st.warning(f"{sentence} Here is the first one.", icon=":material/link_off:")
        text = names[0]
    return Position(parameter, names, text, leaving)
