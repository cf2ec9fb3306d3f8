"""What a tab keeps beyond a lapse of its connection, until it has been away for some minutes."""

import threading
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

import streamlit as st

from ui.parts.state import Key

LOOK_SECONDS = 10.0  # between looks at the tabs that are away
MARGIN_SECONDS = 20.0  # after which Streamlit surely knows the tab no more


class Kept(Protocol):
    """What a tab keeps, one of a kind."""

    tab: "Tab | None"

    def leave_alone(self, seconds: float) -> None:
        """Do what is due once the tab has been away for that long."""
        ...

    def close(self) -> None:
        """Let go of everything: the tab does not come back."""
        ...


K = TypeVar("K", bound=Kept)


class Tab:
    """A tab of a browser."""

    def __init__(self) -> None:
        self.kept: dict[type, Any] = {}
        self.left: float | None = None  # when its connection was lost; None while it is there

    def own(self, kind: type[K]) -> K:
        """Return what it keeps of a kind, made when it is first asked for."""
        if kind not in self.kept:
            self.kept[kind] = kind()
            self.kept[kind].tab = self
        kept: K = self.kept[kind]
        return kept


class Tabs:
    """All tabs that are open, or were minutes ago."""

    def __init__(self, keep_seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._keep_seconds, self._clock = keep_seconds, clock
        self._lock = threading.Lock()
        # Weakly: a script that still ran as its tab was closed may have entered it again.
        self._tabs: WeakSet[Tab] = WeakSet()

    def enter(self, tab: Tab) -> None:
        """Note that a tab is there, for the first time or again."""
        with self._lock:
            tab.left = None
            self._tabs.add(tab)

    def leave(self, tab: Tab) -> None:
        """Note that a tab has lost its connection: it may have been closed."""
        tab.left = self._clock()

    def look(self) -> None:
        """Do what is due for the tabs that are away; forget those that do not come back."""
        with self._lock:
            away = [(tab, self._clock() - tab.left) for tab in self._tabs if tab.left is not None]
            gone = [tab for tab, seconds in away if seconds > self._keep_seconds]
            self._tabs.difference_update(gone)
        for tab, seconds in away:
            for kept in list(tab.kept.values()):
                if tab in gone:
                    kept.close()
                else:
                    kept.leave_alone(seconds)
        for tab in gone:
            tab.kept.clear()


@st.cache_resource(show_spinner=False)
def _tabs() -> Tabs:
    tabs = Tabs(st.get_option("server.disconnectedSessionTTL") + MARGIN_SECONDS)

    def watch() -> None:
        while True:
            sleep(LOOK_SECONDS)
            tabs.look()

    threading.Thread(target=watch, name="tabs", daemon=True).start()
    return tabs


# Streamlit empties its cache of a session when the connection is lost, but keeps the session's state for minutes.
@st.cache_resource(scope="session", on_release=lambda tab: _tabs().leave(tab), show_spinner=False)
def this_tab() -> Tab:
    """Return the tab whose script runs."""
    tab: Tab = st.session_state.setdefault(Key.TAB, Tab())
    _tabs().enter(tab)
    return tab
