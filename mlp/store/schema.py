"""The store's tables, and how a store from an older program is migrated to them.

The table `meta` has the version of the schema. A new store is made at the newest version. An older one goes through
MIGRATIONS, from its version on, in one transaction: all of them happen or none. A newer one is refused, because this
program can't know what it would break.

To change a table: change it here, append a function to MIGRATIONS that does the same to a store of the version before,
and update the tables in the test that checks them.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from mlp.datasets import CLASSIFICATION
from mlp.store.errors import StoreError
from mlp.training.history import COLUMNS

FIRST_VERSION = 1


def _drop_updated(connection: sa.Connection) -> None:
    """A run was last trained when its server last reported on it."""
    connection.execute(sa.text("ALTER TABLE runs DROP COLUMN updated"))


def _name_scores(connection: sa.Connection) -> None:
    """A run has a task, and its score is an accuracy or, of a regression, R²."""
    for name in ("best_validation", "validation", "train"):
        connection.execute(sa.text(f"ALTER TABLE runs RENAME COLUMN {name}_accuracy TO {name}_score"))
    connection.execute(sa.text("ALTER TABLE runs ADD COLUMN task TEXT NOT NULL DEFAULT 'classification'"))


def _compare_averages(connection: sa.Connection) -> None:
    """A report has what the weights reach without averaging, beside what their average reaches."""
    for name in ("loss", "accuracy"):
        connection.execute(sa.text(f"ALTER TABLE reports ADD COLUMN unaveraged_validation_{name} DOUBLE PRECISION"))


def _search(connection: sa.Connection) -> None:
    """There are searches, whose trials are runs."""
    connection.execute(
        sa.text(
            "CREATE TABLE searches (id VARCHAR(32) NOT NULL PRIMARY KEY, created DOUBLE PRECISION NOT NULL, "
            "token_hash VARCHAR(64) NOT NULL, server VARCHAR(200) NOT NULL, "
            "heartbeat DOUBLE PRECISION NOT NULL, status TEXT DEFAULT '' NOT NULL, message TEXT DEFAULT '' NOT NULL, "
            "plan TEXT DEFAULT '' NOT NULL, seconds DOUBLE PRECISION)"
        )
    )
    for name in ("search", "trial"):
        connection.execute(sa.text(f"ALTER TABLE runs ADD COLUMN {name} TEXT NOT NULL DEFAULT ''"))
    connection.execute(sa.text("CREATE INDEX ix_runs_search ON runs (search)"))


def _close_searches(connection: sa.Connection) -> None:
    """A search can be deleted, and its test set opened."""
    for name in ("deleted", "test_opened"):
        connection.execute(sa.text(f"ALTER TABLE searches ADD COLUMN {name} DOUBLE PRECISION"))


def _name_evaluated(connection: sa.Connection) -> None:
    """What the whole training set was evaluated to is called as the setting that asks for it, `evaluate_train`."""
    for name in ("loss", "accuracy"):
        connection.execute(sa.text(f"ALTER TABLE reports RENAME COLUMN full_train_{name} TO evaluated_train_{name}"))


def _count_bytes(connection: sa.Connection) -> None:
    """A run's row has how many bytes its states take, and an index sums them up by browser."""
    connection.execute(sa.text("ALTER TABLE runs ADD COLUMN state_bytes BIGINT NOT NULL DEFAULT 0"))
    of = "COALESCE((SELECT SUM(bytes) FROM {0} WHERE {0}.run_id = runs.id), 0)"
    total = " + ".join(of.format(table) for table in ("snapshots", "latest"))
    connection.execute(sa.text(f"UPDATE runs SET state_bytes = {total}"))
    connection.execute(sa.text("CREATE INDEX ix_runs_use ON runs (token_hash, deleted, state_bytes)"))


# MIGRATIONS[0] turns a store of version 1 into one of version 2, and so on. Each gets a connection in a
# transaction, and uses SQL that both SQLite and PostgreSQL understand.
MIGRATIONS: list[Callable[[sa.Connection], None]] = [
    _drop_updated,
    _name_scores,
    _compare_averages,
    _search,
    _close_searches,
    _name_evaluated,
    _count_bytes,
]

POSTGRES_LOCK = 0x6D6C70  # "mlp": the server that holds this lock makes or migrates the tables

metadata = sa.MetaData()

meta = sa.Table("meta", metadata, sa.Column("schema_version", sa.Integer, nullable=False))


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def _number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double)  # NULL if it was not measured


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
    sa.Column("deleted", sa.Double),  # when; NULL if it is not deleted
    sa.Column("token_hash", sa.String(64), nullable=False),
    sa.Column("parent", sa.String(32), sa.ForeignKey("runs.id", ondelete="SET NULL"), index=True),
    sa.Column("parent_step", sa.BigInteger),
    sa.Column("server", sa.String(200), nullable=False),  # that trains it, or did last
    sa.Column("heartbeat", sa.Double, nullable=False),  # when that server last reported on it
    _words("status"),
    _words("message"),
    _words("config"),  # JSON: the settings it has now
    _words("initial_config"),
    # What a list of runs shows, updated with every batch, so that listing reads one table.
    _words("dataset"),
    _whole("parameters"),
    _whole("seed"),
    _whole("step"),
    _whole("examples"),
    _whole("reports"),
    _number("progress"),
    _number("seconds"),
    _number("samples_per_second"),
    sa.Column("task", sa.Text, nullable=False, server_default=CLASSIFICATION),
    _number("best_validation_score"),
    _number("validation_score"),
    _number("validation_loss"),
    _number("train_score"),
    # Not a foreign key: a run that has to be written again, into a new file, must not wait for its search.
    sa.Column("search", sa.Text, nullable=False, server_default="", index=True),  # of which it is a trial; else empty
    _words("trial"),  # JSON: its number there, and how it ended
    _whole("state_bytes"),  # of its rows in the tables of states
    sa.Index("ix_runs_use", "token_hash", "deleted", "state_bytes"),  # all that summing up by browser reads
)

searches = sa.Table(
    "searches",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("token_hash", sa.String(64), nullable=False),
    sa.Column("server", sa.String(200), nullable=False),  # that runs it, or did last
    sa.Column("heartbeat", sa.Double, nullable=False),  # when that server last reported on it
    _words("status"),
    _words("message"),
    _words("plan"),  # JSON: its ranges, measure and budget
    _number("seconds"),  # that it was running
    sa.Column("deleted", sa.Double),  # when; NULL if it is not deleted
    sa.Column("test_opened", sa.Double),  # when, of a check; NULL if its test set was not opened
)

reports = sa.Table(
    "reports",
    metadata,
    _of_a_run(),
    sa.Column("number", sa.BigInteger, primary_key=True),  # of the report in its run, from 0
    *(_number(name) for name in COLUMNS),
    sqlite_with_rowid=False,  # so that a run's reports are stored together, in order
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
    """The parts of a TrainingState, with the arrays as one blob at the end, where listing need not read it."""
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

# Where to resume: one state per run, overwritten about every second.
latest = sa.Table("latest", metadata, _of_a_run(), _whole("step"), *_state_columns())


def newest_version() -> int:
    return FIRST_VERSION + len(MIGRATIONS)


def present(connection: sa.Connection) -> set[str]:
    """Return the names of the existing tables; in a server's database, which other programs may share, only ours."""
    names = set(sa.inspect(connection).get_table_names())
    return names if connection.dialect.name == "sqlite" else names & set(metadata.tables)


def check(connection: sa.Connection) -> int | None:
    """Return the version of the existing tables, or None if there are none.

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
    """Make the tables, or migrate older ones, in the connection's transaction. Raises StoreError as `check` does."""
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
