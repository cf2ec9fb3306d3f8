"""Room is what the states of runs may take on disk, so that one run, or one browser, leaves some for the others.

A run always has its curves. If there is room, it also has its latest state and, as far as there is more, snapshots.
What is on disk stays, however little room there is; deleting runs makes room.
"""

from collections.abc import Callable, Collection, Sequence
from math import inf
from time import monotonic, time
from typing import NamedTuple

import sqlalchemy as sa

from mlp.limits import MB, Limits
from mlp.store import schema
from mlp.store.batches import Grant, OpenRun
from mlp.store.database import Database
from mlp.store.errors import StoreError
from mlp.store.states import size_of
from mlp.text import counted

RETRY_SECONDS = 5.0  # between looks whether there is room for what had none
DELETED_SECONDS = 24 * 3600.0  # that a deleted run can be restored
PURGE_SECONDS = 3600.0  # between looks for runs that were deleted longer ago
MOST_PURGED = 10  # in a batch, so that no transaction takes long
KEPT = "{who} has {stored}; {most:,.0f} can be kept. Delete some on the Runs page first."
NO_ROOM = "Only the curves of this run are being saved: "
OF_BROWSER = "this browser's runs take {used:,.0f} of {most:,.0f} MB in the store. Delete some on the Runs page."
OF_ALL = "all runs together take {used:,.0f} of {most:,.0f} MB in the store. Delete some of yours on the Runs page."
OF_DISK = "its disk has room for {used:,.0f} MB, and {most:,.0f} MB must stay free. Free some space, or delete runs."
ONE_STATE = (
    "Only this run's latest state is being saved, so you can't go back to an earlier step: a state takes {state:,.0f} "
    "MB, and all states of a run may take {most:,.0f} MB. Choose fewer units to keep more."
)


class Use(NamedTuple):
    """What of the store is used, by a browser or by all."""

    runs: int = 0
    bytes: int = 0

    def plus(self, bytes: int) -> "Use":
        """Return the use with more bytes."""
        return Use(self.runs, self.bytes + bytes)


class Room:
    """How much of the store is used, as of the last time it was read, and how much more may be."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database, self._limits = database, limits
        self._by_owner: dict[str, Use] = {}  # without deleted runs
        self._all = Use()
        self._deleted_bytes = 0  # which are there until their room is needed
        self._disk_free = inf  # bytes
        self._read_at = -inf
        self._purged_at = -inf
        self._is_short = True  # whether there was no room for something in this batch; at first that is not known

    @property
    def can_reclaim(self) -> bool:
        """Whether deleted runs take room that others need."""
        return self._is_short and self._deleted_bytes > 0

    def look_again(self) -> None:
        """Read what is used if something had no room, and it is time for that."""
        if self._is_short and monotonic() - self._read_at >= RETRY_SECONDS:
            with self._database.reading() as connection:
                self.read(connection)
        self._is_short = False

    def settle(self, connection: sa.Connection, open_runs: Collection[str]) -> Callable[[], None]:
        """After a batch: remove what deleted runs take, if it is time or room is needed; read what is used.

        Returns what takes note of that, for when the batch is on disk: a run must not count twice, as stored and as yet
        to be.
        """
        if monotonic() - self._purged_at >= PURGE_SECONDS:
            self._purge(connection, open_runs)
        if self.can_reclaim:
            self._reclaim(connection, open_runs)
        return self._found(connection)

    def read(self, connection: sa.Connection) -> None:
        """Read what is used."""
        self._found(connection)()

    def _found(self, connection: sa.Connection) -> Callable[[], None]:
        runs = schema.runs.c
        is_deleted = runs.deleted.is_not(None)
        count, size = sa.func.count(), sa.func.coalesce(sa.func.sum(runs.state_bytes), 0)
        query = sa.select(runs.token_hash, is_deleted, count, size).group_by(runs.token_hash, is_deleted)
        by_owner: dict[str, Use] = {}
        deleted_bytes = 0
        for owner, deleted, number, total in connection.execute(query):
            if deleted:
                deleted_bytes += int(total)
            else:
                by_owner[owner] = Use(number, int(total))
        disk_free, now = self._database.free_bytes(connection), monotonic()

        def take() -> None:
            self._by_owner, self._deleted_bytes = by_owner, deleted_bytes
            self._all = Use(sum(use.runs for use in by_owner.values()), sum(use.bytes for use in by_owner.values()))
            self._disk_free, self._read_at = disk_free, now

        return take

    def count(self, owner: str, bytes: int) -> None:
        """Count as used what is about to be written, until it is read again."""
        self._by_owner[owner] = self._by_owner.get(owner, Use()).plus(bytes)
        self._all = self._all.plus(bytes)
        self._disk_free -= bytes

    def _purge(self, connection: sa.Connection, open_runs: Collection[str]) -> None:
        """Remove runs deleted long ago, unless a fork has its past from them, or a search has them as trials."""
        runs, fork, search = schema.runs.c, schema.runs.alias().c, schema.searches.c
        before = time() - DELETED_SECONDS
        gone = (
            runs.deleted < before,
            runs.heartbeat < before,  # else it may still train, in another server
            runs.id.not_in(open_runs),
            ~sa.exists().where(fork.parent == runs.id),
            ~sa.exists().where(search.id == runs.search, search.deleted.is_(None)),
        )
        ids = list(connection.scalars(sa.select(runs.id).where(*gone).limit(MOST_PURGED)))
        # With them goes all that is theirs. One may have been restored meanwhile, through another server.
        connection.execute(schema.runs.delete().where(runs.id.in_(ids), runs.deleted < before))
        if not ids:
            self._purged_at = monotonic()

    def _reclaim(self, connection: sa.Connection, open_runs: Collection[str]) -> None:
        """Remove the states of deleted runs, which keep their curves."""
        runs = schema.runs.c
        gone = (runs.deleted.is_not(None), runs.state_bytes > 0, runs.id.not_in(open_runs))
        ids = list(connection.scalars(sa.select(runs.id).where(*gone)))
        for table in (schema.snapshots, schema.latest):
            connection.execute(table.delete().where(table.c.run_id.in_(ids)))
        connection.execute(schema.runs.update().where(runs.id.in_(ids)).values(state_bytes=0))

    def check_kept(self, owner: str, more: int, unwritten: Sequence[str]) -> None:
        """Raise StoreError if a browser may not store `more` runs; `unwritten` are the owners of those to come."""
        own, all_runs = self._by_owner.get(owner, Use()).runs + unwritten.count(owner), self._all.runs + len(unwritten)
        for who, count, most in (
            ("This browser", own, self._limits.kept),
            ("This server", all_runs, self._limits.all_kept),
        ):
            if count + more > most:
                raise StoreError(KEPT.format(who=who, stored=counted(count, "stored run"), most=most))

    def grant(self, run: OpenRun) -> Grant:
        """Return what a run may write."""
        limits, state = self._limits, size_of(run.latest.state)
        own, everything = self._by_owner.get(run.owner, Use()).bytes, self._all.bytes + self._deleted_bytes
        left = {
            OF_BROWSER.format(used=own / MB, most=limits.store): limits.store * MB - own,
            OF_ALL.format(used=everything / MB, most=limits.all_store): limits.all_store * MB - everything,
        }
        why, free = min(left.items(), key=lambda item: item[1])
        free = max(free, 0.0)
        if state > self._disk_free - limits.disk * MB:
            why, free = OF_DISK.format(used=self._disk_free / MB, most=limits.disk), -inf
        if state > run.saved_bytes + free:
            self._is_short = True
            return Grant(False, 0.0, NO_ROOM + why)
        room = min(limits.states * MB, run.state_bytes + free) - max(state, run.saved_bytes)
        alone = 2 * state > limits.states * MB
        return Grant(True, room, ONE_STATE.format(state=state / MB, most=limits.states) if alone else "")
