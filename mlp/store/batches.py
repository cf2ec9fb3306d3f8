"""A batch is what one transaction writes: the status, reports, changes and states of each run that has news."""

from dataclasses import dataclass, field
from math import inf, isnan, nan
from time import time
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from mlp.config import RunConfig
from mlp.store import schema
from mlp.store.snapshots import Moment, Sized, thin
from mlp.store.states import encode, progress_of
from mlp.training import TrainingState
from mlp.training.history import COLUMNS, Change, HistoryView


class Standing(NamedTuple):
    """What training last recorded of a run."""

    status: str
    message: str
    config: RunConfig
    history: HistoryView
    state: TrainingState
    samples_per_second: float


class Waiting(NamedTuple):
    """A snapshot that is not on disk yet."""

    run_id: str
    config: RunConfig
    state: TrainingState


@dataclass(eq=False)
class Held:
    """A run that this server may write: its latest record, and how much of it is on disk."""

    row: dict[str, Any]  # of the table of runs, except what changes as it trains
    standing: Standing
    last_snapshot: Moment | None  # taken, on disk or not
    changes: list[Change] = field(default_factory=list)
    # What is on disk:
    inserted: bool = False  # its row
    changes_written: int = 0
    reports_written: int = 0
    snapshots_written: list[Sized] = field(default_factory=list)
    written: Standing | None = None  # whose summary and reports are on disk
    saved: Standing | None = None  # whose state is on disk, as the one to resume from
    saved_at: float = -inf
    released: bool = False  # drop it once everything is on disk

    @property
    def new_changes(self) -> tuple[Change, ...]:
        """The changes that are not on disk yet."""
        return tuple(self.changes[self.changes_written :])

    def lose_disk(self) -> None:
        """Note that nothing of it is on disk any more."""
        self.inserted, self.changes_written, self.reports_written = False, 0, 0
        self.snapshots_written, self.written, self.saved, self.saved_at = [], None, None, -inf


@dataclass(frozen=True)
class Job:
    """What one batch writes for one run."""

    run_id: str
    held: Held
    standing: Standing
    changes: tuple[Change, ...]
    snapshots: tuple[Waiting, ...]
    save: bool  # the state to resume from


def is_news(held: Held) -> bool:
    """Whether something of a run is not on disk yet."""
    saved = held.saved is not None and held.saved.state is held.standing.state
    return not saved or held.written is not held.standing or bool(held.new_changes)


def state_rows(job: Job) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Return the rows of the snapshots and of the latest state, encoded before the transaction blocks other writers."""
    snapshots = [{"run_id": job.run_id, **encode(waiting.config, waiting.state)} for waiting in job.snapshots]
    latest = {"run_id": job.run_id, **encode(job.standing.config, job.standing.state)} if job.save else None
    return snapshots, latest


def write_run(
    connection: sa.Connection, job: Job, server: str, snapshots: list[dict[str, Any]], latest: dict[str, Any] | None
) -> list[Sized] | None:
    """Write one run's news; return the snapshots it has afterwards, or None if another server has the run."""
    held, run_id = job.held, job.run_id
    if not held.inserted:
        # A file that replaced the one in use may have an older version of the run.
        connection.execute(schema.runs.delete().where(schema.runs.c.id == run_id))
        # The parent may have been removed in the meantime.
        parent = sa.select(schema.runs.c.id).where(schema.runs.c.id == held.row["parent"]).scalar_subquery()
        connection.execute(schema.runs.insert().values({**held.row, "parent": parent}))
    mine = (schema.runs.c.id == run_id, schema.runs.c.server == server)
    values = {**summary(job.standing), "updated": time(), "heartbeat": time()}
    if connection.execute(schema.runs.update().where(*mine).values(values)).rowcount == 0:
        return None
    first = held.reports_written
    rows = job.standing.history.table[:, first:].T.tolist()
    if rows:
        connection.execute(
            schema.reports.insert(),
            [{"run_id": run_id, "number": number, **_named(row)} for number, row in enumerate(rows, first)],
        )
    if job.changes:
        connection.execute(
            schema.changes.insert(),
            [
                {
                    "run_id": run_id,
                    "number": number,
                    "step": change.step,
                    "progress": change.progress,
                    "examples": change.examples,
                    "seconds": None if isnan(change.seconds) else change.seconds,
                    "description": change.description,
                    "config": change.config_json,
                }
                for number, change in enumerate(job.changes, held.changes_written)
            ],
        )
    if latest is not None:
        table = schema.latest
        if connection.execute(table.update().where(table.c.run_id == run_id).values(latest)).rowcount == 0:
            connection.execute(table.insert().values(latest))
    return _write_snapshots(connection, run_id, held.snapshots_written, snapshots)


def _write_snapshots(
    connection: sa.Connection, run_id: str, kept: list[Sized], rows: list[dict[str, Any]]
) -> list[Sized]:
    """Add snapshots, drop as many as necessary, and return the rest."""
    if not rows:
        return kept
    connection.execute(schema.snapshots.insert(), rows)
    kept = kept + [Sized(row["step"], row["bytes"]) for row in rows]
    dropped = thin(kept)
    if dropped:
        columns = schema.snapshots.c
        connection.execute(schema.snapshots.delete().where(columns.run_id == run_id, columns.step.in_(dropped)))
    return [snapshot for snapshot in kept if snapshot.step not in dropped]


def _named(row: list[float]) -> dict[str, float | None]:
    return {name: None if isnan(value) else value for name, value in zip(COLUMNS, row, strict=True)}


def summary(standing: Standing) -> dict[str, Any]:
    """Return the columns of a run's row that change as it trains."""
    history, state = standing.history, standing.state
    numbers = {
        "progress": progress_of(standing.config, state),
        "seconds": history.last("seconds"),
        "samples_per_second": standing.samples_per_second,
        "best_validation_accuracy": float(np.fmax.reduce(history["validation_accuracy"], initial=nan)),
        "validation_accuracy": history.last("validation_accuracy"),
        "validation_loss": history.last("validation_loss"),
        "train_accuracy": history.last("train_accuracy"),
    }
    return {
        **{name: None if isnan(number) else number for name, number in numbers.items()},
        "status": standing.status,
        "message": standing.message,
        "config": standing.config.to_json(),
        "step": state.step,
        "examples": state.examples,
        "reports": len(history),
    }
