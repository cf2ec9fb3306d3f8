"""Snapshots wait here until they are on disk: of a run as it trains, and of the states at which it was best."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from mlp.store.batches import OpenRun, Pending
from mlp.store.snapshots import Snapshot, wants_snapshot
from mlp.store.states import size_of

SNAPSHOT_BYTES_PER_SECOND = 8 * 2**20  # of all runs together; beyond that, epochs' ends get no snapshot
PENDING_BYTES = 64 * 2**20  # of snapshots waiting in memory


@dataclass
class PendingSnapshots:
    """The snapshots of all runs that are not on disk yet, each run's in order and later than those on disk."""

    waiting: list[Pending] = field(default_factory=list)
    due: float = -inf  # when epochs' ends may get snapshots again, on the monotonic clock

    def of(self, run_id: str) -> list[Pending]:
        """Return the snapshots of a run."""
        return [pending for pending in self.waiting if pending.run_id == run_id]

    def keep(self, run: OpenRun) -> None:
        """Keep the run's state if a snapshot is due, and the states at which it was best.

        States that were best before are dropped, unless they are on disk or were due: while a small network gets better
        with each epoch, only one of them is written with each batch.
        """
        state = run.latest.state
        now = Snapshot(state.step, state.epoch, size_of(state))
        best = {model.state.step: model for model in run.latest.best.values()}
        is_due = wants_snapshot(now, run.last_snapshot, hurried=monotonic() < self.due)
        if is_due:
            run.last_snapshot = now
            best[now.step] = run.latest.model
        self.drop(pending for pending in self.of(run.id) if pending.only_best and pending.step not in best)
        there = {snapshot.step for snapshot in run.snapshots} | {pending.step for pending in self.of(run.id)}
        for step in sorted(best.keys() - there):
            self._add(Pending(run.id, best[step], only_best=not (is_due and step == now.step)))

    def drop(self, unwanted: Iterable[Pending]) -> None:
        """Forget some snapshots, which are on disk now, or no longer needed."""
        dropped = {(pending.run_id, pending.step) for pending in unwanted}
        self.waiting = [pending for pending in self.waiting if (pending.run_id, pending.step) not in dropped]

    def _add(self, pending: Pending) -> None:
        """Have a state written; drop the oldest of those that are waiting if they are too large, the best ones last."""
        self.due = max(self.due, monotonic()) + size_of(pending.model.state) / SNAPSHOT_BYTES_PER_SECOND
        self.waiting.append(pending)
        while len(self.waiting) > 1 and sum(size_of(each.model.state) for each in self.waiting) > PENDING_BYTES:
            ordinary = (index for index, each in enumerate(self.waiting) if not each.only_best)
            del self.waiting[next(ordinary, 0)]
