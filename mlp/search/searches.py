"""The searches of one server: a thread starts their trials in the engine, watches them, and keeps all in the store.

searches = Searches(engine, store)
search_id = searches.begin(plan, token)
…
searches.look(search_id).trials
searches.resume(search_id, token)  # in another server, after this one was killed
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from mlp.config import ConfigError
from mlp.datasets import DatasetError, load_dataset
from mlp.engine import Engine, Status
from mlp.search.plan import SearchPlan
from mlp.search.search import Search, remark
from mlp.search.space import Space
from mlp.search.trial import Trial
from mlp.search.underway import Underway
from mlp.store import Store, StoreError
from mlp.store.searches import RUNNING, STOPPED, SearchRecord

log = logging.getLogger(__name__)

FINISHED = "finished"  # its budget is spent, or a person stopped it; more can be added
ALL_TRIED = "Every combination was tried."  # the message of a grid that has no more
STOPPED_BY_PERSON = "Stopped."  # the message of one that a person stopped
TURN_SECONDS = 0.05  # between looks at the trials,
TROUBLE_SECONDS = 1.0  # and while the store can't be written
SAVE_SECONDS = 3.0  # between writes of a running search: what the store has of its time is at most that old
DEFECT = "Paused by an unexpected error ({error}). Resume to try again, or begin another search: the trials are kept."


@dataclass(frozen=True)
class SearchView:
    """A search as it is now."""

    id: str
    created: float  # seconds since 1970
    status: str  # "running", "paused" or "finished"
    message: str  # for a person; usually empty
    plan: SearchPlan
    trials: list[Trial]
    seconds: float  # that it was running


class Searches:
    """All searches that this process runs. Safe to use from any thread.

    Parameters
    ----------
    engine
        Trains the trials. It must have the same store.
    store
        Keeps the searches, so that they survive this process.
    clock
        For the time that searches are running, in seconds.
    """

    def __init__(self, engine: Engine, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._engine, self._store, self._clock = engine, store, clock
        self._lock = threading.RLock()
        self._underway: dict[str, Underway] = {}
        self._news, self._closed = threading.Event(), False
        self._thread = threading.Thread(target=self._drive, name="searches", daemon=True)
        self._thread.start()

    # Requests of a person. Each raises StoreError if there is no such search, or nothing can be written.

    def begin(self, plan: SearchPlan, token: str) -> str:
        """Begin a search; return its id. Its `token` gives control of it and of its trials.

        Raises DatasetError if its data is not available, ConfigError for a plan that does not fit it.
        """
        plan.check(load_dataset(plan.base.dataset).info)
        search = Search(plan)
        record = self._store.searches.begin(plan.to_json(), token)
        with self._lock:
            self._underway[record.id] = Underway(record, search, token, ticked=self._clock())
        self._news.set()
        return record.id

    def resume(self, search_id: str, token: str) -> None:
        """Go on with a search that is paused or finished, or whose server is gone.

        Raises DatasetError if its data is not available, ConfigError if too many runs train.
        """
        load_dataset(self._find(search_id, token).search.plan.base.dataset)  # which may take long: without the lock
        with self._lock:
            underway = self._find(search_id, token)
            # Open trials are stored already.
            self._engine.check_start(token, max(len(underway.runs), 1), new=not underway.search.open)
            underway.ticked = self._clock()
            underway.become(RUNNING)
            self._news.set()
            for run in underway.runs.values():
                run.start()
            self._write(underway)

    def pause(self, search_id: str, why: str = "") -> None:
        """Pause a search and its trials; `resume` goes on."""
        with self._lock:
            if (underway := self._underway.get(search_id)) and underway.is_running:
                underway.pause(why)
                self._publish(underway)

    def pause_all(self, token: str) -> list[str]:
        """Pause all searches of a token; return their ids."""
        with self._lock:
            running = [each for each in self._underway.values() if each.is_running and each.token == token]
            for underway in running:
                underway.pause()
            for underway in running:
                self._publish(underway)
            return [underway.record.id for underway in running]

    def stop(self, search_id: str, token: str) -> None:
        """End a search now; what its open trials have reached counts."""
        with self._lock:
            underway = self._find(search_id, token)
            underway.cut()
            underway.become(FINISHED, STOPPED_BY_PERSON)
            self._publish(underway)

    def add(self, search_id: str, token: str, trials: int = 0, minutes: float = 0.0) -> None:
        """Give a search more trials, or more time. Raises ConfigError for a budget that is too large."""
        with self._lock:
            underway = self._find(search_id, token)
            underway.search.add(trials, minutes)
            self._publish(underway)

    def widen(self, search_id: str, token: str, wider: Space) -> None:
        """Let a search try more of what it varies. Raises ConfigError for ranges that leave out what was allowed."""
        plan = self._find(search_id, token).search.plan
        replace(plan, space=plan.space.widened(wider)).check(load_dataset(plan.base.dataset).info)
        with self._lock:
            underway = self._find(search_id, token)
            underway.search.widen(wider)
            self._publish(underway)

    def look(self, search_id: str) -> SearchView:
        """Return a search as it is now, or as the store has it if it is not running here.

        Raises ConfigError for one that this program can't read.
        """
        with self._lock:
            if underway := self._here(search_id):
                search = underway.search
                return _view(underway.record, search.plan, search.trials, search.seconds)
        record = self._store.searches.find(search_id)
        plan, trials = SearchPlan.from_json(record.plan), _stored_trials(self._store, search_id)
        return _view(record, plan, trials, record.seconds)

    def close(self) -> None:
        """Pause all searches, and end the thread."""
        with self._lock:
            for search_id in list(self._underway):
                try:
                    self.pause(search_id, STOPPED)
                except StoreError as error:  # the store then has it as one whose server stopped
                    log.warning("%s", error)
            self._closed = True
        self._news.set()
        self._thread.join()

    # What follows from these, with the lock held.

    def _here(self, search_id: str) -> Underway | None:
        """Return a search that this server runs, or ran last, unless it is deleted or another server's now."""
        underway = self._underway.get(search_id)
        if underway and not underway.is_running and self._store.searches.is_lost(search_id):
            del self._underway[search_id]
            return None
        return underway

    def _find(self, search_id: str, token: str) -> Underway:
        """Return a search as this server's, from memory or else from the store."""
        with self._lock:
            underway = self._here(search_id)
            if underway is None:
                record = self._store.searches.claim(search_id)
                plan = SearchPlan.from_json(record.plan)
                search = Search(plan, _stored_trials(self._store, search_id), record.seconds)
                underway = self._underway[search_id] = Underway(record, search, token)
            underway.token = token
            return underway

    def _publish(self, underway: Underway) -> None:
        """Write what a person asked for. If that raises StoreError, the thread tries again."""
        self._news.set()
        self._write(underway)

    def _write(self, underway: Underway) -> None:
        """Write what is new. Raises StoreError if that can't be done, or the search is no longer ours."""
        underway.saved = self._clock()
        if not underway.write(self._store):
            for run in underway.runs.values():
                run.pause()
            self._underway.pop(underway.record.id, None)
            raise StoreError("Another server of this store has taken over this search, or it was deleted.")

    def _drive(self) -> None:
        while not self._closed:
            self._news.wait(self._turns())
            self._news.clear()

    def _turns(self) -> float | None:
        """Give each search its turn; return the seconds until the next ones, None if none needs any."""
        with self._lock:
            busy = [underway for underway in self._underway.values() if underway.is_running or underway.has_news]
            for underway in busy if not self._closed else ():
                self._try_turn(underway)
            # What Optuna knows of a search takes half a megabyte.
            self._underway = {key: each for key, each in self._underway.items() if not _is_done(each)}
            pause = TROUBLE_SECONDS if any(underway.trouble for underway in busy) else TURN_SECONDS
            return pause if busy else None

    def _try_turn(self, underway: Underway) -> None:
        """Take a turn. If its news can't be written, a later turn tries again; trials go on, and lose nothing."""
        try:
            if underway.is_running:
                self._turn(underway)
            else:
                self._write(underway)
            underway.trouble = ""
        except StoreError as error:
            if not underway.trouble:
                log.warning("%s", error)
            underway.trouble = str(error)
        except DatasetError as error:
            underway.pause(str(error))
        except Exception as error:  # which must not end the other searches
            if not underway.trouble:
                log.exception("A search can't go on")
            underway.trouble = DEFECT.format(error=f"{type(error).__name__}: {error}")
            underway.pause(underway.trouble)

    def _turn(self, underway: Underway) -> None:
        search, now = underway.search, self._clock()
        search.seconds, underway.ticked = search.seconds + now - underway.ticked, now
        for begun in search.open:
            if begun.number in underway.runs:
                underway.watch(begun)
            elif begun.run_id:
                self._continue(underway, begun)
        if search.time_is_up:
            underway.cut()
        busy = sum(run.status is Status.RUNNING for run in underway.runs.values())
        refused = [begun for begun in search.open if not begun.run_id]  # by the store, although there seemed to be room
        while busy < search.plan.parallel and (refused or search.wants_more):
            try:  # before there is a trial, which would be lost
                load_dataset(search.plan.base.dataset)
                self._engine.check_start(underway.token)
            except ConfigError:  # too many runs train: it waits for one to end
                break
            except (DatasetError, StoreError) as error:
                if not busy:  # trials under way go on
                    underway.pause(str(error))
                break
            if (trial := refused.pop(0) if refused else search.begin_trial()) is None:
                break
            self._start(underway, trial)
            busy += 1
        waiting = len(search.open) - len(underway.runs)  # for a place
        if not (search.wants_more or busy or waiting):  # those that a person paused don't keep it going
            underway.cut()
        if underway.has_news or now - underway.saved >= SAVE_SECONDS:
            self._write(underway)
        if search.is_over:
            underway.become(FINISHED, _why_it_ended(search))
            self._write(underway)

    def _start(self, underway: Underway, trial: Trial) -> None:
        try:
            run = self._engine.open(trial.config, underway.token, trial=(underway.record.id, trial.to_json()))
            run.start()
        except ConfigError as error:  # it may need too much memory
            log.warning("%s", error)
            underway.end(underway.search.fail(trial.number))
            return
        underway.search.stored(trial.number, run.id)
        underway.runs[trial.number] = run

    def _continue(self, underway: Underway, trial: Trial) -> None:
        """Go on with a trial that the store has. Raises DatasetError if its data is not available."""
        try:
            self._engine.check_start(underway.token, new=False)  # before all of it is read
            run = self._engine.resume(trial.run_id)
            run.start()
        except ConfigError:  # too many runs train: a later turn tries again
            return
        except StoreError as error:
            log.warning("%s", error)
            underway.end(underway.search.fail(trial.number))
            return
        underway.runs[trial.number] = run


def _view(record: SearchRecord, plan: SearchPlan, trials: list[Trial], seconds: float) -> SearchView:
    message = record.message or remark(plan, trials)
    return SearchView(record.id, record.created, record.status, message, plan, trials, seconds)


def _is_done(underway: Underway) -> bool:
    """Whether a search has ended, and the store has all of it: trials that could not begin are in no store."""
    stored = not underway.has_news and all(trial.run_id for trial in underway.search.trials)
    return underway.record.status == FINISHED and not underway.runs and stored


def _stored_trials(store: Store, search_id: str) -> list[Trial]:
    """Return the trials of a stored search, without those that this program can't read."""
    found = {}
    for run in store.searches.trials(search_id):
        try:
            trial = Trial.of(run)
        except (ConfigError, StoreError) as error:
            log.warning("%s", error)
        else:
            found[trial.number] = trial
    return [found[number] for number in sorted(found)]


def _why_it_ended(search: Search) -> str:
    """Return why a search ended, if that is not simply that its trials are done."""
    if said := remark(search.plan, search.trials):
        return said
    return ALL_TRIED if search.is_exhausted else ""
