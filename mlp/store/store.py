"""The store keeps runs; pages and the engine use it, and never the database.

Calls from training (`begin`, `record`) return at once, and one thread writes them within a second. Requests
of a person (`rename`, `delete`, `resume`, …) are written before they return. Reading shows what is on disk, at most a
second behind; `flush` first to see the latest.
"""

import hmac
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import time
from typing import Any

import sqlalchemy as sa

from mlp.limits import ALONE, Limits
from mlp.processes import process_name
from mlp.store import records, schema
from mlp.store.batches import OpenRun, Past, summary
from mlp.store.database import DATABASE_ERRORS, Database
from mlp.store.errors import StoreError
from mlp.store.records import RunRecord
from mlp.store.searches import StoredSearches, new_id
from mlp.store.snapshots import Snapshot
from mlp.store.texts import check_tags, check_text
from mlp.store.writer import Writer
from mlp.tokens import token_hash
from mlp.training import Model
from mlp.training.checkpoint import Checkpoint, Status
from mlp.training.history import HistoryView

log = logging.getLogger(__name__)

LOST = (
    "This run is no longer saved here: another server of this store has continued it, or it was permanently deleted. "
    "Open it again from the list of runs."
)
DELETED = (
    "This run is deleted. It comes back to the list of runs if you train it on; otherwise it is permanently deleted "
    "after a day."
)


class Store:
    """All runs, in one database. Safe to use from any thread."""

    def __init__(self, url: str | None = None, limits: Limits = ALONE) -> None:
        """Open the store at an SQLAlchemy URL: this one, else MLP_STORE's, else the default file.

        If it can't be opened, `trouble` explains why, and the writer keeps trying. Raises StoreError for an invalid
        URL, a driver that is not installed, a store of a newer program, or a database of another program. `limits` are
        how many runs are kept, and how many bytes of states.
        """
        self.server = process_name()
        self._database = Database(url)
        self.file = self._database.file  # None for a database on a server
        failure: Exception | None = None
        try:
            self._database.open()
        except DATABASE_ERRORS as error:
            failure = error
        self._writer = Writer(self._database, self.server, limits, failure)
        self._unreadable = ""  # which runs, in a sentence
        self.searches = StoredSearches(self._database, self._writer, self.server)

    @property
    def notice(self) -> str:
        """What happened to an earlier file, and which runs can't be read, in sentences; empty if neither."""
        return " ".join(filter(None, (self._database.notice, self._unreadable)))

    @property
    def url(self) -> str:
        """Where it is, for another process of this machine: it may contain a password."""
        return self._database.url.render_as_string(hide_password=False)

    @property
    def trouble(self) -> str:
        """Why runs aren't being saved and what to do, or for a minute what happened to the file; else empty."""
        return self._writer.trouble or self._database.news

    def trouble_of(self, run_id: str) -> str:
        """What of a run isn't being saved, why, and what to do; empty if everything is."""
        run = self._writer.find(run_id)
        if run is None or run.is_lost:
            return LOST if run else self.trouble
        return self.trouble or (DELETED if run.row.get("deleted") else run.grant.complaint)

    def is_lost(self, run_id: str) -> bool:
        """Whether a run that this server began or resumed is no longer its own."""
        run = self._writer.find(run_id)
        return run is not None and run.is_lost

    def check_kept(self, owner: str, more: int = 1) -> None:
        """Raise StoreError if a browser may not store `more` runs; `owner` is its token's hash."""
        self._writer.check_kept(owner, more)

    # Calls from training.

    def begin(
        self,
        checkpoint: Checkpoint,
        token: str,
        *,
        name: str = "",
        parent: tuple[str, int] | None = None,
        trial: tuple[str, str] = ("", ""),
    ) -> str:
        """Store a new run; return its id.

        A fork gives its parent's id and the step at which it was forked. What its checkpoint has of a history is the
        parent's, and is not stored again. A trial has its search's id, and what that knows of it, as JSON. Raises
        StoreError for a name that is too long.
        """
        run_id = new_id()
        parent_id, parent_step = parent or (None, None)
        row = _new_row(run_id, checkpoint, token, self.server)
        if parent_id and (forked := self._writer.find(parent_id)):  # a clock may go back; parents are written first
            row["created"] = max(row["created"], forked.row["created"])
        row |= {
            "name": check_text("name", name),
            "parent": parent_id,
            "parent_step": parent_step,
            "search": trial[0],
            "trial": trial[1],
        }
        self._writer.open(OpenRun(row, checkpoint, Past.of(checkpoint)))
        return run_id

    def record(self, run_id: str, checkpoint: Checkpoint) -> None:
        """Record a run's current status and state; its history has all reports so far, old and new.

        Does nothing for a run that this server did not begin or resume, or has released or lost.
        """
        self._writer.record(run_id, checkpoint)

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

    def resume(self, run_id: str) -> Checkpoint:
        """Make a run this server's, and return it ready to continue from its latest state.

        Reports and changes after that state are dropped: training makes the same ones again. Raises
        StoreError for a run that does not exist, is trained by another server, or whose state is damaged;
        DatasetError if its data is not available.
        """
        self.flush()  # including the latest state, if the run is this server's
        run = self._writer.perform(partial(_take, run_id=run_id, server=self.server))
        self._writer.open(run)
        return run.latest

    # Reading.

    def runs(self) -> list[RunRecord]:
        """Return all readable runs that are not deleted, newest first; `notice` names the others.

        Raises StoreError if the store can't be read, as all methods below do.
        """
        with self._database.reading() as connection:
            runs, unreadable = records.read_runs(connection)
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
            return records.read_latest_run(connection, token_hash(token))

    def load(self, run_id: str) -> Checkpoint:
        """Return a run as it was saved last. Raises StoreError if its state is damaged, DatasetError without data."""
        with self._database.reading() as connection:
            run = records.read_run(connection, run_id)
            return records.read_checkpoint(connection, run, records.read_model(connection, run))

    def model(self, run_id: str) -> Model:
        """Return a run's network as it was saved last. Raises as `load` does."""
        with self._database.reading() as connection:
            return records.read_model(connection, records.read_run(connection, run_id))

    def model_at(self, run_id: str, step: int) -> Model:
        """Return a run's network at the last kept step at or before `step`, with the settings it had there.

        Raises StoreError if there is none, or it is damaged; DatasetError without its data.
        """
        for pending in reversed(self._writer.pending(run_id)):
            if pending.model.state.step <= step:
                return pending.model
        with self._database.reading() as connection:
            return records.read_model_at(connection, run_id, step)

    def history(self, run_id: str) -> HistoryView:
        """Return a run's reports, preceded by those of the runs it was forked from."""
        return self.histories([run_id])[run_id]

    def histories(self, run_ids: Iterable[str]) -> dict[str, HistoryView]:
        """Return several runs' reports, by id, all read at the same moment."""
        with self._database.reading() as connection:
            return {
                run_id: records.read_history(connection, records.read_parts(connection, run_id)) for run_id in run_ids
            }

    def kept_steps(self, run_id: str) -> tuple[int, ...]:
        """Return the steps of a run's snapshots, with those from before it was forked; nothing is read from disk.

        Empty for a run that is not this server's.
        """
        run = self._writer.find(run_id)
        if run is None:
            return ()
        pending = (each.model.state.step for each in self._writer.pending(run_id))
        return (*run.past.kept, *(snapshot.step for snapshot in run.snapshots), *pending)

    def owner_of(self, run_id: str) -> str:
        """Return the hash of the token that gives control of a run; empty if there is no such run."""
        run = self._writer.find(run_id)
        if run is not None:
            return run.owner
        with self._database.reading() as connection:
            return records.read_token_hash(connection, run_id)

    def may_steer(self, run_id: str, token: str) -> bool:
        """Whether this token gives control of a run. False if there is no such run."""
        owner = self.owner_of(run_id)
        return hmac.compare_digest(owner.encode(errors="surrogateescape"), token_hash(token).encode())

    def is_here(self, run_id: str) -> bool:
        """Whether this server began or resumed a run, and no other has continued it since, as is looked up."""
        run = self._writer.find(run_id)
        if run is None or run.is_lost:
            return False
        with suppress(StoreError):  # what can't be read is no other's
            found = self.run(run_id)
            self._writer.amend(run_id, {"deleted": found.deleted})  # perhaps by another server
            if found.server != self.server:
                run.lose()
        return not run.is_lost

    def is_trained_elsewhere(self, run_id: str) -> bool:
        """Whether another running server is training a run."""
        if self.is_here(run_id):
            return False
        run = self.run(run_id)
        return run.status == Status.RUNNING and run.server != self.server

    # Requests of a person. Each raises StoreError if there is no such run, or nothing can be written.

    def rename(self, run_id: str, name: str) -> None:
        """Give a run a name. Raises StoreError if it is too long."""
        self._edit(run_id, name=check_text("name", name))

    def annotate(self, run_id: str, notes: str) -> None:
        """Replace a run's notes. Raises StoreError if they are too long."""
        self._edit(run_id, notes=check_text("notes", notes))

    def tag(self, run_id: str, tags: Sequence[str]) -> None:
        """Replace a run's tags. Raises StoreError for too many, or one too long."""
        self._edit(run_id, tags=check_tags(tags))

    def delete(self, run_id: str) -> None:
        """Remove a run from the list; for a day, `undelete` restores it, as does training it."""
        self._edit(run_id, deleted=time())

    def undelete(self, run_id: str) -> None:
        """Restore a deleted run to the list."""
        self._edit(run_id, deleted=None)

    def hand_over(self, run_id: str, token: str) -> None:
        """Give the browser with this token control of a run, in place of the one that had it."""
        self._edit(run_id, token_hash=token_hash(token))

    def _edit(self, run_id: str, **values: Any) -> None:
        def work(connection: sa.Connection) -> None:
            records.read_run(connection, run_id)  # raises if there is none
            connection.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(values))

        self._writer.perform(work)
        self._writer.amend(run_id, values)


def _new_row(run_id: str, checkpoint: Checkpoint, token: str, server: str) -> dict[str, Any]:
    """Return what the table of runs has of a new one, except what changes as it trains."""
    config, now = checkpoint.config, time()
    return {
        "id": run_id,
        "tags": [],
        "created": now,
        "token_hash": token_hash(token),
        "server": server,
        "heartbeat": now,
        "initial_config": config.to_json(),
        "dataset": config.dataset,
        "task": checkpoint.model.dataset.info.task,
        "parameters": len(checkpoint.state.parameters),
        "seed": config.seed,
    }


def _take(connection: sa.Connection, run_id: str, server: str) -> OpenRun:
    """Make a run a server's, at its latest state. Raises StoreError for one that another server trains."""
    run = records.read_run(connection, run_id, lock=True)
    if run.status == Status.RUNNING and run.server != server:
        raise StoreError(
            f"Run {run.id!r} is being trained by another server of this store. Pause it there, or fork it here."
        )
    model = records.read_model(connection, run)
    step = model.state.step
    for table in (schema.reports, schema.changes):
        connection.execute(table.delete().where(table.c.run_id == run_id, table.c.step > step))
    checkpoint = records.read_checkpoint(connection, run, model)
    if checkpoint.status in (Status.RUNNING, Status.FAILED):
        checkpoint = replace(checkpoint, status=Status.PAUSED)
    opened = _open(connection, run, checkpoint)
    values = {"server": server, "heartbeat": time(), "state_bytes": opened.state_bytes}
    values |= summary(checkpoint, opened.past)
    connection.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(values))
    opened.row |= values
    return opened


def _open(connection: sa.Connection, run: RunRecord, checkpoint: Checkpoint) -> OpenRun:
    """Return what the writer needs to know about a run that is on disk."""
    row = connection.execute(sa.select(schema.runs).where(schema.runs.c.id == run.id)).one()
    columns = schema.snapshots.c
    query = sa.select(columns.step, columns.epoch, columns.bytes).where(columns.run_id == run.id)
    kept = tuple(Snapshot(*row) for row in connection.execute(query.order_by(columns.step)))
    inherited = checkpoint.until(run.parent_step or 0 if run.parent else 0)
    opened = OpenRun(dict(row._mapping), checkpoint, Past.of(inherited), kept[-1] if kept else None)
    opened.written, opened.saved, opened.snapshots = checkpoint, checkpoint, kept
    size = sa.select(schema.latest.c.bytes).where(schema.latest.c.run_id == run.id)
    opened.saved_bytes = connection.scalar(size) or 0
    return opened
