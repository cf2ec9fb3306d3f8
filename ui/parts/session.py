"""A session is what one tab shows of a page that trains: a run, and whether this browser may control it."""

import secrets
from typing import TypeVar
from weakref import WeakValueDictionary

from mlp.config import ConfigError
from mlp.engine import Run, Status, StoredRun
from mlp.export import ExportedRun
from ui.parts.server import engine, store
from ui.parts.tab import Tab, this_tab


class Session:
    """What all pages that train share; each adds how its run follows the settings."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe()  # lets its holder look at this session's run
        self.tab: Tab | None = None  # that shows it
        self._run: Run | StoredRun | None = None
        self._watching = False  # a run that another browser controls
        self.is_taken = False  # whether another browser has taken the run that this tab still shows as its own
        self.is_removed = False  # whether the teacher has removed the run that this tab showed, which it has yet to say
        self.earlier: Run | None = None  # what undoing a restart shows again
        self.waiting: list[str] = []  # settings that wait for a restart
        self.complaints: list[str] = []  # what made no sense in the address
        self.run_not_found = False  # that the address names
        SESSIONS[self.token] = self

    @property
    def run(self) -> Run | StoredRun | None:
        """The run that is shown."""
        if isinstance(self._run, StoredRun) and (live := engine().find(self._run.id)):
            return live  # its browser has resumed it
        return self._run

    @property
    def live(self) -> Run | None:
        """The run that is shown, if this server had it already when it was opened. No look-up: it never waits."""
        return self._run if isinstance(self._run, Run) else None

    @property
    def own(self) -> Run | None:
        """The run that is shown, if this browser may control it."""
        return None if self._watching else self.live

    @property
    def is_read_only(self) -> bool:
        """Whether the run that is shown is controlled by another browser, or on another server."""
        return self.run is not None and self.own is None

    @property
    def is_elsewhere(self) -> bool:
        """Whether the run that is shown is this browser's, but another server trains it, or has trained it last."""
        return isinstance(self._run, StoredRun) and not self._watching

    @property
    def why_read_only(self) -> str:
        """Who has the run that is read only."""
        return "this run is on another server" if self.is_elsewhere else "another browser controls this run"

    @property
    def has_progress(self) -> bool:
        """Whether the run has learned anything that could be lost."""
        return self.run is not None and self.run.status is not Status.READY

    def exported(self) -> ExportedRun:
        """Return the run as it is now. Raises ConfigError without one, StoreError if its record can't be read."""
        if self.run is None:
            raise ConfigError("There is no network yet. Choose data for it first.")
        view = self.run.view()
        if view.run_id:
            store().flush()  # so that a worker finds its latest states
            return ExportedRun.from_store(store(), view.run_id, view)
        return ExportedRun.of(view)

    def show(self, run: Run | StoredRun, watching: bool = False) -> None:
        """Show a run; `watching` for one that this browser may not control."""
        self._run, self._watching, self.is_taken, self.waiting = run, watching, False, []

    def leave(self) -> None:
        """Show no run."""
        self._run, self._watching = None, False

    @property
    def is_away(self) -> bool:
        """Whether its tab is closed, or has lost its connection."""
        return self.tab is not None and self.tab.left is not None

    def leave_alone(self, seconds: float) -> None:
        """Keep all while the tab is away. A run that trains continues until the engine sees that nobody is watching."""

    def close(self) -> None:
        """Show nothing any more."""
        self._run = self.earlier = None


S = TypeVar("S", bound=Session)
SESSIONS: WeakValueDictionary[str, Session] = WeakValueDictionary()  # by token, until their tabs are forgotten


def give_up(run_id: str) -> None:
    """Have every tab that controls a run only watch it: another browser controls it now."""
    for session in list(SESSIONS.values()):
        if session.earlier is not None and session.earlier.id == run_id:
            session.earlier = None
        if session.own is not None and session.own.id == run_id:
            session.show(session.own, watching=True)
            session.is_taken = True


def own_session(kind: type[S]) -> S:
    """Return this tab's session of a kind. It is as it was when the tab comes back after a lapse of its connection."""
    return this_tab().own(kind)
