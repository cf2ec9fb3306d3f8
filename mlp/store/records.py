"""Reading runs from the store: their records, curves, changes and snapshots, each in one query."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from math import nan
from time import time
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from mlp.config import ConfigError, RunConfig
from mlp.network.layers import Array
from mlp.store import schema
from mlp.store.errors import StoreError
from mlp.store.servers import has_vanished
from mlp.store.states import read_state
from mlp.text import quoted
from mlp.training import TrainingState
from mlp.training.history import COLUMNS, Change, HistoryView

RUNNING, PAUSED = "running", "paused"  # statuses, as in mlp.engine.run_view
STALE_SECONDS = 15.0  # without a heartbeat of its server, a run counts as stopped
STOPPED = "The server stopped while this run trained. Showing its last saved state."
MOST_NAMED = 3  # unreadable runs in a notice


class Snapshot(NamedTuple):
    """A kept state: its position in the run, and its size."""

    step: int
    progress: float  # in epochs
    bytes: int


class Ancestor(NamedTuple):
    """A run that another one was forked from, directly or through others."""

    run_id: str
    step: int  # up to which it is the other run's past


@dataclass(frozen=True)
class RunRecord:
    """A stored run as a list shows it. Numbers that were not measured are NaN; times are seconds since 1970."""

    id: str
    name: str
    notes: str
    tags: tuple[str, ...]
    created: float
    updated: float
    deleted: float | None  # when; None if it is not deleted
    parent: str | None  # the run it was forked from,
    parent_step: int | None  # at this step
    server: str  # that trains it, or did last
    heartbeat: float  # when that server last reported on it
    status: str  # a value of mlp.engine.run_view.Status
    message: str
    config_json: str
    initial_config_json: str
    dataset: str
    parameters: int
    seed: int
    step: int
    examples: int
    reports: int
    progress: float  # in epochs
    seconds: float  # spent training
    samples_per_second: float
    best_validation_accuracy: float
    validation_accuracy: float  # the last measured
    validation_loss: float
    train_accuracy: float

    @cached_property
    def config(self) -> RunConfig:
        """Its current settings. Raises StoreError if this program can't read them."""
        return parse_config(self.id, self.config_json)

    @cached_property
    def initial_config(self) -> RunConfig:
        """The settings it began with. Raises StoreError if this program can't read them."""
        return parse_config(self.id, self.initial_config_json)


def parse_config(run_id: str, text: str) -> RunConfig:
    """Return stored settings. Raises StoreError if this program can't read them."""
    try:
        return RunConfig.from_json(text)
    except ConfigError as error:
        raise StoreError(f"The settings of run {run_id!r} can't be used: {error}") from error


# A record's fields are columns of the table, except two whose names say that they are JSON.
_COLUMN = {"config_json": "config", "initial_config_json": "initial_config"}
_COLUMNS: dict[str, sa.ColumnElement[Any]] = {
    field.name: schema.runs.c[_COLUMN.get(field.name, field.name)] for field in fields(RunRecord)
}
_COLUMNS["tags"] = sa.cast(schema.runs.c.tags, sa.Text)  # SQLAlchemy would stop at the first that is not JSON
_SELECTED = [column.label(name) for name, column in _COLUMNS.items()]
_TYPES = {field.name: field.type for field in fields(RunRecord)}


def _record(row: sa.Row[Any]) -> RunRecord:
    """Return a row as a record. Raises StoreError if another program or a failing disk made it unreadable."""
    values = dict(row._mapping)
    try:
        for name, kind in _TYPES.items():
            if name == "tags":
                values[name] = _tags(values[name])
            elif kind is float and values[name] is None:
                values[name] = nan
            else:
                _check_value(name, values[name], kind)
    except ValueError as error:
        raise StoreError(f"Run {quoted(values['id'])} can't be read: {error}.") from error
    if values["status"] == RUNNING and is_stale(values["server"], values["heartbeat"]):
        values["status"], values["message"] = PAUSED, STOPPED
    return RunRecord(**values)


def _tags(text: Any) -> tuple[str, ...]:
    """Return stored tags. Raises ValueError if they are not a JSON list of strings."""
    _check_value("tags", text, str)
    try:
        tags = json.loads(text)
    except ValueError as error:
        raise ValueError("its tags are not JSON") from error
    _check_value("tags", tags, list)
    for tag in tags:
        _check_value("tags", tag, str)
    return tuple(tags)


def _check_value(name: str, value: Any, kind: Any) -> None:
    """Raise ValueError for a value of the wrong type for its column, which SQLite allows, or text that is not UTF-8."""
    if not isinstance(value, kind):
        raise ValueError(f"its {name} is of the wrong kind")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"its {name} is not UTF-8 text") from error


def is_stale(server: str, heartbeat: float) -> bool:
    """Whether a server has been silent for so long that its runs count as stopped."""
    return time() - heartbeat > STALE_SECONDS or has_vanished(server)


def missing(run_id: str) -> StoreError:
    """Return the error for a run that does not exist."""
    return StoreError(
        f"There is no run {quoted(run_id)}. It may have been permanently deleted, or be in another store. "
        "Choose one from the list of runs."
    )


def read_runs(connection: sa.Connection, include_deleted: bool) -> tuple[list[RunRecord], str]:
    """Read all runs, newest first, and a message about those that can't be read, empty if there are none."""
    query = sa.select(*_SELECTED).order_by(schema.runs.c.created.desc(), schema.runs.c.id)
    if not include_deleted:
        query = query.where(schema.runs.c.deleted.is_(None))
    found, unreadable = [], []
    for row in connection.execute(query):
        try:
            found.append(_record(row))
        except StoreError as error:
            unreadable.append(str(error))
    hidden = f"and {len(unreadable) - MOST_NAMED:,} more" if len(unreadable) > MOST_NAMED else ""
    return found, " ".join(filter(None, (*unreadable[:MOST_NAMED], hidden)))


def read_latest_run(connection: sa.Connection, token_hash: str) -> str:
    """Read the id of the run with this token that was updated last; empty if there is none."""
    runs = schema.runs.c
    query = sa.select(runs.id).where(runs.token_hash == token_hash, runs.deleted.is_(None))
    return str(connection.scalar(query.order_by(runs.updated.desc(), runs.created.desc()).limit(1)) or "")


def read_run(connection: sa.Connection, run_id: str, *, lock: bool = False) -> RunRecord:
    """Read one run; `lock` keeps others from changing it until the transaction ends.

    Raises StoreError if there is none.
    """
    query = sa.select(*_SELECTED).where(schema.runs.c.id == run_id)
    if lock:
        query = query.with_for_update()
    # The id may come from an address and be anything: PostgreSQL would fail at a zero character.
    row = run_id.isalnum() and connection.execute(query).one_or_none()
    if not row:
        raise missing(run_id)
    return _record(row)


def read_ancestry(connection: sa.Connection, run_id: str) -> list[Ancestor]:
    """Read which runs a run was forked from, oldest first. Raises StoreError if there is no such run."""
    found: list[Ancestor] = []
    run = read_run(connection, run_id)
    while run.parent is not None and run.parent_step is not None:
        # A fork from a step before its parent was forked has only that part of the grandparent.
        step = min(run.parent_step, found[-1].step) if found else run.parent_step
        if any(ancestor.run_id == run.parent for ancestor in found):
            raise StoreError(f"Run {run_id!r} is its own ancestor: the store was changed by another program.")
        found.append(Ancestor(run.parent, step))
        run = read_run(connection, run.parent)
    return found[::-1]


def read_history(connection: sa.Connection, run_id: str, whole: bool) -> HistoryView:
    """Read a run's reports; with `whole`, preceded by those of its ancestors, up to each fork.

    Raises StoreError if there is no such run.
    """
    read_run(connection, run_id)
    table = _read_reports(connection, run_id)
    if whole:
        past = [
            _read_reports(connection, ancestor.run_id, ancestor.step)
            for ancestor in read_ancestry(connection, run_id)
            if ancestor.step > 0  # a fork from step 0 has its own report of the untrained network
        ]
        table = _join([*past, table])
    return view_of(table)


def no_reports() -> HistoryView:
    """Return the history of a run that has not trained yet."""
    return view_of(np.empty((len(COLUMNS), 0)))


def view_of(table: Array) -> HistoryView:
    """Return a view of reports, shape [columns, reports]."""
    table.flags.writeable = False
    return HistoryView(table)


def _read_reports(connection: sa.Connection, run_id: str, last_step: int | None = None) -> Array:
    """Return the reports up to a step, shape [columns, reports]."""
    reports = schema.reports.c
    query = sa.select(*(reports[name] for name in COLUMNS)).where(reports.run_id == run_id).order_by(reports.number)
    if last_step is not None:
        query = query.where(reports.step <= last_step)
    # Plain tuples: numpy takes seven times as long with SQLAlchemy's rows. None becomes NaN.
    rows = [tuple(row) for row in connection.execute(query)]
    return np.ascontiguousarray(np.array(rows, np.float64).reshape(-1, len(COLUMNS)).T)


def _join(tables: Sequence[Array]) -> Array:
    """Concatenate tables of reports; add up their seconds, which each run counts from its own start."""
    seconds, row = 0.0, COLUMNS.index("seconds")
    for table in tables:
        table[row] += seconds
        if table.shape[1]:
            seconds = table[row, -1]
    return np.concatenate(tables, axis=1)


def read_owner(connection: sa.Connection, run_id: str, step: int) -> str:
    """Read which run a step belongs to: the run itself, or the ancestor it was forked from after that step.

    Raises StoreError if there is no such run.
    """
    return next((past.run_id for past in read_ancestry(connection, run_id) if step < past.step), run_id)


def read_changes(connection: sa.Connection, run_id: str) -> list[Change]:
    """Read a run's changes in order. Raises StoreError if there is no such run, or one of them can't be read."""
    read_run(connection, run_id)
    changes = schema.changes.c
    query = sa.select(
        changes.step, changes.progress, changes.examples, changes.seconds, changes.description, changes.config
    )
    found = [Change(*row) for row in connection.execute(query.where(changes.run_id == run_id).order_by(changes.number))]
    try:
        for change in found:
            _check_value("description", change.description, str)
            _check_value("settings", change.config_json, str)
    except ValueError as error:
        raise StoreError(f"A change of run {quoted(run_id)} can't be read: {error}.") from error
    return found


def read_snapshots(connection: sa.Connection, run_id: str, whole: bool) -> list[Snapshot]:
    """Read a run's snapshots in the order of their steps; with `whole`, preceded by those of its ancestors.

    Raises StoreError if there is no such run.
    """
    columns = schema.snapshots.c
    query = sa.select(columns.step, columns.progress, columns.bytes).order_by(columns.step)
    read_run(connection, run_id)
    found: list[Snapshot] = []
    for past in read_ancestry(connection, run_id) if whole else ():
        after = found[-1].step if found else -1
        part = query.where(columns.run_id == past.run_id, columns.step > after, columns.step < past.step)
        found += [Snapshot(*row) for row in connection.execute(part)]
    own = query.where(columns.run_id == run_id)
    return found + [Snapshot(*row) for row in connection.execute(own)]


def read_latest_state(connection: sa.Connection, run_id: str) -> TrainingState:
    """Read the state to resume from. Raises StoreError if there is no such run, or its state is damaged."""
    run = read_run(connection, run_id)
    step = connection.scalar(sa.select(schema.latest.c.step).where(schema.latest.c.run_id == run_id))
    if step is None:
        raise StoreError(f"Run {run_id!r} has no state to resume from. Choose a snapshot of it.")
    return read_state(connection, schema.latest, run_id, step, run.config)


def read_state_near(connection: sa.Connection, run_id: str, step: int) -> TrainingState:
    """Read the last kept state at or before `step`; of a fork, also from before the fork.

    Raises StoreError if there is no such run, it has no state that early, or the state is damaged.
    """
    run_id = read_owner(connection, run_id, step)
    run = read_run(connection, run_id)
    found = {}
    for table in (schema.snapshots, schema.latest):
        nearest = connection.scalar(
            sa.select(sa.func.max(table.c.step)).where(table.c.run_id == run_id, table.c.step <= step)
        )
        if nearest is not None:
            found[nearest] = table
    if not found:
        raise StoreError(f"Run {run_id!r} has no snapshot at or before step {step:,}. Choose a later step.")
    nearest = max(found)
    return read_state(connection, found[nearest], run_id, nearest, run.config)


def read_config_at(connection: sa.Connection, run_id: str, step: int) -> RunConfig:
    """Read the settings that a run trained with from a step on; of a fork, also from before the fork.

    Raises StoreError if there is no such run.
    """
    run_id = read_owner(connection, run_id, step)
    text = read_run(connection, run_id).initial_config_json
    for change in read_changes(connection, run_id):
        if change.step <= step:
            text = change.config_json
    return parse_config(run_id, text)


def read_token_hash(connection: sa.Connection, run_id: str) -> str:
    """Read the hash of the token that controls a run; empty, which matches no token, if there is no such run."""
    query = sa.select(schema.runs.c.token_hash).where(schema.runs.c.id == run_id)
    return (run_id.isalnum() and connection.scalar(query)) or ""
