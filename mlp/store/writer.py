"""One thread writes everything, a batch at a time, so that training never waits for the disk.

Training records each run's state, and continues. The writer keeps only the latest checkpoint of a run: its history has
every report, so nothing is lost that could not be written yet.
"""

import logging
import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any, TypeVar

import sqlalchemy as sa

from mlp.limits import Limits
from mlp.store.batches import Job, OpenRun, Pending, beat
from mlp.store.database import DATABASE_ERRORS, Database, is_damage
from mlp.store.errors import StoreError
from mlp.store.pending import PendingSnapshots
from mlp.store.room import Room
from mlp.store.snapshots import Snapshot
from mlp.store.states import size_of
from mlp.training.checkpoint import Checkpoint, Status

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH_SECONDS = 0.5  # maximum batching delay
LATEST_SECONDS = 1.0  # between writes of a running run's latest state,
LATEST_BYTES_PER_SECOND = 16 * 2**20  # and longer if the states of all running runs together would exceed this
HEARTBEAT_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 8.0  # between attempts while writing fails


class Writer:
    """Writes what `record` receives soon, and what `perform` receives at once."""

    def __init__(self, database: Database, server: str, limits: Limits, error: Exception | None) -> None:
        """`error` is why the database could not be opened; the writer keeps trying."""
        self._database, self._server, self._room = database, server, Room(database, limits)
        self.trouble = ""  # why nothing is saved and what to do; empty while saving works
        # What training says, guarded by a lock that is never held for long. Reentrant, because a run that is collected
        # as garbage calls `release`, in whichever thread that happens.
        self._news = threading.Condition(threading.RLock())
        self._runs: dict[str, OpenRun] = {}
        self._pending = PendingSnapshots()
        self._due = inf  # when the thread is to write next, on the monotonic clock
        self._closed = False
        # What is on disk; guarded by the other lock.
        self._writing = threading.Lock()
        self._pause = BATCH_SECONDS  # before the next attempt after a failure; then it doubles
        self._opened, self._damaged, self._beaten_at = database.opened, False, -inf  # at the last attempt
        if error is None:
            self._room.look_again()
        else:
            self._fail(error)
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._thread.start()

    # Calls from training.

    def open(self, run: OpenRun) -> None:
        """Write this run from now on. A new one is written at once: its page may be opened next."""
        with self._news:
            self._require_open()
            self._runs[run.id] = run
            self._pending.keep(run)
            self._write_within(0.0)

    def find(self, run_id: str) -> OpenRun | None:
        """Return what is known about a run that this server may write."""
        with self._news:
            return self._runs.get(run_id)

    def pending(self, run_id: str) -> list[Pending]:
        """Return the snapshots of a run that are not on disk yet, in order; all are later than those on disk."""
        with self._news:
            return self._pending.of(run_id)

    def record(self, run_id: str, checkpoint: Checkpoint) -> None:
        """Note a run's current status and state."""
        with self._news:
            run = self._runs.get(run_id)
            if run is None or run.is_lost:
                return
            run.hear(checkpoint)
            self._pending.keep(run)
            self._tell()

    def amend(self, run_id: str, values: dict[str, Any]) -> None:
        """Note what was changed in a run's row, in case it has to be written again."""
        with self._news:
            if run_id in self._runs:
                self._runs[run_id].row |= values

    def check_kept(self, owner: str, more: int) -> None:
        """Raise StoreError if a browser may not store `more` runs."""
        with self._news:
            self._room.check_kept(owner, more, [run.owner for run in self._runs.values() if run.written is None])

    def release(self, run_id: str) -> None:
        """Drop a run as soon as everything known about it is on disk."""
        with self._news:
            if run_id in self._runs:
                self._runs[run_id].released = True
                self._tell()

    def _tell(self) -> None:
        if not self.trouble:  # while writing fails, the pause decides
            self._write_within(BATCH_SECONDS)

    def _write_within(self, seconds: float) -> None:
        due = monotonic() + seconds
        if due < self._due:
            self._due = due
            self._news.notify()

    # Requests that wait for the disk.

    def flush(self) -> bool:
        """Write what is pending now; return whether all of it is on disk."""
        with self._writing:
            self._require_open()
            return self._commit(everything=True)

    def perform(self, work: Callable[[sa.Connection], T]) -> T:
        """Write what is pending, then do `work` in a separate transaction; return its result.

        Raises StoreError if nothing can be written, and whatever `work` raises.
        """
        with self._writing:
            self._require_open()
            if not self._commit():
                raise StoreError(self.trouble)
            try:
                with self._database.writing() as connection:
                    result = work(connection)
                    self._room.read(connection)
                return result
            except DATABASE_ERRORS as error:
                self._fail(error)
                raise StoreError(self.trouble) from error

    def close(self) -> None:
        """Write what is pending, and stop."""
        with self._writing, self._news:
            if self._closed:
                return
            self._commit(everything=True)
            self._closed = True
            self._news.notify()
        self._thread.join()

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError("The store is closed. Open it again.")

    # Writing, with that lock held.

    def _write(self) -> None:
        while True:
            with self._news:
                while not self._closed and (seconds := self._due - monotonic()) > 0:
                    self._news.wait(None if seconds == inf else seconds)
                if self._closed:
                    return
                self._due = inf
            with self._writing:
                self._commit()
                rest = self._rest()
            with self._news:
                self._write_within(rest)

    def _rest(self) -> float:
        """Return the seconds until there may be something to write."""
        with self._news:
            if self.trouble:
                return inf  # `_fail` has set the time
            if self._pending.waiting or any(run.has_news for run in self._runs.values()):
                return BATCH_SECONDS
            return HEARTBEAT_SECONDS if self._runs else inf  # also to see that the file is still there

    def _commit(self, everything: bool = False) -> bool:
        """Write what is pending in one transaction; return whether that worked.

        With `everything`, write the states to resume from even if they are not due yet.
        """
        try:
            self._database.open()
            self._follow_file()
            jobs, running = self._collect(everything)
            beats = running and monotonic() - self._beaten_at >= HEARTBEAT_SECONDS
            if not (jobs or beats or self._room.can_reclaim or self.trouble):
                return True
            for job in jobs:
                job.encode()
            with self._database.writing() as connection:
                if beats:
                    beat(connection, self._server)
                kept = [job.write(connection, self._server) for job in jobs]
                note_use = self._room.settle(connection, list(self._runs))
            with self._news:
                note_use()
                for job, snapshots in zip(jobs, kept, strict=True):
                    self._note(job, snapshots)
        except Exception as error:
            if not isinstance(error, (*DATABASE_ERRORS, StoreError)) and not self.trouble:
                log.exception("Writing to the store failed")  # a bug, which must not end the thread
            self._fail(error)
            self._give_up_damaged(error)
            return False
        if self.trouble:
            log.warning("Runs are being saved again.")
        self.trouble, self._damaged, self._pause = "", False, BATCH_SECONDS
        if beats:
            self._beaten_at = monotonic()
        return True

    def _fail(self, error: Exception) -> None:
        """Explain why nothing is saved, and try again after a pause; only the first failure in a row is logged."""
        why = self._database.explain(error)
        if not self.trouble:
            log.error("Runs aren't being saved. %s", why)
        self.trouble = f"Runs aren't being saved. {why} Training goes on; everything will be saved once this is fixed."
        with self._news:
            self._write_within(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def _follow_file(self) -> None:
        """If the store has a new file, write all runs from the start."""
        if self._opened == self._database.opened:
            return
        self._opened = self._database.opened
        with self._news:
            for run in self._runs.values():
                run.forget_file()
                if not self.pending(run.id):
                    run.last_snapshot = None
                    self._pending.keep(run)

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
        """Return what there is to write and room for, and whether any run is training."""
        self._room.look_again()
        with self._news:
            running = [run for run in self._runs.values() if run.latest.status == Status.RUNNING]
            states = sum(size_of(run.latest.state) for run in running)
            between = max(LATEST_SECONDS, states / LATEST_BYTES_PER_SECOND)
            forked = {run.row["parent"] for run in self._runs.values() if run.written is None}
            jobs = []
            # Parents before forks, which refer to them; with their states, so that a kill takes nothing they share.
            for run in sorted(self._runs.values(), key=lambda run: float(run.row["created"])):
                pending = self.pending(run.id)
                save = run.is_state_due(everything or run.id in forked or monotonic() - run.saved_at >= between)
                run.grant = self._room.grant(run)
                save = save and run.grant.state
                if save or pending or run.written is not run.latest or run.released:
                    jobs.append(Job(run, pending, save))
                    self._room.count(run.owner, jobs[-1].growth)
            return jobs, bool(running)

    def _note(self, job: Job, snapshots: tuple[Snapshot, ...] | None) -> None:
        """Note what is on disk now, or that the run is no longer this server's; drop it if nobody has it any more."""
        run = job.run
        self._pending.drop(job.pending)
        if snapshots is not None:
            job.note(snapshots)
        else:
            run.lose()
        if self._runs.get(job.run_id) is run:  # else it was resumed again meanwhile
            if run.is_lost:
                self._pending.drop(self.pending(job.run_id))
            if run.released and (not run.has_news or not run.grant.state):
                del self._runs[job.run_id]
