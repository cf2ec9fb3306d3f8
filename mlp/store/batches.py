"""A batch is what one transaction writes: the status, reports, changes and states of each run that has news."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf, isnan, nan
from time import monotonic, time
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from mlp.datasets import REGRESSION, Dataset
from mlp.inspection.regression import target_scales
from mlp.store import schema
from mlp.store.snapshots import Snapshot, thin
from mlp.store.states import encode, size_of
from mlp.training import Model
from mlp.training.best import best_steps, epoch_ends
from mlp.training.checkpoint import Checkpoint, Status
from mlp.training.history import COLUMNS, HistoryView, last_known

log = logging.getLogger(__name__)

# What every batch writes, for each run. If each made its statements again, that would take as long as writing does.
UPDATE_RUN = schema.runs.update().where(
    schema.runs.c.id == sa.bindparam("this"), schema.runs.c.server == sa.bindparam("by")
)
UPDATE_LATEST = schema.latest.update().where(schema.latest.c.run_id == sa.bindparam("this"))
INSERT_REPORTS, INSERT_CHANGES = schema.reports.insert(), schema.changes.insert()
INSERT_SNAPSHOTS = schema.snapshots.insert()


@dataclass(frozen=True)
class Past:
    """What a fork has from its parent, which is stored there: the first parts of its checkpoints."""

    reports: int = 0
    changes: int = 0
    seconds: float = 0.0  # spent training
    kept: tuple[int, ...] = ()  # steps of snapshots

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "Past":
        """Return all of a checkpoint as past."""
        history = checkpoint.history
        return cls(len(history), len(checkpoint.changes), history.seconds, checkpoint.kept)


class Grant(NamedTuple):
    """What a run may write, as `Room` decides."""

    state: bool  # whether its latest state is among it
    snapshots: float  # bytes that all its snapshots may take
    complaint: str  # what is not saved, why, and what to do; empty if everything is


EVERYTHING = Grant(True, inf, "")


@dataclass(eq=False)
class OpenRun:
    """A run that this server may write, and how much of it is on disk."""

    row: dict[str, Any]  # of the table of runs, except what changes as it trains
    latest: Checkpoint
    past: Past
    last_snapshot: Snapshot | None = None  # on disk or not
    released: bool = False  # drop it once everything is on disk
    is_lost: bool = False  # another server has continued it, or it was removed: nothing more of it is written
    written: Checkpoint | None = None  # whose status, reports and changes are on disk
    saved: Checkpoint | None = None  # whose state is, as the one to resume from
    saved_at: float = -inf
    saved_bytes: int = 0  # that it takes
    grant: Grant = EVERYTHING  # at its last batch
    snapshots: tuple[Snapshot, ...] = ()

    @property
    def id(self) -> str:
        return str(self.row["id"])

    def forget_file(self) -> None:
        """Note that nothing of it is on disk: there is a new file."""
        self.is_lost = False
        self.written, self.saved, self.saved_bytes, self.snapshots = None, None, 0, ()
        self.past = replace(self.past, kept=())

    def forget_parent(self) -> None:
        """Note that its parent was removed, or was in a file that is gone: all of its history is its own then."""
        began = self.latest.started_with or self.latest.config
        self.row |= {"parent": None, "parent_step": None, "initial_config": began.to_json()}
        self.past = Past()

    def hear(self, checkpoint: Checkpoint) -> None:
        """Note its current status and state."""
        self.latest = checkpoint

    def lose(self) -> None:
        """Note that it is no longer this server's: it has no news any more."""
        if not self.is_lost:
            log.warning("Run %s was taken over by another server, or removed; it is no longer saved here", self.id)
        self.is_lost, self.written, self.saved = True, self.latest, self.latest

    @property
    def owner(self) -> str:
        """The hash of the token that it was begun with."""
        return str(self.row["token_hash"])

    @property
    def state_bytes(self) -> int:
        """How many bytes its states take on disk."""
        return self.saved_bytes + sum(snapshot.bytes for snapshot in self.snapshots)

    @property
    def has_news(self) -> bool:
        """Whether something of it is not on disk yet."""
        return self.written is not self.latest or self.is_state_due(True)

    def is_state_due(self, is_time: bool) -> bool:
        """Whether to write the state to resume from: a new one if it is time for that, or that can't wait."""
        saved, latest = self.saved, self.latest
        if saved is None or saved.state is latest.state:
            return saved is None
        # A run resumes from its saved state with its latest settings: the two must belong together.
        changed = saved.config != latest.config or len(saved.changes) < len(latest.changes)
        return is_time or changed or latest.status != Status.RUNNING


class Pending(NamedTuple):
    """A snapshot that is not on disk yet."""

    run_id: str
    model: Model
    only_best: bool = False  # kept because the run was best there, and for no other reason

    @property
    def step(self) -> int:
        return self.model.state.step

    @property
    def bytes(self) -> int:
        return size_of(self.model.state)


class Job:
    """What one batch writes for one run. Its states are encoded before the transaction blocks other writers."""

    def __init__(self, run: OpenRun, pending: Sequence[Pending], save: bool) -> None:
        self.run_id, self.run, self.checkpoint, self.pending, self.save = run.id, run, run.latest, pending, save
        self._fitting = [each for each in pending if each.bytes <= run.grant.snapshots]
        self._snapshots: list[dict[str, Any]] = []
        self._dropped: list[int] = []  # steps of snapshots on disk
        self._kept = run.snapshots
        self._latest: dict[str, Any] | None = None

    @property
    def growth(self) -> int:
        """How many bytes more its states take on disk then, if none is dropped."""
        latest = size_of(self.checkpoint.state) - self.run.saved_bytes if self.save else 0
        return latest + sum(each.bytes for each in self._fitting)

    def encode(self) -> None:
        """Turn the states into rows, and decide which snapshots go, of new ones and those on disk."""
        self._latest = encode(self.run_id, self.checkpoint.model) if self.save else None
        if not self._fitting:
            return
        rows = {each.step: encode(self.run_id, each.model) for each in self._fitting}
        fresh = (Snapshot(step, row["epoch"], row["bytes"]) for step, row in rows.items())
        known = sorted((*self.run.snapshots, *fresh))
        best = best_steps(self.checkpoint.history)
        dropped = set(thin(known, best=best, room=self.run.grant.snapshots))
        self._snapshots = [row for step, row in rows.items() if step not in dropped]
        self._dropped = [snapshot.step for snapshot in self.run.snapshots if snapshot.step in dropped]
        self._kept = tuple(snapshot for snapshot in known if snapshot.step not in dropped)

    def write(self, connection: sa.Connection, server: str) -> tuple[Snapshot, ...] | None:
        """Write the news; return the snapshots that the run has then, or None if another server has the run."""
        runs = schema.runs
        if self.run.written is None:
            # A file that replaced the one in use may have an older version of the run.
            connection.execute(runs.delete().where(runs.c.id == self.run_id))
            parent = self.run.row["parent"]
            if parent and not connection.scalar(sa.select(runs.c.id).where(runs.c.id == parent)):
                self.run.forget_parent()
            connection.execute(runs.insert().values(self.run.row))
        values = {**summary(self.checkpoint, self.run.past), "heartbeat": time()}
        values["state_bytes"] = self.saved_bytes + sum(snapshot.bytes for snapshot in self._kept)
        if self._trains:
            values["deleted"] = None
        if connection.execute(UPDATE_RUN, {**values, "this": self.run_id, "by": server}).rowcount == 0:
            return None
        for insert, rows in ((INSERT_REPORTS, self._reports()), (INSERT_CHANGES, self._changes())):
            if rows:
                connection.execute(insert, rows)
        # Not replaced by deleting and inserting it, which takes SQLite twice the time.
        if (latest := self._latest) and not connection.execute(UPDATE_LATEST, {**latest, "this": self.run_id}).rowcount:
            connection.execute(schema.latest.insert().values(latest))
        if self._snapshots:
            connection.execute(INSERT_SNAPSHOTS, self._snapshots)
        if self._dropped:
            columns = schema.snapshots.c
            here = (columns.run_id == self.run_id, columns.step.in_(self._dropped))
            connection.execute(schema.snapshots.delete().where(*here))
        return self._kept

    def note(self, snapshots: tuple[Snapshot, ...]) -> None:
        """Note in the run what is on disk now."""
        if self._trains:
            self.run.row["deleted"] = None
        self.run.written, self.run.snapshots = self.checkpoint, snapshots
        if self.save:
            self.run.saved, self.run.saved_at, self.run.saved_bytes = self.checkpoint, monotonic(), self.saved_bytes

    @property
    def _trains(self) -> bool:
        """Whether the run goes on. One that was deleted comes back to the list then: nothing trains unseen."""
        written = self.run.written
        goes_on = written is not None and written.state.step != self.checkpoint.state.step
        return goes_on or self.checkpoint.status == Status.RUNNING

    @property
    def saved_bytes(self) -> int:
        """What the state to resume from takes on disk then."""
        return self.run.saved_bytes if self._latest is None else int(self._latest["bytes"])

    def _reports(self) -> list[dict[str, Any]]:
        past, written = self.run.past.reports, self.run.written
        first = len(written.history) if written else past
        rows = self.checkpoint.history.table[:, first:].T.tolist()
        return self._numbered((dict(zip(COLUMNS, row, strict=True)) for row in rows), first - past)

    def _changes(self) -> list[dict[str, Any]]:
        past, written = self.run.past.changes, self.run.written
        first = len(written.changes) if written else past
        names = ("step", "progress", "examples", "seconds", "description", "config")  # as a Change has them
        rows = (dict(zip(names, change, strict=True)) for change in self.checkpoint.changes[first:])
        return self._numbered(rows, first - past)

    def _numbered(self, rows: Iterable[dict[str, Any]], first: int) -> list[dict[str, Any]]:
        """Return rows as the run has them: numbered, with its own time, which begins where its parent's ended."""
        own = ({**row, "seconds": row["seconds"] - self.run.past.seconds} for row in rows)
        return [{"run_id": self.run_id, "number": number, **_known(row)} for number, row in enumerate(own, first)]


def beat(connection: sa.Connection, server: str) -> None:
    """Report that a server is alive on all runs that it trains."""
    mine = (schema.runs.c.server == server, schema.runs.c.status == Status.RUNNING)
    connection.execute(schema.runs.update().where(*mine).values(heartbeat=time()))


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as columns have them: NULL for NaN."""
    return {name: None if isinstance(value, float) and isnan(value) else value for name, value in values.items()}


def summary(checkpoint: Checkpoint, past: Past) -> dict[str, Any]:
    """Return the columns of a run's row that change as it trains; of a fork, without its parent's part."""
    own = HistoryView(checkpoint.history.table[:, past.reports :])
    scores = {split: _scores(own, split, checkpoint.model.dataset) for split in ("validation", "train")}
    ends = epoch_ends(own)  # where a run is best; before the first one, all that was measured counts
    judged = scores["validation"][ends] if len(ends) else scores["validation"]
    seconds = own.last("seconds") - past.seconds
    return _known(
        {
            **{f"{split}_score": last_known(values) for split, values in scores.items()},
            "best_validation_score": float(np.fmax.reduce(judged, initial=nan)),
            "validation_loss": own.last("validation_loss"),
            "seconds": seconds,
            "samples_per_second": float(own["trained"].sum() / seconds) if seconds > 0 else nan,
            "progress": checkpoint.model.progress,
            "step": checkpoint.state.step,
            "examples": checkpoint.state.examples,
            "reports": len(own),
            "status": str(checkpoint.status),
            "message": checkpoint.message,
            "config": checkpoint.config.to_json(),
        }
    )


def _scores(history: HistoryView, split: str, dataset: Dataset) -> np.ndarray:
    """Return a score for each report, NaN where none was measured: the accuracy or, of a regression, R²."""
    if dataset.info.task == REGRESSION:
        scores = target_scales(dataset)[split].r_squared(history[f"{split}_loss"])
        return np.where(np.isfinite(scores), scores, nan)  # a loss may be infinite
    return history[f"{split}_accuracy"]
