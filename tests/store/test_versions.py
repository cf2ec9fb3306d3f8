"""A store's tables have versions: older ones are migrated, newer and foreign ones refused."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from mlp.datasets import CLASSIFICATION
from mlp.store import Store, StoreError, room, schema
from tests.store.training import Open, Training, behind, trained


def test_a_store_of_a_newer_program_is_refused_and_left_alone(url: str, open_store: Open) -> None:
    open_store().close()
    with behind(url) as connection:
        connection.execute(schema.meta.update().values(schema_version=99))
    known = schema.newest_version()
    with pytest.raises(
        StoreError, match=rf"newer version of this program \(schema 99, this one knows {known}\)\. Update"
    ):
        open_store()
    with behind(url) as connection:
        assert connection.scalar(sa.select(schema.meta.c.schema_version)) == 99


def write_version_1(url: str) -> None:
    """Make a store that the program wrote at version 1: a run whose learning rate was changed, its fork, a deleted run.

    It was written to SQLite; in PostgreSQL, it has the same tables and rows.
    """
    database = sa.make_url(url).database if url.startswith("sqlite") else None
    with closing(sqlite3.connect(database or ":memory:")) as old:
        old.executescript((Path(__file__).parent / "version_1.sql").read_text())
        if database is None:
            copy(old, url)


def copy(old: sqlite3.Connection, url: str) -> None:
    """Make the tables and rows of an SQLite database in another one."""
    tables = sa.MetaData()
    with sa.create_engine("sqlite://", creator=lambda: old).connect() as source, behind(url) as target:
        tables.reflect(source)
        for table in tables.sorted_tables:
            for column in table.columns:
                column.type = column.type.as_generic()
        tables.create_all(target)
        for table in tables.sorted_tables:
            rows = list(map(dict, source.execute(table.select()).mappings()))
            rows.sort(key=lambda row: bool(row.get("parent")))  # a fork comes after its parent
            target.execute(table.insert(), rows)


@pytest.mark.parametrize("version", range(schema.FIRST_VERSION, schema.newest_version()))
def test_a_store_of_an_older_version_is_migrated_and_has_everything(
    url: str, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "DELETED_SECONDS", inf)  # one of its runs was deleted long ago
    write_version_1(url)
    measured = sa.text("UPDATE reports SET full_train_loss = 0.25, full_train_accuracy = 0.75 WHERE number = 2")
    with monkeypatch.context() as patch, behind(url) as connection:
        connection.execute(measured)
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[: version - schema.FIRST_VERSION])
        schema.prepare(connection)
        assert connection.scalar(sa.select(schema.meta.c.schema_version)) == version
    run_id, fork_id = "q88zudcb7u", "h788fbn76h"
    for _ in range(2):  # the second time there is nothing to do: a column can't be dropped twice
        with closing(Store(url)) as store:
            assert (store.notice, store.trouble) == ("", "")
            fork, run = store.runs()
            assert (fork.id, fork.parent, fork.parent_step) == (fork_id, run_id, 38)
            assert (run.id, run.name, run.tags, run.notes) == (run_id, "Ada", ("class 9b",), "Learns well.")
            assert (run.status, run.step, run.validation_score) == ("finished", 114, 0.2)
            assert run.task == CLASSIFICATION
            whole = store.load(run_id)
            assert [change.description for change in whole.changes] == ["learning rate 0.05 → 0.01"]
            assert whole.kept == (0, 1, 2, 4, 8, 16, 32, 38, 64, 114)
            # Nearly equal, since another machine made it.
            first = trained(replace(whole.config, learning_rate=0.05), Training(whole.config).state, 38)
            np.testing.assert_allclose(store.model_at(run_id, 38).state.parameters, first.parameters, rtol=1e-3)
            np.testing.assert_allclose(whole.state.parameters, trained(whole.config, first, 114).parameters, rtol=1e-3)
            assert store.history(fork_id)["step"].tolist() == [0, 1, 2, 4, 8, 16, 32, 38, 39]
            assert np.isnan(store.history(fork_id)["unaveraged_validation_loss"]).all()
            for name, value in (("loss", 0.25), ("accuracy", 0.75)):
                assert store.history(run_id)[f"evaluated_train_{name}"][2] == value
            assert store.latest_run("token of a run") == run_id
            assert store.resume(fork_id).kept == (0, 1, 2, 4, 8, 16, 32, 38)
            assert store.run("z3gy39jsdu").deleted
            store.delete(Training().begin(store).id)  # it is as good as a new one
        with behind(url) as connection:
            for run, size in connection.execute(sa.select(schema.runs.c.id, schema.runs.c.state_bytes)).all():
                assert size == sum(
                    connection.scalar(sa.select(sa.func.sum(table.c.bytes)).where(table.c.run_id == run)) or 0
                    for table in (schema.snapshots, schema.latest)
                )
    with behind(url) as connection:
        assert connection.scalar(sa.select(schema.meta.c.schema_version)) == schema.newest_version()


def fail(connection: sa.Connection) -> None:
    raise ZeroDivisionError


def test_a_migration_that_fails_leaves_everything_as_it_was(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_version_1(url)
    before = content(url)
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, fail])
    with pytest.raises(ZeroDivisionError):
        Store(url)
    assert content(url) == before


def content(url: str) -> dict[str, list[dict[str, object]]]:
    """Return all rows of all tables, with the names of their columns."""
    with behind(url) as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        return {
            table.name: sorted(map(dict, connection.execute(table.select()).mappings()), key=repr)
            for table in tables.sorted_tables
        }


def test_a_migrated_store_has_the_tables_of_a_new_one(url: str) -> None:
    """Fails if a table or a history's columns were changed: existing stores then need a migration."""
    write_version_1(url)
    Store(url).close()
    with behind(url) as connection:
        found = sa.inspect(connection)
        columns = {table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()}
    assert columns == {name: {column.name for column in table.c} for name, table in schema.metadata.tables.items()}


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("my secret", "not a SQLAlchemy URL"),
        ("oracle9000://me:secret@host/runs", "not a SQLAlchemy URL"),
        ("mysql+pymysql://me:secret@host/runs", "driver that is not installed"),
        ("sqlite://", "keeps nothing"),
        ("sqlite:///:memory:", "keeps nothing"),
    ],
)
def test_an_address_that_cannot_be_is_refused_without_repeating_it(url: str, complaint: str) -> None:
    with pytest.raises(StoreError, match=complaint) as caught:
        Store(url)
    assert "secret" not in str(caught.value)


def test_the_environment_names_the_store(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_STORE", f"sqlite:///{file}")
    with closing(Store()):
        assert file.exists()
