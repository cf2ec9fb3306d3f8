"""Reading runs from the store: their records, curves, changes and snapshots, each in one query."""

import contextlib
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
from mlp.datasets import DatasetError, dataset_info
from mlp.processes import has_vanished
from mlp.store import schema, states
from mlp.store.errors import StoreError
from mlp.text import quoted
from mlp.training import Model
from mlp.training.checkpoint import NO_REPORTS, Checkpoint, Status
from mlp.training.history import COLUMNS, Change, HistoryView

STALE_SECONDS = 15.0  # without a heartbeat of its server, or if that is gone, a run counts as stopped
STOPPED = "The server stopped while this run trained. Showing its last saved state."
LAST_STEP = 2**63 - 1
MOST_NAMED = 3  # unreadable runs in a notice


def has_stopped(server: str, heartbeat: float) -> bool:
    """Whether a server that reported last at `heartbeat` counts as stopped.

    A heartbeat in the future is from before the clock went back: what that server left could not be continued until
    the clock has caught up, perhaps for years. So the clocks of servers that share a store must agree within a few
    seconds; otherwise one can continue a run that another is training, which notices that and stops saving it.
    """
    return abs(time() - heartbeat) > STALE_SECONDS or has_vanished(server)


@dataclass(frozen=True)
class RunRecord:
    """A stored run as a list shows it. Numbers that were not measured are NaN; times are seconds since 1970."""

    id: str
    name: str
    notes: str
    tags: tuple[str, ...]
    created: float
    deleted: float | None  # when; None if it is not deleted
    parent: str | None  # the run it was forked from,
    parent_step: int | None  # at this step
    server: str  # that trains it, or did last
    heartbeat: float  # when that server last reported on it
    status: str  # a value of Status
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
    samples_per_second: float  # over these seconds
    task: str  # of its data set, even if that is no longer there
    best_validation_score: float  # a score is an accuracy from 0 to 1 or, of a regression, R²
    validation_score: float  # the last measured
    validation_loss: float
    train_score: float
    search: str  # the id of the search that it is a trial of; empty if of none
    trial: str  # JSON: what the search knows of it

    @cached_property
    def config(self) -> RunConfig:
        """Its current settings. Raises StoreError if this program can't read them."""
        return parse_config(self.id, self.config_json)

    @cached_property
    def initial_config(self) -> RunConfig:
        """The settings it began with. Raises StoreError if this program can't read them."""
        unchanged = self.initial_config_json == self.config_json
        return self.config if unchanged else parse_config(self.id, self.initial_config_json)


def parse_config(run_id: str, text: str) -> RunConfig:
    """Return stored settings. Raises StoreError if this program can't read them."""
    try:
        config = RunConfig.from_json(text)
        with contextlib.suppress(DatasetError):  # a run whose data is no longer there can still be compared
            config.check(dataset_info(config.dataset))
    except ConfigError as error:
        raise StoreError(f"The settings of run {run_id!r} can't be used: {error}") from error
    return config


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
    if values["status"] == Status.RUNNING and has_stopped(values["server"], values["heartbeat"]):
        values["status"], values["message"] = Status.PAUSED, STOPPED
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


def read_runs(connection: sa.Connection) -> tuple[list[RunRecord], str]:
    """Read all runs that are not deleted, newest first, and a message about those that can't be read, usually empty."""
    query = sa.select(*_SELECTED).where(schema.runs.c.deleted.is_(None))
    found, unreadable = [], []
    for row in connection.execute(query.order_by(schema.runs.c.created.desc(), schema.runs.c.id)):
        try:
            run = _record(row)
            _ = run.config, run.initial_config  # raise if this program can't read them
            found.append(run)
        except StoreError as error:
            unreadable.append(str(error))
    hidden = f"and {len(unreadable) - MOST_NAMED:,} more" if len(unreadable) > MOST_NAMED else ""
    return found, " ".join(filter(None, (*unreadable[:MOST_NAMED], hidden)))


def read_trials(connection: sa.Connection, search_id: str) -> list[RunRecord]:
    """Read the runs of a search, deleted or not, the oldest first; without those that can't be read."""
    query = sa.select(*_SELECTED).where(schema.runs.c.search == search_id, schema.runs.c.search != "")
    found = []
    for row in connection.execute(query.order_by(schema.runs.c.created, schema.runs.c.id)):
        with contextlib.suppress(StoreError):  # what it was is not known, so nothing can be learned from it
            found.append(_record(row))
    return found


def read_latest_run(connection: sa.Connection, token_hash: str) -> str:
    """Read the id of the run with this token that was trained last; empty if there is none."""
    runs = schema.runs.c
    query = sa.select(runs.id).where(runs.token_hash == token_hash, runs.deleted.is_(None))
    return str(connection.scalar(query.order_by(runs.heartbeat.desc(), runs.created.desc()).limit(1)) or "")


def read_run(connection: sa.Connection, run_id: str, *, lock: bool = False) -> RunRecord:
    """Read one run; `lock` keeps others from changing it until the transaction ends.

    Raises StoreError if there is none, as all functions below do.
    """
    query = sa.select(*_SELECTED).where(schema.runs.c.id == run_id)
    if lock:
        query = query.with_for_update()
    # The id may come from an address and be anything: PostgreSQL would fail at a zero character.
    row = run_id.isalnum() and connection.execute(query).one_or_none()
    if not row:
        raise StoreError(
            f"There is no run {quoted(run_id)}. It may have been permanently deleted, or be in another store. "
            "Choose one from the list of runs."
        )
    return _record(row)


class Segment(NamedTuple):
    """A part of a run, as a stored run has it: the run itself, or one that it was forked from."""

    run_id: str
    until: int  # the step at which the next part was forked from it


def read_parts(connection: sa.Connection, run_id: str) -> list[Segment]:
    """Read which runs a run was forked from, oldest first; the last part is the run itself."""
    parts = [Segment(run_id, LAST_STEP)]
    run = read_run(connection, run_id)
    while run.parent is not None and run.parent_step is not None:
        if any(part.run_id == run.parent for part in parts):
            raise StoreError(f"Run {run_id!r} is its own ancestor: the store was changed by another program.")
        # A fork from a step before its parent was forked has only that part of the grandparent.
        parts.append(Segment(run.parent, min(run.parent_step, parts[-1].until)))
        run = read_run(connection, run.parent)
    return parts[::-1]


def read_history(connection: sa.Connection, parts: Sequence[Segment]) -> HistoryView:
    """Read a run's reports. Their seconds add up, which each part counts from its own start."""
    reports, tables, seconds = schema.reports.c, [], 0.0
    for run_id, until in parts:
        query = sa.select(*(reports[name] for name in COLUMNS)).where(reports.run_id == run_id, reports.step <= until)
        # Plain tuples: numpy takes seven times as long with SQLAlchemy's rows. None becomes NaN.
        rows = [tuple(row) for row in connection.execute(query.order_by(reports.number))] if until else []
        table = np.array(rows, np.float64).reshape(-1, len(COLUMNS)).T
        table[COLUMNS.index("seconds")] += seconds
        if rows:
            seconds = float(table[COLUMNS.index("seconds"), -1])
        tables.append(table)
    whole = np.ascontiguousarray(np.concatenate(tables, axis=1))
    whole.flags.writeable = False
    return HistoryView(whole)


def read_changes(connection: sa.Connection, parts: Sequence[Segment], history: HistoryView) -> list[Change]:
    """Read a run's changes; their seconds add up like the history's. Raises StoreError for an unreadable one."""
    columns, found, seconds = schema.changes.c, [], 0.0
    for run_id, until in parts:
        query = sa.select(columns.step, columns.progress, columns.examples, columns.seconds, columns.description)
        query = query.add_columns(columns.config).where(columns.run_id == run_id, columns.step < until)
        for row in connection.execute(query.order_by(columns.number)):
            change = Change(*row)
            try:
                _check_value("description", change.description, str)
                _check_value("settings", change.config_json, str)
            except ValueError as error:
                raise StoreError(f"A change of run {quoted(run_id)} can't be read: {error}.") from error
            found.append(change._replace(seconds=nan if row.seconds is None else row.seconds + seconds))
        seconds = history.until(until).seconds if until else 0.0
    return found


def read_kept_steps(connection: sa.Connection, parts: Sequence[Segment]) -> tuple[int, ...]:
    columns = schema.snapshots.c
    query = sa.select(columns.step).order_by(columns.step)
    return tuple(
        step
        for run_id, until in parts
        for step in connection.scalars(query.where(columns.run_id == run_id, columns.step < until))
    )


def read_model(connection: sa.Connection, run: RunRecord) -> Model:
    """Read the network to resume from, at the last step that it has a state of: what was forked from stays its past.

    Raises StoreError if it has none, or that is damaged; DatasetError without its data.
    """
    kept = _last_states(connection, run.id, LAST_STEP)
    if not kept:
        raise StoreError(
            f"Only the curves of run {run.id!r} are kept: there was no room for its states. Compare them on Runs, or "
            "train it again with its settings."
        )
    step = max(kept)
    return states.read_model(connection, kept[step], run.id, run.config, step)


def read_model_at(connection: sa.Connection, run_id: str, step: int) -> Model:
    """Read the network at the last kept step at or before `step`, with the settings that it trained with from there.

    Raises StoreError if it has no state that early, or the state is damaged; DatasetError without its data.
    """
    owner = next(part for part in read_parts(connection, run_id) if step < part.until)
    kept = _last_states(connection, owner.run_id, step)
    if not kept:
        raise StoreError(f"Run {run_id!r} has no snapshot at or before step {step:,}. Choose a later step.")
    step, text = max(kept), read_run(connection, owner.run_id).initial_config_json
    for change in read_changes(connection, [owner], NO_REPORTS):
        if change.step <= step:
            text = change.config_json
    return states.read_model(connection, kept[step], owner.run_id, parse_config(run_id, text), step)


def _last_states(connection: sa.Connection, run_id: str, step: int) -> dict[int, sa.Table]:
    """Return the last steps up to `step` that a run has states of itself, each with the table that has it."""
    found = {}
    for table in (schema.snapshots, schema.latest):
        last = sa.select(sa.func.max(table.c.step)).where(table.c.run_id == run_id, table.c.step <= step)
        found[connection.scalar(last)] = table
    found.pop(None, None)
    return found


def read_checkpoint(connection: sa.Connection, run: RunRecord, model: Model) -> Checkpoint:
    """Read what else is needed to continue a run from its latest model."""
    parts = read_parts(connection, run.id)
    history = read_history(connection, parts)
    return Checkpoint(
        model,
        Status(run.status),
        history,
        tuple(read_changes(connection, parts, history)),
        run.message,
        read_kept_steps(connection, parts),
        started_with=read_run(connection, parts[0].run_id).initial_config,
    )


def read_token_hash(connection: sa.Connection, run_id: str) -> str:
    """Read the hash of the token that controls a run; empty, which matches no token, if there is no such run."""
    query = sa.select(schema.runs.c.token_hash).where(schema.runs.c.id == run_id)
    return (run_id.isalnum() and connection.scalar(query)) or ""
