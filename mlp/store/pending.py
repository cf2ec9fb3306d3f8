"""Snapshots wait here until they are on disk: of a run as it trains, and of the states at which it was best."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from mlp.store.batches import OpenRun, Pending
from mlp.store.snapshots import MOST_SNAPSHOTS, Snapshot, thin, wants_snapshot
from mlp.store.states import size_of
from mlp.training import Model

SNAPSHOT_BYTES_PER_SECOND = 8 * 2**20  # of all runs together; beyond that, epochs' ends get no snapshot
PENDING_BYTES = 64 * 2**20  # of snapshots waiting in memory


@dataclass
class PendingSnapshots:
    """The snapshots of all runs that are not on disk yet."""

    waiting: dict[str, dict[int, Pending]] = field(default_factory=dict)  # by run, then by step
    bytes: int = 0  # of all that are waiting
    due: float = -inf  # when epochs' ends may get snapshots again, on the monotonic clock

    def of(self, run_id: str) -> list[Pending]:
        """Return the snapshots of a run, in the order of their steps."""
        return [pending for _, pending in sorted(self.waiting.get(run_id, {}).items())]

    def keep(self, run: OpenRun) -> None:
        """Keep the run's state if a snapshot is due, and the states at which it was best, as far as there is room.

        States that were best before are dropped, unless they are on disk or were due: while a small network gets better
        with each epoch, only one of them is written with each batch.
        """
        state, room = run.latest.state, run.grant.snapshots
        now = Snapshot(state.step, state.epoch, size_of(state))
        kept = _last_fitting({model.state.step: model for model in run.latest.best.values()}, room)
        is_due = wants_snapshot(now, run.last_snapshot, hurried=monotonic() < self.due)
        if is_due:
            run.last_snapshot = now
            with_now = kept | {now.step: run.latest.model}
            if sum(size_of(model.state) for model in with_now.values()) <= room:
                kept = with_now
        self.drop(pending for pending in self.of(run.id) if pending.only_best and pending.step not in kept)
        there = {snapshot.step for snapshot in run.snapshots} | self.waiting.get(run.id, {}).keys()
        for step in sorted(kept.keys() - there):
            self._add(Pending(run.id, kept[step], only_best=not (is_due and step == now.step)))

    def drop(self, unwanted: Iterable[Pending]) -> None:
        """Forget some snapshots, which are on disk now, or no longer needed."""
        for run_id, step in [(pending.run_id, pending.step) for pending in unwanted]:
            waiting = self.waiting.get(run_id, {})
            if found := waiting.pop(step, None):
                self.bytes -= found.bytes
            if not waiting:
                self.waiting.pop(run_id, None)

    def _add(self, pending: Pending) -> None:
        """Have a state written; if too many are waiting, or too large ones, drop some."""
        self.due = max(self.due, monotonic()) + pending.bytes / SNAPSHOT_BYTES_PER_SECOND
        self.waiting.setdefault(pending.run_id, {})[pending.step] = pending
        self.bytes += pending.bytes
        of_run = self.of(pending.run_id)
        if len(of_run) > MOST_SNAPSHOTS:
            known = [Snapshot(each.step, each.model.state.epoch, each.bytes) for each in of_run]
            best = {each.step for each in of_run if each.only_best}
            unwanted = set(thin(known, inf, MOST_SNAPSHOTS, best))
            self.drop(each for each in of_run if each.step in unwanted)
        while self.bytes > PENDING_BYTES and (len(self.waiting) > 1 or len(self.waiting[pending.run_id]) > 1):
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Drop the oldest snapshot of the run whose snapshots take most, the best ones last."""
        by_run = map(self.of, self.waiting)
        largest = max(by_run, key=lambda waiting: len(waiting) * waiting[-1].bytes)
        self.drop([min(largest, key=lambda pending: pending.only_best)])


def _last_fitting(models: Mapping[int, Model], room: float) -> dict[int, Model]:
    """Return those of some models, by their steps, whose states fit: the last ones, which `thin` would keep, too."""
    fitting = {}
    for step in sorted(models, reverse=True):
        room -= size_of(models[step].state)
        if room < 0:
            break
        fitting[step] = models[step]
    return fitting
