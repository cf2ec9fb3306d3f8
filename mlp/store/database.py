"""The database is a file beside imported data, or the one MLP_STORE names; here it is found, checked and opened."""

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic

import sqlalchemy as sa

from mlp.datasets.roots import PROGRAM_DATA
from mlp.store import schema
from mlp.store.errors import StoreError

log = logging.getLogger(__name__)

DATABASE_ERRORS = (OSError, sqlite3.Error, sa.exc.DBAPIError)  # what an unusable database raises

VARIABLE = "MLP_STORE"
DEFAULT_FILE = PROGRAM_DATA / "runs.sqlite3"
LOG_BYTES = 16 * 2**20  # that SQLite's log keeps on the disk once what it has is in the file
BUSY_SECONDS = 3.0  # to wait for another server's transaction
NEWS_SECONDS = 60.0  # that pages show a message about a file replaced while the program ran

NOT_ALLOWED = "{place} can't be opened. Allow this program to read and write it and its folder."
DAMAGED = "{place} is damaged. If it stays so, it is set aside and a new file is begun."
# What can go wrong with a file, by SQLite's primary result code, and what to do about it.
TROUBLES = {
    sqlite3.SQLITE_FULL: "The disk that holds {place} is full. Free some space on it.",
    sqlite3.SQLITE_BUSY: "{place} is locked by another program. Close that program, or wait until it is done.",
    sqlite3.SQLITE_READONLY: "{place} can't be written. Allow this program to write it and its folder.",
    sqlite3.SQLITE_CANTOPEN: NOT_ALLOWED,
    sqlite3.SQLITE_PERM: NOT_ALLOWED,
    sqlite3.SQLITE_IOERR: "{place} can't be read or written: the disk reports an error. Check the disk, and its space.",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}


class Database:
    """Opens the database, makes its tables, and provides connections to any thread."""

    def __init__(self, url: str | None) -> None:
        self.url = _parse(url or os.environ.get(VARIABLE) or f"sqlite:///{DEFAULT_FILE}")
        self.file = Path(self.url.database or "") if self.url.get_backend_name() == "sqlite" else None
        self.place = str(self.file) if self.file else self.url.render_as_string(hide_password=True)
        self.notice = ""  # what happened to an earlier file, in a sentence; empty if nothing did
        self.opened = 0  # how often: with a new file, nothing that was written before is on disk
        self._news_until = -inf  # on the monotonic clock
        self._engine: sa.Engine | None = None
        self._identity: tuple[int, int] | None = None  # of the open file

    @property
    def news(self) -> str:
        """The notice, for a minute after something happened while the program was running."""
        return self.notice if monotonic() < self._news_until else ""

    def open(self) -> None:
        """Make the database ready for use. Does nothing if it is, unless its file was deleted or replaced meanwhile.

        A damaged SQLite file is moved aside, and a new one begun. Raises StoreError for a store of a newer program or
        for another program's tables, which stay as they are, and OSError, sqlite3.Error or SQLAlchemy's DBAPIError if
        it can't be opened.
        """
        if self._engine is not None:
            if _identity(self.file) == self._identity:
                return
            self.close()
            what = "replaced by another one" if self.file and self.file.exists() else "deleted"
            self._notify(
                f"The file of stored runs was {what} while the program was running. The runs still in memory are saved "
                f"again, in {self.place}; other earlier runs are not in the list."
            )
        engine = _engine(self.url)
        try:
            if self.file:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                self._examine(self.file)
            with _writing(engine) as connection:
                schema.prepare(connection)
        except BaseException as error:
            engine.dispose()
            if isinstance(error, StoreError):
                raise StoreError(f"{self.place} {error}") from error
            raise
        self._identity = _identity(self.file)
        self._engine = engine
        self.opened += 1

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _notify(self, notice: str) -> None:
        self.notice = notice
        if self.opened:
            self._news_until = monotonic() + NEWS_SECONDS
        log.error(notice)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees the database as of one moment. Raises StoreError if it can't be read."""
        engine = self._engine
        if engine is None:
            raise StoreError(f"{self.place} is not open, so no stored runs can be shown.")
        if _identity(self.file) != self._identity:
            raise StoreError(
                f"{self.place} was deleted or replaced. It is written again in a few seconds; reload then."
            )
        try:
            with engine.connect() as connection:
                if not self.file:  # else each query would see what was written since the last one
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        except sa.exc.DBAPIError as error:
            raise StoreError(self.explain(error)) from error

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection to the open database whose changes happen all together, at the end, or not at all.

        Raises SQLAlchemy's DBAPIError.
        """
        assert self._engine is not None
        with _writing(self._engine) as connection:
            yield connection

    def free_bytes(self, connection: sa.Connection) -> float:
        """Return how many more bytes an SQLite file may have on its disk; of a server's database, that is not known."""
        if not self.file:
            return inf
        pages = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()  # in the file, of what was deleted
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        return float(shutil.disk_usage(self.file.parent).free + pages * size)

    def explain(self, error: Exception) -> str:
        """Return for a person what went wrong and what to do."""
        if isinstance(error, StoreError):
            return str(error)
        if trouble := _trouble(error):
            return trouble.format(place=self.place)
        cause: object = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if isinstance(cause, OSError):
            return f"{self.place} can't be opened: {cause.strerror}. Make sure its folder can be written."
        first_line = str(cause).strip().split("\n")[0]
        return f"{self.place} can't be used: {first_line}. Check that it can be reached."

    def _examine(self, file: Path) -> None:
        """Set a damaged file aside. Raises StoreError for a store of a newer program or of another one.

        It is opened for reading only: a file that is damaged, or not ours, must not be changed by looking at it.
        Snapshots are left out, which would take seconds; each carries its own checksum.
        """
        if not file.exists():
            return
        if file.stat().st_size == 0:
            if _beside(file, "-wal").exists():
                self.set_aside()
            elif not self.opened:
                self._notify(
                    f"{self.place} was empty, so it was replaced by a new store: earlier runs are not in the list."
                )
            return
        connect = partial(sqlite3.connect, f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
        try:
            with engine.connect() as connection:
                names = () if schema.check(connection) is None else ("meta", "runs", "reports", "changes")
                checks = (connection.exec_driver_sql(f"PRAGMA quick_check('{name}')") for name in names)
                damaged = any(check.scalar() != "ok" for check in checks)
        except sa.exc.DBAPIError as error:
            if not is_damage(error):
                raise
            damaged = True
        if damaged:
            self.set_aside()

    def set_aside(self) -> None:
        """Move a damaged SQLite file, and what SQLite keeps beside it, to a name that is free; `open` begins a new one.

        Raises OSError if it can't be moved.
        """
        if not self.file:
            return
        self.close()
        stem = f"{self.file.name}.damaged-{datetime.now():%Y-%m-%d-%H%M%S}"
        names = (self.file.with_name(stem + suffix) for suffix in ("", *(f"-{count}" for count in range(2, 1000))))
        aside = next(name for name in names if not name.exists())
        self.file.rename(aside)
        for suffix in ("-wal", "-shm"):
            if _beside(self.file, suffix).exists():
                _beside(self.file, suffix).rename(_beside(aside, suffix))
        self._notify(
            f"The file of stored runs was damaged. It is kept as {aside}, and a new one was begun: "
            "earlier runs are not in the list."
        )


def is_damage(error: Exception) -> bool:
    """Whether SQLite found that its file is not one, or not whole."""
    return _trouble(error) is DAMAGED


def _trouble(error: Exception) -> str | None:
    """Return what is wrong with a file, if that is known of this error."""
    cause: object = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return TROUBLES.get(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF)  # the rest is detail


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Return which file has this name now; what is written to another one is lost."""
    try:
        found = file.stat() if file else None
    except FileNotFoundError:
        found = None
    return (found.st_dev, found.st_ino) if found else None


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _parse(url: str) -> sa.URL:
    """Return a checked URL. Raises StoreError without repeating the URL, which may have a password."""
    examples = "such as sqlite:////home/me/runs.sqlite3 or postgresql+psycopg://me@localhost/runs"
    try:
        parsed = sa.make_url(url)
        parsed.get_dialect().import_dbapi()
    except sa.exc.ArgumentError as error:
        raise StoreError(f"The store's address is not a SQLAlchemy URL. Set {VARIABLE} to one, {examples}.") from error
    except ImportError as error:
        raise StoreError(f"The store's database needs a driver that is not installed ({error}). Install it.") from error
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise StoreError(f"A store in memory keeps nothing. Set {VARIABLE} to a URL {examples}.")
    return parsed


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, hide_parameters=True, pool_pre_ping=True)  # the server may have been restarted
    engine = sa.create_engine(url, hide_parameters=True)  # what people write doesn't belong in the log

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: object) -> None:
        # Python's module would begin transactions late and not before every statement; `begin` below does it instead.
        connection.isolation_level = None
        # A text that is not UTF-8 is noticed where it is read; here it would spoil the whole list.
        connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
        connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer don't wait for each other
        connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")  # else it stays as large as it ever was
        connection.execute("PRAGMA synchronous = NORMAL")  # a power failure may cost the last seconds, never the file
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
