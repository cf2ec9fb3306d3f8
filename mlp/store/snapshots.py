"""Snapshots are the states of a run that are kept: many from its start, where most happens, then one an epoch.

They may take only so much room. Where they would take more, some of the epochs' are dropped, so that the rest stay
spread evenly over the run.
"""

from collections.abc import Sequence
from typing import NamedTuple

SNAPSHOT_BYTES = 64 * 2**20  # a run
MOST_SNAPSHOTS = 256  # a run: nobody can look at thousands of states


class Moment(NamedTuple):
    """Where in a run a snapshot is."""

    step: int
    epoch: int  # whole epochs done


class Sized(NamedTuple):
    """A snapshot that is kept: where, and how much room it takes."""

    step: int
    bytes: int


def wants_snapshot(now: Moment, last: Moment | None, hurried: bool = False) -> bool:
    """Tell whether to keep the state that stands `now`, after the `last` one kept.

    The first state of all is kept, then the first at or after each of steps 1, 2, 4, 8, …, and the first at or after
    each epoch's end. States come back from the workers every so many steps, seldom at these very ones. `hurried`
    leaves out the epochs': small networks end many a second, more than a disk should be asked to take.
    """
    if last is None or now.step.bit_length() > last.step.bit_length():
        return True
    return now.epoch > last.epoch and not hurried


def thin(snapshots: Sequence[Sized], limit: int = SNAPSHOT_BYTES, most: int = MOST_SNAPSHOTS) -> list[int]:
    """Return the steps of the snapshots to drop, so that the others fit `limit` bytes and are `most` at most.

    `snapshots` are in the order of their steps. The last one always stays, even where it alone is too large. The
    first and those at powers of two go only when nothing else is left to drop. What is dropped is always the one
    whose neighbours are nearest to each other: the gaps stay even.
    """
    kept = list(snapshots)
    dropped = []
    while len(kept) > 1 and (len(kept) > most or sum(snapshot.bytes for snapshot in kept) > limit):
        middle = range(1, len(kept) - 1)
        epochs = [i for i in middle if kept[i].step.bit_length() == kept[i - 1].step.bit_length()]
        index = min(
            epochs or middle,
            key=lambda i: kept[i + 1].step - kept[i - 1].step,
            default=0,
        )
        dropped.append(kept.pop(index).step)
    return dropped
