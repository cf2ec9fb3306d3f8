"""This tab's runs: the one that is shown, and the one it replaced, on the engine that all tabs share."""

import secrets
from weakref import WeakValueDictionary

import streamlit as st
from threadpoolctl import threadpool_limits

from mlp.config import RunConfig, changed, keep_structure
from mlp.engine import Engine, LiveRun, Status
from ui.live import ViewOptions


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """Return the server's one engine."""
    # The workers have the cores. The server's own products are small, and threads would only wait for each other.
    threadpool_limits(1, user_api="blas")
    return Engine()


class Desk:
    """What a tab works at: its run, and the run before the last reset, should that have been a slip."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe()  # whoever knows it may look at this desk's run
        self.options = ViewOptions()
        self.run: LiveRun | None = None
        self.earlier: LiveRun | None = None
        # Whether the settings are those of another experiment. Then none of them acts on the run that is shown.
        self.afresh = False

    @property
    def has_progress(self) -> bool:
        """Whether the run has learned anything that could be lost."""
        return self.run is not None and self.run.status is not Status.READY

    def follow(self, wanted: RunConfig) -> list[str]:
        """Give the run the settings that are wanted now; return the names of those that wait for a reset.

        A run that has learned nothing yet is simply made anew. Raises DatasetError where the data can't be had.
        """
        if self.run is None:
            self.run = engine().open(wanted)
        config = self.run.view().config
        if not self.has_progress:
            if config != wanted:
                self.run.reset(wanted)
            self.afresh = False
            return []
        if not self.afresh:
            self.run.change(keep_structure(config, wanted))
        waiting = changed(self.run.view().config, wanted)
        self.afresh = self.afresh and bool(waiting)
        return waiting

    def reset(self, wanted: RunConfig) -> None:
        """Begin a new run, and put the old one aside. Raises DatasetError, and changes nothing, without its data."""
        fresh = engine().open(wanted)
        if self.earlier is not None:
            self.earlier.close()
        if self.run is not None:
            self.run.pause()
        self.run, self.earlier, self.afresh = fresh, self.run, False

    def bring_back(self) -> None:
        """Undo a reset."""
        if self.run is not None and self.earlier is not None:
            self.run.close()
            self.run, self.earlier, self.afresh = self.earlier, None, False

    def close(self) -> None:
        """Stop, and forget all runs."""
        for run in (self.run, self.earlier):
            if run is not None:
                run.close()
        self.run = self.earlier = None


DESKS: WeakValueDictionary[str, Desk] = WeakValueDictionary()  # by token, as long as their tabs are there


@st.cache_resource(scope="session", on_release=Desk.close, show_spinner=False)
def own_desk() -> Desk:
    """Return this tab's desk, which is cleared when the tab is gone."""
    desk = Desk()
    DESKS[desk.token] = desk
    return desk
