"""This tab's runs: the one that is shown and the one it replaced, on the engine and store that all tabs share."""

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
from mlp.engine import Engine, Run, Status, StoredRun
from mlp.store import Store, StoreError
from mlp.training import Model
from ui.parts.browser import browser_token
from ui.parts.view_options import ViewOptions

# A script looks for files some fifty times and releases Python's lock each time. With Python's default of 5 ms, another
# busy thread of the server would keep the lock that long before the script continues.
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
    # The cores are for the workers. The server's own matrix products are small: threads would only wait for each other.
    threadpool_limits(1, user_api="blas")
    sys.setswitchinterval(SWITCH_SECONDS)
    return _to_close.enter_context(closing(Engine(store=store())))


def may_steer(run_id: str) -> bool:
    """Return whether this browser started a run."""
    return store().may_steer(run_id, browser_token())


def latest_run() -> str:
    """Return the id of the run that this browser trained last; empty if there is none, or it can't be read.

    A store that can't be read must not keep a network from training: the live panel says what is wrong.
    """
    opened = store()
    try:
        return opened.latest_run(browser_token())
    except StoreError:
        return ""


class Session:
    """A tab's workplace: its run, and the run before the last restart or fork, in case that was a mistake."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe()  # lets its holder look at this session's run
        self.options = ViewOptions()
        self._run: Run | StoredRun | None = None
        self._watching = False  # a run that another browser controls
        self.earlier: Run | None = None  # what `bring_back` shows again
        self.undoes = "restart"  # or "fork": what that undoes
        self.tuned: Model | None = None  # a network that was tuned on drawings made here
        # Whether the settings belong to another experiment. Then none of them applies to the run that is shown.
        self.other_experiment = False
        self._settings: tuple[RunConfig, RunConfig] | None = None  # wanted last, and what the run was given
        self.waiting: list[str] = []  # settings that wait for a restart

    @property
    def run(self) -> Run | StoredRun | None:
        """The run that is shown."""
        if isinstance(self._run, StoredRun) and (live := engine().find(self._run.id)):
            return live  # its browser has resumed it
        return self._run

    @property
    def own(self) -> Run | None:
        """The run that is shown, if this browser may control it."""
        return self._run if isinstance(self._run, Run) and not self._watching else None

    @property
    def is_read_only(self) -> bool:
        """Whether the run that is shown is controlled by another browser."""
        return self.run is not None and self.own is None

    @property
    def is_over(self) -> bool:
        """Whether this browser's run has nothing under way: not one step is trained, or no more will be."""
        return self.own is not None and self.own.status not in (Status.RUNNING, Status.PAUSED)

    @property
    def has_progress(self) -> bool:
        """Whether the run has learned anything that could be lost."""
        return self.run is not None and self.run.status is not Status.READY

    def follow(self, wanted: RunConfig) -> list[str]:
        """Give the run the settings that are wanted now; return, and keep, the names of those that wait for a restart.

        A run that has learned nothing yet is simply rebuilt; one that another browser controls is left alone. Raises
        DatasetError if the data is not available.
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
            self.other_experiment = False
            return self.waiting
        if not self.other_experiment:
            run.change(keep_structure(config, wanted))
        config = run.view().config
        self._settings = wanted, config
        self.waiting = changed(config, wanted)
        self.other_experiment = self.other_experiment and bool(self.waiting)
        return self.waiting

    def is_changed_elsewhere(self, wanted: RunConfig) -> bool:
        """Return whether another tab of this browser changed the run's settings, and no control was moved here."""
        if self.own is None or self._settings is None:
            return False
        return wanted == self._settings[0] and self.own.view().config != self._settings[1]

    def open(self, run_id: str) -> None:
        """Show a run of the store: to control if this browser started it, otherwise to watch.

        Raises StoreError if there is none, DatasetError if its data is not available; then nothing changes.
        """
        in_memory = engine().find(run_id) is not None  # perhaps not on disk yet
        if may_steer(run_id) and (in_memory or not store().is_trained_elsewhere(run_id)):
            self.show(engine().resume(run_id))
        else:
            self.show(engine().look(run_id), watching=True)
        self.earlier, self.other_experiment = None, False

    def reset(self, wanted: RunConfig) -> None:
        """Begin a new run and set the old one aside. Raises DatasetError, and changes nothing, without its data."""
        self._replace(engine().open(wanted, browser_token()), "restart")

    def start(self, wanted: RunConfig, pace: float | None) -> None:
        """Train a network with these settings from its initial weights; set a run that has learned anything aside.

        Raises DatasetError, and changes nothing, without its data.
        """
        run = self.own
        if run is None or self.has_progress or run.id:
            self.reset(wanted)
        else:
            run.reset(wanted)
        self.follow(wanted)
        if self.own is not None:
            self.own.set_pace(pace)
            self.own.start()

    def fork(self, step: int | None, wanted: RunConfig) -> None:
        """Continue from a step of the run that is shown as a new run, and set the old one aside.

        Raises StoreError if that step is not kept, DatasetError without its data; then nothing changes.
        """
        if self.run is None:
            return
        config = self.run.view().config if self.other_experiment or self.own is None else wanted
        self._replace(engine().fork(self.run.id, step, config, browser_token()), "fork")

    def bring_back(self) -> None:
        """Undo a restart or a fork."""
        if self.own is not None and self.earlier is not None:
            self.own.pause()
            self.show(self.earlier)
            self.earlier, self.other_experiment = None, False

    def leave(self) -> None:
        """Show no run: the next script run begins a new one."""
        self._run, self._watching, self.other_experiment = None, False, False

    def close(self) -> None:
        """Show nothing any more. A run that trains continues until the engine sees that nobody is watching."""
        self._run = self.earlier = None

    def _replace(self, fresh: Run, by: str) -> None:
        old = self.own
        if old is not None:
            old.pause()
        self.show(fresh)
        self.earlier, self.undoes, self.other_experiment = old, by, False

    def show(self, run: Run | StoredRun, watching: bool = False) -> None:
        """Show a run; `watching` for one that this browser may not control."""
        self._run, self._watching, self._settings, self.waiting = run, watching, None, []


SESSIONS: WeakValueDictionary[str, Session] = WeakValueDictionary()  # by token, as long as their tabs are open


@st.cache_resource(scope="session", on_release=Session.close, show_spinner=False)
def own_session() -> Session:
    """Return this tab's session, which is cleared once the tab is closed."""
    session = Session()
    SESSIONS[session.token] = session
    return session
