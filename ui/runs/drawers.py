"""The drawers of the Runs page, in which new runs are set up: a button opens each of them, and a link may, too."""

from collections.abc import Callable, Iterable
from typing import TypeVar, cast

import streamlit as st

from ui.parts.classroom import change_address
from ui.parts.component import listen
from ui.parts.dialogs import close_dialog, open_dialog, show_refusal
from ui.parts.press import press
from ui.parts.state import Key

T = TypeVar("T")

NEW = "new"  # the value of a drawer's parameter of the address with which a link opens it


def drawer_button(name: str, draw: Callable[[], None], icon: str, help: str, *, primary: bool = True) -> None:
    """Draw the button that opens a drawer, which is called after what is new: "race"."""
    st.button(
        f"New {name}",
        icon=f":material/{icon}:",
        type="primary" if primary else "secondary",
        help=help,
        on_click=open_dialog,
        args=(draw,),
        key=f"new_{name}",
    )
    linked = st.session_state.setdefault(Key.DRAWERS_LINKED, set())
    if name not in linked:
        linked.add(name)
        if st.query_params.get(name) == NEW:
            open_dialog(draw)


def clear_address(names: Iterable[str], **others: str) -> None:
    """Take the parameters of a drawer that is closed out of the address, and put others there.

    Not only once when it closes: what a page asked just before that comes with the address from before.
    """
    if Key.DIALOG not in st.session_state:
        change_address(dict.fromkeys(names, "") | others)


def offer_start(name: str, start: Callable[[T], None], wanted: T | None, icon: str) -> None:
    """Draw the button that starts what a drawer has set up, if it can be; below it, why just that did not start."""

    def act() -> None:
        st.session_state[Key.REFUSED] = wanted
        start(cast(T, wanted))

    if st.session_state.get(Key.REFUSED) != wanted:
        st.session_state.pop(Key.REFUSAL, None)
    press(
        f"Start the {name}",
        act if wanted else None,
        key=f"start_{name}_{times_closed()}",
        icon=f":material/{icon}:",
        type="primary",
        width="stretch",
    )
    show_refusal()


def watch_drawers() -> None:
    """Give its button the focus when a drawer is closed that a link had opened."""
    opener = st.session_state.get(Key.DRAWER_CLOSED, "")
    listen("refocus", data={"closed": times_closed(), "opener": f"new_{opener}"})


def close_drawer(name: str) -> None:
    """Close a drawer; the page that is drawn next has its parameter in the address no more."""
    close_dialog()
    st.session_state[Key.TIMES_CLOSED] = times_closed() + 1
    st.session_state[Key.DRAWER_CLOSED] = name


def times_closed() -> int:
    """Return how often a drawer was closed."""
    times: int = st.session_state.get(Key.TIMES_CLOSED, 0)
    return times
