"""One thread writes everything, a batch at a time, so that training never waits for the disk.

Training records each run's state, and continues. The writer keeps only the latest record of a run: its history has
every report, so nothing is lost that could not be written yet.
"""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from math import inf, isnan
from time import monotonic, time
from typing import Any, TypeVar

import sqlalchemy as sa

from mlp.store import schema
from mlp.store.batches import Held, Job, Standing, Waiting, is_news, state_rows, write_run
from mlp.store.database import DATABASE_ERRORS, Database, is_damage
from mlp.store.errors import StoreError
from mlp.store.records import RUNNING
from mlp.store.snapshots import Moment, Sized, wants_snapshot
from mlp.store.states import size_of
from mlp.training.history import Change

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH_SECONDS = 0.5  # maximum batching delay
LATEST_SECONDS = 1.0  # between writes of a running run's latest state,
LATEST_BYTES_PER_SECOND = 16 * 2**20  # and longer if the states of all running runs together would exceed this
SNAPSHOT_BYTES_PER_SECOND = 8 * 2**20  # of all runs together; beyond that, epochs' ends get no snapshot
HEARTBEAT_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 8.0  # between attempts while writing fails; the first pause is a batch's, then it doubles
PENDING_BYTES = 64 * 2**20  # of snapshots waiting in memory


@dataclass(frozen=True)
class Errand:
    """Something a caller waits for: a change of the database, or that everything so far is written."""

    work: Callable[[sa.Connection], Any] | None  # None: only write what is pending
    last: bool = False  # the writer stops after it
    done: "Future[Any]" = field(default_factory=Future)


class Writer:
    """Writes what `record` and `change` receive soon, and what `perform` receives at once."""

    def __init__(self, database: Database, server: str, error: Exception | None) -> None:
        """`error` is why the database could not be opened; the writer keeps trying."""
        self._database, self._server = database, server
        self.trouble = ""  # why nothing is saved and what to do; empty while saving works
        if error is not None:
            self._fail(error)
        self._lock = threading.Lock()
        self._held: dict[str, Held] = {}
        self._waiting: list[Waiting] = []
        self._snapshot_due = -inf  # when epochs' ends may get snapshots again, on the monotonic clock
        self._inbox: queue.SimpleQueue[Errand | None] = queue.SimpleQueue()  # None: there is news
        self._told = False  # whether there is news since the writer last looked
        self._closed = False
        self._beaten_at = -inf
        self._opened = database.opened
        self._damaged = False  # at the last attempt
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._thread.start()

    # Calls from other threads.

    def hold(self, run_id: str, held: Held) -> None:
        """Write this run from now on. A new one is written at once: its page may be opened next."""
        with self._lock:
            self._held[run_id] = held
            self._keep_snapshot(run_id, held)
        self._inbox.put(Errand(None))

    def held(self, run_id: str) -> Held | None:
        """Return what is known about a run that this server may write."""
        with self._lock:
            return self._held.get(run_id)

    def waiting(self, run_id: str) -> list[Waiting]:
        """Return the snapshots of a run that are not on disk yet, in order; all are later than those on disk."""
        with self._lock:
            return [waiting for waiting in self._waiting if waiting.run_id == run_id]

    def record(self, run_id: str, standing: Standing) -> None:
        """Note a run's current status and state."""
        with self._lock:
            held = self._held.get(run_id)
            if held is None:
                return
            if isnan(standing.samples_per_second):  # a paused run keeps its last speed
                standing = standing._replace(samples_per_second=held.standing.samples_per_second)
            held.standing = standing
            self._keep_snapshot(run_id, held)
        self._tell()

    def change(self, run_id: str, change: Change) -> None:
        """Note that a run's settings were changed."""
        with self._lock:
            held = self._held.get(run_id)
            if held is None:
                return
            held.changes.append(change)
        self._tell()

    def amend(self, run_id: str, values: dict[str, Any]) -> None:
        """Note what was changed in a run's row, in case it has to be written again."""
        with self._lock:
            if run_id in self._held:
                self._held[run_id].row |= values

    def release(self, run_id: str) -> None:
        """Drop a run as soon as everything known about it is on disk."""
        with self._lock:
            if run_id in self._held:
                self._held[run_id].released = True
        self._tell()

    def flush(self) -> bool:
        """Write what is pending now; return whether all of it is on disk."""
        return bool(self._send(Errand(None)))

    def perform(self, work: Callable[[sa.Connection], T]) -> T:
        """Write what is pending, then do `work` in a separate transaction; return its result.

        Raises StoreError if nothing can be written, and whatever `work` raises.
        """
        return self._send(Errand(work))

    def close(self) -> None:
        """Write what is pending, and stop."""
        with self._lock:
            if self._closed:
                return
        self._send(Errand(None, last=True))
        self._thread.join()

    def _send(self, errand: Errand) -> Any:
        with self._lock:  # so that nothing is added after the last
            if self._closed:
                raise StoreError("The store is closed. Open it again.")
            self._closed = errand.last
            self._inbox.put(errand)
        return errand.done.result()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._inbox.put(None)

    def _keep_snapshot(self, run_id: str, held: Held) -> None:
        """Keep the run's state if a snapshot is due; drop the oldest pending ones if they are too large."""
        state = held.standing.state
        now = Moment(state.step, state.epoch)
        clock = monotonic()
        if not wants_snapshot(now, held.last_snapshot, hurried=clock < self._snapshot_due):
            return
        held.last_snapshot = now
        self._snapshot_due = max(self._snapshot_due, clock) + size_of(state) / SNAPSHOT_BYTES_PER_SECOND
        self._waiting.append(Waiting(run_id, held.standing.config, state))
        while len(self._waiting) > 1 and sum(size_of(waiting.state) for waiting in self._waiting) > PENDING_BYTES:
            del self._waiting[0]

    # The writer's thread.

    def _write(self) -> None:
        due = 0.0  # when to write next, on the monotonic clock
        pause = BATCH_SECONDS
        while True:
            errand = None
            try:
                errand = self._inbox.get(timeout=None if due == inf else max(due - monotonic(), 0.0))
                if errand is None:  # news; while writing fails, the pause decides
                    if not self.trouble:
                        due = min(due, monotonic() + BATCH_SECONDS)
                    continue
            except queue.Empty:
                pass  # it is time
            self._told = False
            written = self._commit(everything=errand is not None and errand.work is None)
            if errand is not None:
                self._do(errand, written)
                if errand.last:
                    return
            if self.trouble:
                due, pause = monotonic() + pause, min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                due, pause = monotonic() + self._rest(), BATCH_SECONDS

    def _do(self, errand: Errand, written: bool) -> None:
        """Do what a caller waits for, and pass on the outcome."""
        if errand.work is None:
            errand.done.set_result(written)
            return
        if not written:
            errand.done.set_exception(StoreError(self.trouble))
            return
        try:
            with self._database.writing() as connection:
                result = errand.work(connection)
        except StoreError as error:  # an impossible request
            errand.done.set_exception(error)
        except DATABASE_ERRORS as error:
            self._fail(error)
            errand.done.set_exception(StoreError(self.trouble))
        except Exception as error:  # a bug in the work is passed to its caller, and must not end this thread
            log.exception("A change of the store failed")
            errand.done.set_exception(error)
        else:
            errand.done.set_result(result)

    def _fail(self, error: Exception) -> None:
        """Explain why nothing is saved; only the first failure in a row is logged."""
        why = self._database.explain(error)
        if not self.trouble:
            log.error("Runs aren't being saved. %s", why)
        self.trouble = f"Runs aren't being saved. {why} Training goes on; everything will be saved once this is fixed."

    def _rest(self) -> float:
        """Return the seconds until there may be something to write."""
        with self._lock:
            if self._waiting or any(is_news(held) for held in self._held.values()):
                return BATCH_SECONDS
            return HEARTBEAT_SECONDS if self._held else inf  # also to see that the file is still there

    def _running(self) -> list[Held]:
        return [held for held in self._held.values() if held.standing.status == RUNNING]

    def _commit(self, everything: bool) -> bool:
        """Write what is pending in one transaction; return whether that worked.

        With `everything`, write the states to resume from even if they are not due yet.
        """
        try:
            self._database.open()
            self._follow_file()
            jobs, running = self._collect(everything)
            beat = running and monotonic() - self._beaten_at >= HEARTBEAT_SECONDS
            if not (jobs or beat or self.trouble):
                return True
            rows = [state_rows(job) for job in jobs]
            with self._database.writing() as connection:
                if beat:
                    mine = (schema.runs.c.server == self._server, schema.runs.c.status == RUNNING)
                    connection.execute(schema.runs.update().where(*mine).values(heartbeat=time()))
                thinned = [
                    write_run(connection, job, self._server, *states) for job, states in zip(jobs, rows, strict=True)
                ]
            with self._lock:
                for job, kept in zip(jobs, thinned, strict=True):
                    self._settle(job, kept)
        except (*DATABASE_ERRORS, StoreError) as error:
            self._fail(error)
            self._give_up_damaged(error)
            return False
        except Exception as error:  # a bug, which must not end this thread
            if not self.trouble:
                log.exception("Writing to the store failed")
            self._fail(error)
            return False
        if self.trouble:
            log.warning("Runs are being saved again.")
        self.trouble, self._damaged = "", False
        if beat:
            self._beaten_at = monotonic()
        return True

    def _follow_file(self) -> None:
        """If the store has a new file, write all runs from the start."""
        if self._opened == self._database.opened:
            return
        self._opened = self._database.opened
        with self._lock:
            for run_id, held in self._held.items():
                held.lose_disk()
                if not any(waiting.run_id == run_id for waiting in self._waiting):
                    held.last_snapshot = None
                    self._keep_snapshot(run_id, held)

    def _give_up_damaged(self, error: Exception) -> None:
        """Set aside a file that is found damaged twice in a row: it will never accept writes again."""
        damaged = is_damage(error)
        if damaged and self._damaged:
            try:
                self._database.set_aside()
            except OSError as refused:
                self._fail(refused)
        self._damaged = damaged and not self._damaged

    def _collect(self, everything: bool) -> tuple[list[Job], bool]:
        """Return what there is to write, and whether any run is training."""
        with self._lock:
            running = self._running()
            states = sum(size_of(held.standing.state) for held in running)
            between = max(LATEST_SECONDS, states / LATEST_BYTES_PER_SECOND)
            jobs = []
            # Parents first, since a fork refers to its parent.
            for run_id, held in sorted(self._held.items(), key=lambda item: float(item[1].row["created"])):
                snapshots = tuple(waiting for waiting in self._waiting if waiting.run_id == run_id)
                standing, saved = held.standing, held.saved
                save = (saved is None or saved.state is not standing.state) and (
                    everything
                    or saved is None
                    or standing.status != RUNNING
                    # A run resumes from its saved state with its latest settings: the two must belong together.
                    or bool(held.new_changes)
                    or standing.config != saved.config
                    or monotonic() - held.saved_at >= between
                )
                if save or snapshots or held.new_changes or held.written is not standing or held.released:
                    jobs.append(Job(run_id, held, standing, held.new_changes, snapshots, save))
            return jobs, bool(running)

    def _settle(self, job: Job, kept: list[Sized] | None) -> None:
        """Note what is on disk now; drop a run that is no longer this server's."""
        held = job.held
        self._waiting = [waiting for waiting in self._waiting if waiting not in job.snapshots]
        if kept is None:
            log.warning("Run %s was taken over by another server, or removed; it is no longer saved here", job.run_id)
            self._forget(job)
            return
        held.inserted = True
        held.changes_written += len(job.changes)
        held.reports_written = len(job.standing.history)
        held.snapshots_written = kept
        held.written = job.standing
        if job.save:
            held.saved, held.saved_at = job.standing, monotonic()
        if held.released and not is_news(held):
            self._forget(job)

    def _forget(self, job: Job) -> None:
        if self._held.get(job.run_id) is job.held:  # it may have been resumed again
            del self._held[job.run_id]
