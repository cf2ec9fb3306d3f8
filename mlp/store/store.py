"""The store keeps runs; pages and the engine use it, and never the database.

Calls from training (`begin`, `record`, `change`) return at once, and one thread writes them within a second. Requests
of a person (`rename`, `delete`, `resume`, …) are written before they return. Reading shows what is on disk, at most a
second behind; `flush` first to see the latest.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Iterable, Sequence
from math import nan
from time import time
from typing import Any, NamedTuple

import sqlalchemy as sa

from mlp.config import RunConfig
from mlp.store import records, schema
from mlp.store.batches import Held, Standing, Waiting, summary
from mlp.store.database import DATABASE_ERRORS, Database
from mlp.store.errors import StoreError
from mlp.store.records import PAUSED, RUNNING, Ancestor, RunRecord, Snapshot
from mlp.store.servers import new_server
from mlp.store.snapshots import Moment, Sized
from mlp.store.texts import check_name, check_notes, check_tags
from mlp.store.writer import Writer
from mlp.training import TrainingState
from mlp.training.history import Change, HistoryView

log = logging.getLogger(__name__)

ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # without letters that look alike
ID_LENGTH = 10
PURGE_SECONDS = 7 * 24 * 3600.0  # that a deleted run can be restored


class Resumed(NamedTuple):
    """A run ready to continue, with its reports and changes up to its state."""

    run: RunRecord
    state: TrainingState
    history: HistoryView
    changes: tuple[Change, ...]


def new_token() -> str:
    """Return a secret that gives a browser control of a run."""
    return secrets.token_urlsafe(24)


class Store:
    """All runs, in one database. Safe to use from any thread."""

    def __init__(self, url: str | None = None) -> None:
        """Open the store at an SQLAlchemy URL: this one, else MLP_STORE's, else `data/runs.sqlite3`.

        If it can't be opened, `trouble` explains why, and the writer keeps trying. Raises StoreError for an invalid
        URL, a driver that is not installed, a store of a newer program, or a database of another program.
        """
        self.server = new_server()
        self._database = Database(url)
        failure: Exception | None = None
        try:
            self._database.open()
        except DATABASE_ERRORS as error:
            failure = error
        self._writer = Writer(self._database, self.server, failure)
        self._unreadable = ""  # which runs, in a sentence

    @property
    def notice(self) -> str:
        """What happened to an earlier file, and which runs can't be read, in sentences; empty if neither."""
        return " ".join(filter(None, (self._database.notice, self._unreadable)))

    @property
    def trouble(self) -> str:
        """Why runs aren't being saved and what to do, or for a minute what happened to the file; else empty."""
        return self._writer.trouble or self._database.news

    # Calls from training.

    def begin(
        self,
        config: RunConfig,
        state: TrainingState,
        token: str,
        *,
        name: str = "",
        parent: tuple[str, int] | None = None,
    ) -> str:
        """Store a new run whose state is `state`; return its id.

        A fork gives its parent's id and the step at which it was forked. Its history has only its own reports. Raises
        StoreError for a name that is too long.
        """
        token_hash = _hash(token)
        run_id = "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))
        parent_id, parent_step = parent or (None, None)
        now = time()
        row = {
            "id": run_id,
            "name": check_name(name),
            "tags": [],
            "created": now,
            "updated": now,
            "token_hash": token_hash,
            "parent": parent_id,
            "parent_step": parent_step,
            "server": self.server,
            "heartbeat": now,
            "initial_config": config.to_json(),
            "dataset": config.dataset,
            "parameters": config.parameters,
            "seed": config.seed,
        }
        standing = Standing("ready", "", config, records.no_reports(), state, nan)
        self._writer.hold(run_id, Held(row, standing, last_snapshot=None))
        return run_id

    def record(
        self,
        run_id: str,
        *,
        status: str,
        config: RunConfig,
        history: HistoryView,
        state: TrainingState,
        message: str = "",
        samples_per_second: float = nan,
    ) -> None:
        """Record a run's current status and state; `history` has all its reports so far, old and new.

        Does nothing for a run that this server did not begin or resume, or has released or lost.
        """
        self._writer.record(run_id, Standing(status, message, config, history, state, samples_per_second))

    def change(self, run_id: str, change: Change) -> None:
        """Record a change of a run's settings. Like `record`, does nothing for a run that is not this server's."""
        self._writer.change(run_id, change)

    def release(self, run_id: str) -> None:
        """Stop saving a run once everything recorded of it is on disk."""
        self._writer.release(run_id)

    def flush(self) -> bool:
        """Wait until everything recorded so far is on disk. False if it can't be written; `trouble` explains why."""
        return self._writer.flush()

    def close(self) -> None:
        """Write what is pending, and close the database."""
        self._writer.close()
        self._database.close()

    def resume(self, run_id: str) -> Resumed:
        """Make a run this server's, and return it ready to continue from its latest state.

        Reports, changes and snapshots after that state are dropped: training makes the same ones again. Raises
        StoreError for a run that does not exist, is deleted, is trained by another server, or whose state is damaged.
        """
        self.flush()  # including the latest state, if the run is this server's

        def work(connection: sa.Connection) -> tuple[Resumed, Held]:
            run = records.read_run(connection, run_id, lock=True)
            if run.deleted is not None:
                raise StoreError(f"Run {run_id!r} is deleted. Undo that first.")
            if run.status == RUNNING and run.server != self.server:
                raise StoreError(
                    f"Run {run_id!r} is being trained by another server of this store. Pause it there, or fork it here."
                )
            state = records.read_latest_state(connection, run_id)
            for table in (schema.reports, schema.changes, schema.snapshots):
                # The report before the first step is made again if training begins there.
                after = table.c.step >= 0 if table is schema.reports and state.step == 0 else table.c.step > state.step
                connection.execute(table.delete().where(table.c.run_id == run_id, after))
            history = records.read_history(connection, run_id, whole=False)
            status = PAUSED if run.status == RUNNING else run.status
            standing = Standing(status, run.message, run.config, history, state, run.samples_per_second)
            values = {"server": self.server, "heartbeat": time(), **summary(standing)}
            connection.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(values))
            held = _held(connection, run_id, standing)
            return Resumed(records.read_run(connection, run_id), state, history, tuple(held.changes)), held

        resumed, held = self._writer.perform(work)
        self._writer.hold(run_id, held)
        return resumed

    # Reading.

    def runs(self, include_deleted: bool = False) -> list[RunRecord]:
        """Return all readable runs, newest first; `notice` names the others.

        Raises StoreError if the store can't be read, as all methods below do.
        """
        with self._database.reading() as connection:
            runs, unreadable = records.read_runs(connection, include_deleted)
        if unreadable and unreadable != self._unreadable:
            log.warning(unreadable)
        self._unreadable = unreadable
        return runs

    def run(self, run_id: str) -> RunRecord:
        """Return one run, deleted or not. Raises StoreError if there is none, as all methods below do."""
        with self._database.reading() as connection:
            return records.read_run(connection, run_id)

    def latest_run(self, token: str) -> str:
        """Return the id of the run that was begun with this token and trained last; empty if there is none."""
        with self._database.reading() as connection:
            return records.read_latest_run(connection, _hash(token))

    def history(self, run_id: str, *, whole: bool = False) -> HistoryView:
        """Return a run's reports; with `whole`, preceded by those of the runs it was forked from."""
        with self._database.reading() as connection:
            return records.read_history(connection, run_id, whole)

    def histories(self, run_ids: Iterable[str], *, whole: bool = False) -> dict[str, HistoryView]:
        """Return several runs' reports, by id, all read at the same moment."""
        with self._database.reading() as connection:
            return {run_id: records.read_history(connection, run_id, whole) for run_id in run_ids}

    def changes(self, run_id: str) -> list[Change]:
        """Return the changes made while a run trained, in order."""
        with self._database.reading() as connection:
            return records.read_changes(connection, run_id)

    def config_at(self, run_id: str, step: int) -> RunConfig:
        """Return the settings that a run trained with from a step on; of a fork, also from before the fork."""
        waiting = self._waiting(run_id, step)
        if waiting is not None and waiting.state.step == step:
            return waiting.config
        with self._database.reading() as connection:
            return records.read_config_at(connection, run_id, step)

    def snapshots(self, run_id: str, *, whole: bool = False) -> list[Snapshot]:
        """Return which states of a run are kept, in order; with `whole`, including those from before it was forked."""
        with self._database.reading() as connection:
            return records.read_snapshots(connection, run_id, whole)

    def kept_steps(self, run_id: str) -> list[int]:
        """Return the steps of a run's own snapshots. Nearly free for a run of this server."""
        waiting = [waiting.state.step for waiting in self._writer.waiting(run_id)]
        held = self._writer.held(run_id)
        if held is not None:
            return [snapshot.step for snapshot in held.snapshots_written] + waiting
        return [snapshot.step for snapshot in self.snapshots(run_id)]

    def state(self, run_id: str, step: int) -> TrainingState:
        """Return the last kept state at or before a step; of a fork, also from before the fork.

        Raises StoreError if there is none, or it is damaged.
        """
        waiting = self._waiting(run_id, step)
        if waiting is not None:
            return waiting.state
        with self._database.reading() as connection:
            return records.read_state_near(connection, run_id, step)

    def latest_state(self, run_id: str) -> TrainingState:
        """Return the state that a run would resume from. Raises StoreError if it is damaged."""
        with self._database.reading() as connection:
            return records.read_latest_state(connection, run_id)

    def ancestry(self, run_id: str) -> list[Ancestor]:
        """Return the runs that a run was forked from, oldest first, each with the step of the fork."""
        with self._database.reading() as connection:
            return records.read_ancestry(connection, run_id)

    def may_steer(self, run_id: str, token: str) -> bool:
        """Whether the run was begun with this token. False if there is no such run."""
        held = self._writer.held(run_id)
        if held is not None:
            stored: str = held.row["token_hash"]
        else:
            with self._database.reading() as connection:
                stored = records.read_token_hash(connection, run_id)
        return hmac.compare_digest(stored.encode(errors="surrogateescape"), _hash(token).encode())

    def is_trained_elsewhere(self, run_id: str) -> bool:
        """Whether another running server is training a run."""
        run = self.run(run_id)
        return run.status == RUNNING and run.server != self.server

    # Requests of a person. Each raises StoreError if there is no such run, or nothing can be written.

    def rename(self, run_id: str, name: str) -> None:
        """Give a run a name. Raises StoreError if it is too long."""
        self._edit(run_id, name=check_name(name))

    def annotate(self, run_id: str, notes: str) -> None:
        """Replace a run's notes. Raises StoreError if they are too long."""
        self._edit(run_id, notes=check_notes(notes))

    def tag(self, run_id: str, tags: Sequence[str]) -> None:
        """Replace a run's tags. Raises StoreError for too many, or one too long."""
        self._edit(run_id, tags=check_tags(tags))

    def delete(self, run_id: str) -> None:
        """Remove a run from the list; `undelete` restores it, until `purge` permanently deletes it."""
        self._edit(run_id, deleted=time())

    def undelete(self, run_id: str) -> None:
        """Restore a deleted run to the list."""
        self._edit(run_id, deleted=None)

    def purge(self, older_than: float = PURGE_SECONDS) -> int:
        """Permanently remove runs deleted more than `older_than` seconds ago; return their number.

        A run stays as long as any run forked from it: it is their past.
        """
        runs = schema.runs

        def work(connection: sa.Connection) -> int:
            count = 0
            while True:
                parents = sa.select(runs.c.parent).where(runs.c.parent.is_not(None))
                gone = runs.delete().where(runs.c.deleted < time() - older_than, runs.c.id.not_in(parents))
                removed = connection.execute(gone).rowcount
                if not removed:
                    return count
                count += removed  # now their parents may go

        return self._writer.perform(work)

    def _waiting(self, run_id: str, step: int) -> Waiting | None:
        """Return the last snapshot at or before a step that is not on disk yet."""
        return next((w for w in reversed(self._writer.waiting(run_id)) if w.state.step <= step), None)

    def _edit(self, run_id: str, **values: Any) -> None:
        def work(connection: sa.Connection) -> None:
            records.read_run(connection, run_id)  # raises if there is none
            changed = {**values, "updated": time()}
            connection.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(changed))

        self._writer.perform(work)
        self._writer.amend(run_id, values)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _held(connection: sa.Connection, run_id: str, standing: Standing) -> Held:
    """Return what the writer needs to know about a run that is on disk."""
    row = connection.execute(sa.select(schema.runs).where(schema.runs.c.id == run_id)).one()
    columns = schema.snapshots.c
    query = sa.select(columns.step, columns.epoch, columns.bytes).where(columns.run_id == run_id)
    kept = connection.execute(query.order_by(columns.step)).all()
    changes = records.read_changes(connection, run_id)
    return Held(
        dict(row._mapping),
        standing,
        last_snapshot=Moment(kept[-1].step, kept[-1].epoch) if kept else None,
        changes=changes,
        inserted=True,
        changes_written=len(changes),
        reports_written=len(standing.history),
        snapshots_written=[Sized(row.step, row.bytes) for row in kept],
        written=standing,
        saved=standing,
    )
