"""Snapshots are the states of a run that are kept: many from its start, when it changes fastest, then one per epoch.

Their size is limited. Beyond the limit some of the epochs' snapshots are dropped, so that the rest stay evenly spread
over the run. Those at which the run was best stay.
"""

from collections.abc import Collection, Sequence
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
    kept = list(snapshots)
    dropped = []
    while len(kept) > 1 and (len(kept) > most or sum(snapshot.bytes for snapshot in kept) > limit):
        middle = [i for i in range(1, len(kept) - 1) if kept[i].step not in best]
        epochs = [i for i in middle if kept[i].step.bit_length() == kept[i - 1].step.bit_length()]
        index = min(epochs or middle, key=lambda i: kept[i + 1].step - kept[i - 1].step, default=0)
        if kept[index].step in best:
            break
        dropped.append(kept.pop(index).step)
    for snapshot in sorted(kept, key=lambda snapshot: snapshot.step in best):
        if sum(each.bytes for each in kept) <= room:
            break
        kept.remove(snapshot)
        dropped.append(snapshot.step)
    return dropped
