"""Whose turn it is, when more runs want to train than there are workers: it goes round by browser, then by run."""

from collections.abc import Iterable
from itertools import count
from weakref import WeakKeyDictionary

from mlp.engine.run import Run


class Turns:
    """Numbers turns as they are given, so that the one who waits longest is next."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._latest: WeakKeyDictionary[Run, int] = WeakKeyDictionary()

    def take(self, due: Iterable[Run], running: Iterable[Run], most: int) -> list[Run]:
        """Give up to `most` of the runs that are due a turn, and return them in order; `running` are all that train.

        First comes the owner whose latest turn is the longest ago, with that one's run that waits longest. So however
        many runs an owner has, the others' keep their share.
        """
        owners: dict[str, int] = {}
        for run in running:
            owners[run.owner] = max(owners.get(run.owner, 0), self._latest.get(run, 0))
        waiting = list(due)
        taken: list[Run] = []
        while waiting and len(taken) < most:
            run = min(waiting, key=lambda each: (owners[each.owner], self._latest.get(each, 0)))
            waiting.remove(run)
            taken.append(run)
            owners[run.owner] = self._latest[run] = next(self._numbers)
        return taken
