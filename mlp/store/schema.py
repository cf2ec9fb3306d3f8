"""The store's tables, and how a store that an older program made is brought up to them.

A store carries the version of its schema in the table `meta`. A new store is made at the newest version. An older one
goes through MIGRATIONS, from its own version on, in one transaction: all of it happens or none. A newer one is refused,
because this program can't know what it would break.

To change a table: change it here, append a function to MIGRATIONS that does the same to a store of the version before,
and write the new tables into the test that watches over them.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from mlp.history import COLUMNS
from mlp.store.errors import StoreError

FIRST_VERSION = 1

# MIGRATIONS[0] turns a store of version 1 into one of version 2, and so on. Each gets a connection with a transaction
# begun, and speaks SQL that both SQLite and PostgreSQL understand.
MIGRATIONS: list[Callable[[sa.Connection], None]] = []

POSTGRES_LOCK = 0x6D6C70  # "mlp": whichever server holds it makes or migrates the tables

metadata = sa.MetaData()

meta = sa.Table("meta", metadata, sa.Column("schema_version", sa.Integer, nullable=False))


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double)  # NULL where it was not measured


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _of_a_run() -> sa.Column[str]:
    return sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)


runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    _words("name"),
    _words("notes"),
    sa.Column("tags", sa.JSON, nullable=False),  # a list of words
    sa.Column("created", sa.Double, nullable=False),  # times are seconds since 1970
    sa.Column("updated", sa.Double, nullable=False),
    sa.Column("deleted", sa.Double),  # when; NULL for a run that is not
    sa.Column("token_hash", sa.String(64), nullable=False),
    sa.Column("parent", sa.String(32), sa.ForeignKey("runs.id", ondelete="SET NULL"), index=True),
    sa.Column("parent_step", sa.BigInteger),
    sa.Column("server", sa.String(200), nullable=False),  # which trains it, or did last
    sa.Column("heartbeat", sa.Double, nullable=False),  # when that server last spoke of it
    _words("status"),
    _words("message"),
    _words("config"),  # JSON: the settings it has now
    _words("initial_config"),
    # What a list of runs shows, kept up with every batch, so that listing reads one table.
    _words("dataset"),
    _whole("parameters"),
    _whole("seed"),
    _whole("step"),
    _whole("examples"),
    _whole("reports"),
    _number("progress"),
    _number("seconds"),
    _number("samples_per_second"),
    _number("best_validation_accuracy"),
    _number("validation_accuracy"),
    _number("validation_loss"),
    _number("train_accuracy"),
)

reports = sa.Table(
    "reports",
    metadata,
    _of_a_run(),
    sa.Column("number", sa.BigInteger, primary_key=True),  # of the report in its run, from 0
    *(_number(name) for name in COLUMNS),
    sqlite_with_rowid=False,  # a run's reports lie side by side, in order
)

changes = sa.Table(
    "changes",
    metadata,
    _of_a_run(),
    sa.Column("number", sa.BigInteger, primary_key=True),
    _whole("step"),
    _number("progress"),
    _whole("examples"),
    _number("seconds"),
    _words("description"),
    _words("config"),  # JSON: the settings from this step on
    sqlite_with_rowid=False,
)


def _state_columns() -> list[sa.Column[Any]]:
    """What a TrainingState is made of, with the arrays as one blob at the end, where lists need not read it."""
    return [
        *map(_whole, ("epoch", "position", "examples", "updates")),
        _words("optimizer"),
        _number("progress"),
        _whole("bytes"),  # of the blob
        _whole("crc32"),  # of the blob
        sa.Column("blob", sa.LargeBinary, nullable=False),
    ]


snapshots = sa.Table(
    "snapshots", metadata, _of_a_run(), sa.Column("step", sa.BigInteger, primary_key=True), *_state_columns()
)

# Where to resume: one state a run, overwritten about every second.
latest = sa.Table("latest", metadata, _of_a_run(), _whole("step"), *_state_columns())


def newest_version() -> int:
    """Return the version of the schema that this program writes."""
    return FIRST_VERSION + len(MIGRATIONS)


def present(connection: sa.Connection) -> set[str]:
    """Return the names of the tables that are there; of a server's database, which others may share, only of ours."""
    names = set(sa.inspect(connection).get_table_names())
    return names if connection.dialect.name == "sqlite" else names & set(metadata.tables)


def check(connection: sa.Connection) -> int | None:
    """Return the version of the tables that are there, None without any.

    Raises StoreError for tables of a newer program or of another one.
    """
    names = present(connection)
    if not names:
        return None
    columns = sa.inspect(connection).get_columns(meta.name) if meta.name in names else []
    ours = [column["name"] for column in columns] == ["schema_version"]
    version = connection.scalar(sa.select(meta.c.schema_version)) if ours else None
    if version is None:
        raise StoreError("holds the tables of another program. Name another store with MLP_STORE.")
    if version > newest_version():
        raise StoreError(
            f"was written by a newer version of this program (schema {version}, this one knows {newest_version()}). "
            "Update the program, or name another store with MLP_STORE."
        )
    return version


def prepare(connection: sa.Connection) -> None:
    """Make the tables, or bring older ones up to date, in the connection's transaction. Raises what `check` raises."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(POSTGRES_LOCK)))
    version = check(connection)
    if version is None:
        metadata.create_all(connection)
        connection.execute(meta.insert().values(schema_version=newest_version()))
        return
    for migrate in MIGRATIONS[version - FIRST_VERSION :]:
        migrate(connection)
    if version < newest_version():
        connection.execute(meta.update().values(schema_version=newest_version()))
