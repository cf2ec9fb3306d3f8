"""Searches in the store: a row for each, which says what is searched; its trials are runs that name it."""

import hmac
import secrets
from dataclasses import asdict, dataclass, fields, replace
from time import time
from typing import Any

import sqlalchemy as sa

from mlp.store import records, schema
from mlp.store.database import Database
from mlp.store.errors import StoreError
from mlp.store.records import RunRecord
from mlp.store.writer import Writer
from mlp.text import quoted
from mlp.tokens import token_hash

ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # without letters that look alike
ID_LENGTH = 10
RUNNING, PAUSED = "running", "paused"
STOPPED = "The server stopped while this search was running. Resume to go on."


def new_id() -> str:
    """Return an id that no run and no search has."""
    return "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))


@dataclass(frozen=True)
class SearchRecord:
    """A search as the store has it. Times are seconds since 1970."""

    id: str
    created: float
    token_hash: str  # of the secret that gives control of it
    server: str  # that runs it, or did last
    heartbeat: float  # when that server last reported on it
    status: str
    message: str  # for a person
    plan: str  # JSON: its ranges, measure and budget
    seconds: float  # that it was running
    deleted: float | None = None
    test_opened: float | None = None  # of a check

    @property
    def is_running_elsewhere(self) -> bool:
        """Whether its server, if that is another one, seems to be alive."""
        return self.status == RUNNING and not records.has_stopped(self.server, self.heartbeat)


_COLUMNS = [schema.searches.c[field.name] for field in fields(SearchRecord)]


class StoredSearches:
    """All searches of a store. Safe to use from any thread."""

    def __init__(self, database: Database, writer: Writer, server: str) -> None:
        """`server` is the name of this process."""
        self._database, self._writer, self.server = database, writer, server

    def begin(self, plan: str, token: str) -> SearchRecord:
        """Store a new search, which is running here; return it. Raises StoreError if it can't be written."""
        now = time()
        search = SearchRecord(new_id(), now, token_hash(token), self.server, now, RUNNING, "", plan, 0.0)
        self.save(search)
        return search

    def save(self, search: SearchRecord) -> bool:
        """Write a search of this server as it is now; return whether it is still this server's, and not deleted.

        Raises StoreError if it can't be written.
        """
        table = schema.searches
        values = asdict(replace(search, heartbeat=time()))
        news = {name: value for name, value in values.items() if name not in ("deleted", "test_opened")}

        def work(connection: sa.Connection) -> bool:
            mine = table.update().where(
                table.c.id == search.id, table.c.server == self.server, table.c.deleted.is_(None)
            )
            if connection.execute(mine.values(news)).rowcount:
                return True
            if connection.scalar(sa.select(table.c.id).where(table.c.id == search.id)):
                return False
            connection.execute(table.insert().values(values))  # it is new, or the store has a new file
            return True

        return self._writer.perform(work)

    def claim(self, search_id: str) -> SearchRecord:
        """Make a search this server's, and return it. Raises StoreError if there is none, or another server runs it."""

        def work(connection: sa.Connection) -> SearchRecord:
            search = _read(connection, search_id)
            if search.server != self.server and search.is_running_elsewhere:
                raise StoreError(
                    f"Search {search_id!r} is running in another server of this store. Pause it there first."
                )
            mine = replace(search, server=self.server, heartbeat=time())  # paused, if its server is gone
            _update(connection, search_id, **asdict(mine))
            return mine

        return self._writer.perform(work)

    def is_lost(self, search_id: str) -> bool:
        """Whether a search is another server's now, or deleted. Raises StoreError if the store can't be read."""
        columns = schema.searches.c
        gone = sa.or_(columns.server != self.server, columns.deleted.is_not(None))
        query = sa.select(gone).where(columns.id == search_id)
        with self._database.reading() as connection:
            return bool(connection.scalar(query))  # None, if the store has a new file: it is written there again

    def find(self, search_id: str) -> SearchRecord:
        """Return a search. Raises StoreError if there is none, or the store can't be read, as all methods below do."""
        with self._database.reading() as connection:
            return _read(connection, search_id)

    def all(self) -> list[SearchRecord]:
        """Return all searches that are not deleted, newest first."""
        columns = schema.searches.c
        query = sa.select(*_COLUMNS).where(columns.deleted.is_(None)).order_by(columns.created.desc(), columns.id)
        with self._database.reading() as connection:
            return [_record(row) for row in connection.execute(query)]

    def trials(self, search_id: str) -> list[RunRecord]:
        """Return the runs that are a search's trials, deleted ones too, the oldest first."""
        with self._database.reading() as connection:
            return records.read_trials(connection, search_id)

    def note_trial(self, run_id: str, text: str) -> None:
        """Keep what a search knows of a trial, as JSON."""
        runs = schema.runs
        self._writer.perform(
            lambda connection: connection.execute(runs.update().where(runs.c.id == run_id).values(trial=text))
        )
        self._writer.amend(run_id, {"trial": text})

    def open_test(self, search_id: str) -> None:
        """Note that a check's test set was opened. Raises StoreError if there is no such search."""

        def work(connection: sa.Connection) -> None:
            _read(connection, search_id)
            _update(connection, search_id, test_opened=time())

        self._writer.perform(work)

    def delete(self, search_id: str, *, with_runs: bool) -> None:
        """Delete a search, and its trials unless they train; without them, they stay as runs.

        Raises StoreError if there is no such search, or it is running.
        """
        now = time()

        def work(connection: sa.Connection) -> list[str]:
            if _read(connection, search_id).status == RUNNING:
                raise StoreError("A search that is running can't be deleted. Stop it first.")
            _update(connection, search_id, deleted=now)
            if not with_runs:
                return []
            trials = records.read_trials(connection, search_id)
            gone = [run.id for run in trials if run.deleted is None and run.status != RUNNING]
            runs = schema.runs
            connection.execute(runs.update().where(runs.c.id.in_(gone)).values(deleted=now))
            return gone

        for run_id in self._writer.perform(work):
            self._writer.amend(run_id, {"deleted": now})

    def may_steer(self, search_id: str, token: str) -> bool:
        """Whether the search was begun with this token."""
        return hmac.compare_digest(self.find(search_id).token_hash, token_hash(token))


def _read(connection: sa.Connection, search_id: str) -> SearchRecord:
    query = sa.select(*_COLUMNS).where(schema.searches.c.id == search_id)
    row = search_id.isalnum() and connection.execute(query).one_or_none()
    if not row:
        raise StoreError(f"There is no search {quoted(search_id)} in this store. Choose one from the list.")
    if row.deleted is not None:
        raise StoreError(f"Search {search_id!r} was deleted. Choose another one from the list.")
    return _record(row)


def _update(connection: sa.Connection, search_id: str, **values: object) -> None:
    connection.execute(schema.searches.update().where(schema.searches.c.id == search_id).values(values))


def _record(row: sa.Row[Any]) -> SearchRecord:
    search = SearchRecord(**row._mapping)
    if search.status == RUNNING and not search.is_running_elsewhere:
        return replace(search, status=PAUSED, message=STOPPED)
    return search
