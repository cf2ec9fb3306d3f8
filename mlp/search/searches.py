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
from dataclasses import dataclass, field, replace
from time import monotonic

from mlp.config import ConfigError
from mlp.datasets import DatasetError, load_dataset
from mlp.engine import Engine, Run, Status
from mlp.search.plan import SearchPlan
from mlp.search.search import Progress, Search, remark
from mlp.search.space import Space
from mlp.search.trial import Outcome, Trial, measured
from mlp.store import Store, StoreError
from mlp.store.searches import PAUSED, RUNNING, SearchRecord

log = logging.getLogger(__name__)

FINISHED = "finished"  # its budget is spent, or a person stopped it; more can be added
STOPPED_BY_PERSON = "Stopped."  # the message of one that a person stopped
TURN_SECONDS = 0.05  # between looks at the trials,
TROUBLE_SECONDS = 1.0  # and while the store can't be written
SAVE_SECONDS = 3.0  # between writes of a running search: what the store has of its time is at most that old
WHY = {
    Outcome.COMPLETE: "The time for one trial is over.",
    Outcome.PRUNED: "Pruned by its search: it did worse than others at this point.",
    Outcome.CUT: "Its search ended.",
}


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


@dataclass(eq=False)
class _Underway:
    """A search that this server runs, or did."""

    record: SearchRecord
    search: Search
    token: str
    runs: dict[int, Run] = field(default_factory=dict)  # of open trials, by their number
    seen: dict[int, tuple[object, ...]] = field(default_factory=dict)  # of each of them, to notice what is new
    unsaved: dict[int, Trial] = field(default_factory=dict)
    ticked: float = 0.0  # when its time was last counted, by the clock
    saved: float = 0.0  # when it was last written
    trouble: str = ""  # why its latest news could not be

    @property
    def is_running(self) -> bool:
        return self.record.status == RUNNING

    def end(self, trial: Trial) -> None:
        """Stop the run of a trial that has ended."""
        run = self.runs.pop(trial.number, None)
        self.seen.pop(trial.number, None)
        if run and trial.outcome in WHY:
            run.pause(WHY[trial.outcome])
        self.unsaved[trial.number] = trial

    def cut(self) -> None:
        """End the open trials."""
        for trial in self.search.cut():
            self.end(trial)

    def save_trials(self, store: Store) -> None:
        """Write how trials have ended."""
        for number, trial in list(self.unsaved.items()):
            if trial.run_id:
                store.searches.note_trial(trial.run_id, trial.to_json())
            del self.unsaved[number]

    def view(self) -> SearchView:
        search, record = self.search, self.record
        message = record.message or remark(search.plan, search.trials)
        return SearchView(record.id, record.created, record.status, message, search.plan, search.trials, search.seconds)


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
        self._underway: dict[str, _Underway] = {}
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
            self._underway[record.id] = _Underway(record, search, token, ticked=self._clock())
        self._news.set()
        return record.id

    def resume(self, search_id: str, token: str) -> None:
        """Go on with a search that is paused or finished, or whose server is gone.

        Raises DatasetError if its data is not available, ConfigError if too many runs train.
        """
        underway = self._find(search_id, token)
        load_dataset(underway.search.plan.base.dataset)
        with self._lock:
            self._engine.check_start(token, max(len(underway.runs), 1))
            underway.ticked = self._clock()
            self._set(underway, RUNNING)
            for run in underway.runs.values():
                run.start()
        self._news.set()

    def pause(self, search_id: str) -> None:
        """Pause a search and its trials; `resume` goes on."""
        with self._lock:
            if (underway := self._underway.get(search_id)) and underway.is_running:
                self._pause(underway)

    def pause_all(self, token: str) -> list[str]:
        """Pause all searches of a token; return their ids."""
        with self._lock:
            running = [each for each in self._underway.values() if each.is_running and each.token == token]
            for underway in running:
                self._pause(underway)
            return [underway.record.id for underway in running]

    def stop(self, search_id: str, token: str) -> None:
        """End a search now; what its open trials have reached counts."""
        underway = self._find(search_id, token)
        with self._lock:
            underway.cut()
            underway.save_trials(self._store)
            self._set(underway, FINISHED, STOPPED_BY_PERSON)

    def add(self, search_id: str, token: str, trials: int = 0, minutes: float = 0.0) -> None:
        """Give a search more trials, or more time. Raises ConfigError for a budget that is too large."""
        underway = self._find(search_id, token)
        with self._lock:
            underway.search.add(trials, minutes)
            self._set(underway, underway.record.status)

    def widen(self, search_id: str, token: str, wider: Space) -> None:
        """Let a search try more of what it varies. Raises ConfigError for ranges that leave out what was allowed."""
        underway = self._find(search_id, token)
        plan = underway.search.plan
        replace(plan, space=plan.space.widened(wider)).check(load_dataset(plan.base.dataset).info)
        with self._lock:
            underway.search.widen(wider)
            self._set(underway, underway.record.status)

    def look(self, search_id: str) -> SearchView:
        """Return a search as it is now, or as the store has it if it is not running here.

        Raises ConfigError for one that this program can't read.
        """
        with self._lock:
            if underway := self._here(search_id):
                return underway.view()
        record = self._store.searches.find(search_id)
        plan, trials = SearchPlan.from_json(record.plan), _stored_trials(self._store, search_id)
        message = record.message or remark(plan, trials)
        return SearchView(record.id, record.created, record.status, message, plan, trials, record.seconds)

    def close(self) -> None:
        """Pause all searches, and end the thread."""
        with self._lock:
            for search_id in list(self._underway):
                try:
                    self.pause(search_id)
                except StoreError as error:  # the store then has it as one whose server stopped
                    log.warning("%s", error)
            self._closed = True
        self._news.set()
        self._thread.join()

    # What follows from these, with the lock held.

    def _here(self, search_id: str) -> _Underway | None:
        """Return a search that this server runs, or ran last, unless it is deleted or another server's now."""
        underway = self._underway.get(search_id)
        if underway and not underway.is_running and self._store.searches.is_lost(search_id):
            del self._underway[search_id]
            return None
        return underway

    def _find(self, search_id: str, token: str) -> _Underway:
        """Return a search as this server's, from memory or else from the store."""
        with self._lock:
            underway = self._here(search_id)
            if underway is None:
                record = self._store.searches.claim(search_id)
                plan = SearchPlan.from_json(record.plan)
                search = Search(plan, _stored_trials(self._store, search_id), record.seconds)
                underway = self._underway[search_id] = _Underway(record, search, token)
            underway.token = token
            return underway

    def _set(self, underway: _Underway, status: str, message: str = "") -> None:
        """Change a search's status, and write it. Raises StoreError if that can't be done, or it is no longer ours."""
        search = underway.search
        underway.record = replace(
            underway.record, status=status, message=message, plan=search.plan.to_json(), seconds=search.seconds
        )
        underway.saved = self._clock()
        if not self._store.searches.save(underway.record):
            for run in underway.runs.values():
                run.pause()
            self._underway.pop(underway.record.id, None)
            raise StoreError("Another server of this store has taken over this search, or it was deleted.")

    def _pause(self, underway: _Underway, why: str = "") -> None:
        for run in underway.runs.values():
            run.pause("Paused with its search.")
        self._set(underway, PAUSED, why)

    def _drive(self) -> None:
        while True:
            with self._lock:
                if self._closed:
                    return
                busy = [underway for underway in self._underway.values() if underway.is_running or underway.trouble]
                for underway in busy:
                    self._try_turn(underway)
                pause = TROUBLE_SECONDS if any(underway.trouble for underway in busy) else TURN_SECONDS
            self._news.wait(pause if busy else None)
            self._news.clear()

    def _try_turn(self, underway: _Underway) -> None:
        """Take a turn. If its news can't be written, a later turn tries again; trials go on, and lose nothing."""
        try:
            if underway.is_running:
                self._turn(underway)
            else:  # how it ended is still to be written
                underway.save_trials(self._store)
                self._set(underway, underway.record.status, underway.record.message)
            underway.trouble = ""
        except StoreError as error:
            if not underway.trouble:
                log.warning("%s", error)
            underway.trouble = str(error)

    def _turn(self, underway: _Underway) -> None:
        search, now = underway.search, self._clock()
        search.seconds += now - underway.ticked
        underway.ticked = now
        self._watch(underway)
        if search.time_is_up:
            underway.cut()
        busy = sum(run.status is Status.RUNNING for run in underway.runs.values())
        while busy < search.plan.parallel and search.wants_more:
            try:  # before there is a trial, which would be lost
                load_dataset(search.plan.base.dataset)
                self._engine.check_start(underway.token)
            except ConfigError:  # too many runs train: it waits for one to end
                break
            except (DatasetError, StoreError) as error:
                underway.save_trials(self._store)
                self._pause(underway, str(error))
                return
            if (trial := search.begin_trial()) is None:
                break
            self._start(underway, trial)
            busy += 1
        if not search.wants_more and not busy:  # those that a person paused don't keep it going
            underway.cut()
        underway.save_trials(self._store)
        if search.is_over:
            self._set(underway, FINISHED, _why_it_ended(search))
        elif now - underway.saved >= SAVE_SECONDS:
            self._set(underway, RUNNING)

    def _start(self, underway: _Underway, trial: Trial) -> None:
        try:
            run = self._engine.open(trial.config, underway.token, trial=(underway.record.id, trial.to_json()))
            run.start()
        except ConfigError as error:  # it may need too much memory
            log.warning("%s", error)
            underway.end(underway.search.fail(trial.number))
            return
        underway.search.stored(trial.number, run.id)
        underway.runs[trial.number] = run

    def _watch(self, underway: _Underway) -> None:
        """Take the news of open trials; stop the runs of those that have ended."""
        search = underway.search
        for trial in search.open:
            if trial.number not in underway.runs:
                self._continue(underway, trial)
                continue
            view = underway.runs[trial.number].view()
            news = (view.status, view.config, len(view.history))
            if underway.seen.get(trial.number) == news:
                continue
            underway.seen[trial.number] = news
            values = measured(search.plan, view.history, view.model.dataset)
            seen = search.see(trial.number, Progress(view.status, view.config, values, view.history.seconds))
            if seen.outcome is not Outcome.RUNNING:
                underway.end(seen)

    def _continue(self, underway: _Underway, trial: Trial) -> None:
        """Go on with a trial that the store has."""
        try:
            run = self._engine.resume(trial.run_id)
            run.start()
        except ConfigError:  # too many runs train: a later turn tries again
            return
        except StoreError as error:
            log.warning("%s", error)
            underway.end(underway.search.fail(trial.number))
            return
        underway.runs[trial.number] = run


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
    return "Every combination was tried." if search.is_exhausted else ""
