"""This tab's runs: the one that is shown, and the one it replaced, on the engine and store that all tabs share."""

import atexit
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from weakref import WeakValueDictionary

import streamlit as st
from threadpoolctl import threadpool_limits

from mlp.config import RunConfig, changed, keep_structure
from mlp.engine import Engine, LiveRun, Moment, Status, StoredRun
from mlp.store import Store
from ui.browser import browser_token
from ui.live import ViewOptions

# A script looks for files some fifty times, and each time gives up Python's lock. Where another thread of the server is
# at work then, Python's own 5 ms would pass before the script goes on.
SWITCH_SECONDS = 0.0005


_to_close = ExitStack()  # the engine before its store, so that runs in training are stored as paused
atexit.register(_to_close.close)


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Close engine and store when the server stops. On SIGTERM, Python's own exit handlers would not run."""
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))  # the terminal was closed
    yield
    _to_close.close()


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Return the server's one store. Raises StoreError if MLP_STORE names none that can be used."""
    return _to_close.enter_context(closing(Store()))


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """Return the server's one engine. Raises StoreError as `store` does."""
    # The workers have the cores. The server's own products are small, and threads would only wait for each other.
    threadpool_limits(1, user_api="blas")
    sys.setswitchinterval(SWITCH_SECONDS)
    return _to_close.enter_context(closing(Engine(store=store())))


def may_steer(run_id: str) -> bool:
    """Tell whether this browser started a run."""
    return store().may_steer(run_id, browser_token())


def latest_run() -> str:
    """Return the id of the run that this browser trained last; empty if there is none."""
    return store().latest_run(browser_token())


class Desk:
    """What a tab works at: its run, and the run before the last reset, should that have been a slip."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe()  # whoever knows it may look at this desk's run
        self.options = ViewOptions()
        self._run: LiveRun | StoredRun | None = None
        self._watching = False  # a run that another browser steers
        self.earlier: LiveRun | None = None
        self.tuned: Moment | None = None  # a network that was tuned on drawings made here
        # Whether the settings are those of another experiment. Then none of them acts on the run that is shown.
        self.afresh = False
        self._settings: tuple[RunConfig, RunConfig] | None = None  # wanted last, and what the run was given
        self.waiting: list[str] = []  # settings that wait for a reset

    @property
    def run(self) -> LiveRun | StoredRun | None:
        """The run that is shown."""
        if isinstance(self._run, StoredRun) and (live := engine().find(self._run.id)):
            return live  # its browser trains it on
        return self._run

    @property
    def own(self) -> LiveRun | None:
        """The run that is shown, where this browser may steer it."""
        return self._run if isinstance(self._run, LiveRun) and not self._watching else None

    @property
    def is_read_only(self) -> bool:
        """Whether the run that is shown is controlled by another browser."""
        return self.run is not None and self.own is None

    @property
    def has_progress(self) -> bool:
        """Whether the run has learned anything that could be lost."""
        return self.run is not None and self.run.status is not Status.READY

    def follow(self, wanted: RunConfig) -> list[str]:
        """Give the run the settings that are wanted now; return, and keep, the names of those that wait for a reset.

        A run that has learned nothing yet is simply made anew; one that another browser steers is left alone. Raises
        DatasetError where the data can't be had.
        """
        if self._run is None:
            self.show(engine().open(wanted, browser_token()))
        run = self.own
        self.waiting = []
        if run is None:
            return self.waiting
        config = run.view().config
        if run.status is Status.READY and not run.id:
            if config != wanted:
                run.reset(wanted)
            self.afresh = False
            return self.waiting
        if not self.afresh:
            run.change(keep_structure(config, wanted))
        config = run.view().config
        self._settings = wanted, config
        self.waiting = changed(config, wanted)
        self.afresh = self.afresh and bool(self.waiting)
        return self.waiting

    def is_changed_elsewhere(self, wanted: RunConfig) -> bool:
        """Tell whether another tab of this browser gave the run other settings, and nobody moved a control here."""
        if self.own is None or self._settings is None:
            return False
        return wanted == self._settings[0] and self.own.view().config != self._settings[1]

    def open(self, run_id: str) -> None:
        """Show a run of the store: to steer where this browser started it, else to watch.

        Raises StoreError where there is none, DatasetError where its data can't be had. What is shown stays then.
        """
        at_hand = engine().find(run_id) is not None  # perhaps not on disk yet
        if may_steer(run_id) and (at_hand or not store().is_trained_elsewhere(run_id)):
            self.show(engine().resume(run_id))
        else:
            self.show(engine().look(run_id), watching=True)
        self.earlier, self.afresh = None, False

    def reset(self, wanted: RunConfig) -> None:
        """Begin a new run, and put the old one aside. Raises DatasetError, and changes nothing, without its data."""
        self._replace(engine().open(wanted, browser_token()))

    def fork(self, step: int | None, wanted: RunConfig) -> None:
        """Go on from a moment of the run that is shown as a new run, and put the old one aside.

        Raises StoreError where that moment is not kept, DatasetError without its data; nothing changes then.
        """
        if self.run is None:
            return
        config = self.run.view().config if self.afresh or self.own is None else wanted
        self._replace(engine().fork(self.run.id, step, config, browser_token()))

    def bring_back(self) -> None:
        """Undo a reset or a fork."""
        if self.own is not None and self.earlier is not None:
            self.own.pause()
            self.show(self.earlier)
            self.earlier, self.afresh = None, False

    def leave(self) -> None:
        """Show no run: the next script begins a new one."""
        self._run, self._watching, self.afresh = None, False, False

    def close(self) -> None:
        """Look at nothing any more. A run that trains goes on until the engine sees that nobody looks."""
        self._run = self.earlier = None

    def _replace(self, fresh: LiveRun) -> None:
        old = self.own
        if old is not None:
            old.pause()
        self.show(fresh)
        self.earlier, self.afresh = old, False

    def show(self, run: LiveRun | StoredRun, watching: bool = False) -> None:
        """Show a run; `watching` for one that this browser may not steer."""
        self._run, self._watching, self._settings, self.waiting = run, watching, None, []


DESKS: WeakValueDictionary[str, Desk] = WeakValueDictionary()  # by token, as long as their tabs are there


@st.cache_resource(scope="session", on_release=Desk.close, show_spinner=False)
def own_desk() -> Desk:
    """Return this tab's desk, which is cleared when the tab is gone."""
    desk = Desk()
    DESKS[desk.token] = desk
    return desk
