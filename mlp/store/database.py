"""The database is a file beside the program, or whichever one MLP_STORE names; here it is found, checked and opened."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from mlp.datasets.places import OWN_DATA
from mlp.store import schema
from mlp.store.errors import StoreError

log = logging.getLogger(__name__)

DATABASE_ERRORS = (OSError, sqlite3.Error, sa.exc.DBAPIError)  # what a database that can't be used raises

VARIABLE = "MLP_STORE"
DEFAULT_FILE = OWN_DATA / "runs.sqlite3"
BUSY_SECONDS = 3.0  # to wait for another server's transaction

# What goes wrong with a file, by SQLite's primary result code, and what to do about it.
TROUBLES = {
    sqlite3.SQLITE_FULL: "The disk that holds {place} is full. Free some space on it.",
    sqlite3.SQLITE_BUSY: "{place} is locked by another program. Close that program, or wait until it is done.",
    sqlite3.SQLITE_READONLY: "{place} can't be written. Allow this program to write it and its folder.",
    sqlite3.SQLITE_CANTOPEN: "{place} can't be opened. Allow this program to read and write it and its folder.",
    sqlite3.SQLITE_PERM: "{place} can't be opened. Allow this program to read and write it and its folder.",
    sqlite3.SQLITE_IOERR: "{place} can't be read or written: the disk reports an error. Check the disk, and its space.",
    sqlite3.SQLITE_CORRUPT: "{place} is damaged. Stop the program, move the file away, and start again.",
    sqlite3.SQLITE_NOTADB: "{place} is damaged. Stop the program, move the file away, and start again.",
}


class Database:
    """Opens the database, makes its tables, and gives out connections to it from any thread."""

    def __init__(self, url: str | None) -> None:
        self.url = _parse(url or os.environ.get(VARIABLE) or f"sqlite:///{DEFAULT_FILE}")
        self.file = Path(self.url.database or "") if self.url.get_backend_name() == "sqlite" else None
        self.place = str(self.file) if self.file else self.url.render_as_string(hide_password=True)
        self.notice = ""  # a sentence about a file that was set aside; empty where none was
        self._engine: sa.Engine | None = None

    def open(self) -> None:
        """Make the database ready for use; do nothing where it is.

        A damaged SQLite file is moved aside, and a new one begun. Raises StoreError for a store of a newer program or
        for another program's tables, and OSError, sqlite3.Error or SQLAlchemy's DBAPIError where it can't be opened.
        """
        if self._engine is not None:
            return
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            if not _is_sound(self.file):
                self._set_aside(self.file)
        engine = _engine(self.url)
        try:
            with _writing(engine) as connection:
                schema.prepare(connection)
        except StoreError as error:
            engine.dispose()
            raise StoreError(f"{self.place} {error}") from error
        except BaseException:
            engine.dispose()
            raise
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one moment of the database. Raises StoreError where that can't be."""
        if self._engine is None:
            raise StoreError(f"{self.place} is not open, so no stored runs can be shown.")
        try:
            with self._engine.connect() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            raise StoreError(self.explain(error)) from error

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes come about all together, at the end, or not at all.

        Raises what `open` raises, and SQLAlchemy's DBAPIError.
        """
        self.open()
        assert self._engine is not None
        with _writing(self._engine) as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        if self._engine is not None:
            self._engine.dispose()

    def explain(self, error: Exception) -> str:
        """Return what went wrong and what to do, for a person."""
        if isinstance(error, StoreError):
            return str(error)
        cause: object = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if isinstance(cause, sqlite3.Error):
            code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest is detail
            if code in TROUBLES:
                return TROUBLES[code].format(place=self.place)
        if isinstance(cause, OSError):
            return f"{self.place} can't be opened: {cause.strerror}. Make its folder one that can be written."
        first_line = str(cause).strip().split("\n")[0]
        return f"{self.place} can't be used: {first_line}. Check that it can be reached."

    def _set_aside(self, file: Path) -> None:
        """Move a damaged file, and what SQLite keeps beside it, to a name that nothing has."""
        stem = f"{file.name}.damaged-{datetime.now():%Y-%m-%d-%H%M%S}"
        aside, count = file.with_name(stem), 1
        while aside.exists():
            count += 1
            aside = file.with_name(f"{stem}-{count}")
        file.rename(aside)
        for suffix in ("-wal", "-shm"):
            beside = file.with_name(file.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
        self.notice = (
            f"The file of stored runs was damaged. It is kept as {aside}, and a new one was begun: "
            "earlier runs are not in the list."
        )
        log.error(self.notice)


def _parse(url: str) -> sa.URL:
    """Return a checked URL. Raises StoreError without repeating it: it may hold a password."""
    examples = "such as sqlite:////home/me/runs.sqlite3 or postgresql+psycopg://me@localhost/runs"
    try:
        parsed = sa.make_url(url)
        parsed.get_dialect().import_dbapi()
    except sa.exc.ArgumentError as error:
        raise StoreError(f"The store's address is no SQLAlchemy URL. Set {VARIABLE} to one, {examples}.") from error
    except ImportError as error:
        raise StoreError(f"The store's database needs a driver that is not installed ({error}). Install it.") from error
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError(f"A store in memory keeps nothing. Set {VARIABLE} to a URL {examples}.")
    return parsed


def _is_sound(file: Path) -> bool:
    """Tell whether a file, where there is one, is a whole SQLite database.

    It is opened for reading only: a damaged file must not be changed by a look at it. Snapshots are left out, which
    would take seconds; each carries its own checksum. Raises sqlite3.Error where the file can't be read at all.
    """
    if not file.exists():
        return True
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as connection:
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            small = [t.name for t in (schema.meta, schema.runs, schema.reports, schema.changes) if t.name in tables]
            return all(connection.execute(f"PRAGMA quick_check('{name}')").fetchone() == ("ok",) for name in small)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return False
            raise


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True)  # the server may have been restarted
    engine = sa.create_engine(url, hide_parameters=True)  # what people write is not for the log

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: object) -> None:
        # Python's module would begin transactions late and not before every statement; here they are begun below.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
        connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer don't wait for each other
        connection.execute("PRAGMA synchronous = NORMAL")  # a lost current may cost the last seconds, never the file
        connection.execute("PRAGMA foreign_keys = ON")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer takes its lock first: one that has read already would be refused at once if another has written.
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@contextmanager
def _writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        yield connection
