"""Snapshots are the states of a run that are kept: many from its start, when it changes fastest, then one per epoch.

Their size is limited. Beyond the limit some of the epochs' snapshots are dropped, so that the rest stay evenly spread
over the run. Those at which the run was best stay.
"""

from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import inf
from typing import NamedTuple

SNAPSHOT_BYTES = 64 * 2**20  # per run
MOST_SNAPSHOTS = 256  # per run: nobody can look at thousands of states


class Snapshot(NamedTuple):
    """A state of a run, kept or to be kept."""

    step: int
    epoch: int  # complete epochs
    bytes: int


def wants_snapshot(now: Snapshot, last: Snapshot | None, hurried: bool = False) -> bool:
    """Whether to keep the state reached `now`, given the `last` one kept.

    The very first state is kept, then the first at or after each of steps 1, 2, 4, 8, …, and the first at or after each
    epoch's end. Workers return states only every few steps, rarely at exactly these. `hurried` leaves out the epochs':
    small networks finish many per second, too many for a disk.
    """
    if last is None or now.step.bit_length() > last.step.bit_length():
        return True
    return now.epoch > last.epoch and not hurried


def thin(
    snapshots: Sequence[Snapshot],
    limit: float = SNAPSHOT_BYTES,
    most: int = MOST_SNAPSHOTS,
    best: Collection[int] = (),
    room: float = inf,
) -> list[int]:
    """Return the steps of the snapshots to drop, so that the others fit `limit` bytes and are `most` at most.

    `snapshots` are in the order of their steps. The last one and those at the steps in `best` always stay, even if they
    alone are too large. The first and those at powers of two go only when nothing else is left to drop. The one to drop
    is always the one whose neighbors are closest to each other, so that the gaps stay even. But more than `room` bytes
    is never taken: what is left over goes in the order of steps, the best last.
    """
    limit = min(limit, room)
    steps, kept = [snapshot.step for snapshot in snapshots], {snapshot.step: snapshot.bytes for snapshot in snapshots}
    after = dict(pairwise(steps))
    before = {step: last for last, step in after.items()}
    marks = {step for step, last in before.items() if step.bit_length() > last.bit_length()}
    total, dropped = sum(kept.values()), []

    def is_too_much() -> bool:
        return len(kept) > 1 and (len(kept) > most or total > limit)

    def drop(step: int) -> None:
        nonlocal total
        total -= kept.pop(step)
        dropped.append(step)

    def cost(step: int) -> tuple[bool, int, int]:
        return step in marks, after[step] - before[step], step

    middle = [cost(step) for step in steps[1:-1] if step not in best]
    heapify(middle)
    while middle and is_too_much():
        found = heappop(middle)
        step = found[-1]
        if step not in kept or found != cost(step):
            continue  # since then, a neighbor of it was dropped
        drop(step)
        left, right = before[step], after[step]
        after[left], before[right] = right, left
        for near in (left, right):
            if near in before and near in after and near not in best:
                heappush(middle, cost(near))
    if is_too_much() and steps[0] not in best:
        drop(steps[0])
    for step in sorted(kept, key=lambda step: step in best):
        if total <= room:
            break
        drop(step)
    return dropped
