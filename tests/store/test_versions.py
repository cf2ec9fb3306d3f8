"""A store's tables have versions: older ones are migrated, newer and foreign ones refused."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from mlp.datasets import CLASSIFICATION
from mlp.store import Store, StoreError, schema
from tests.store.training import Open, Training, behind, trained


def test_a_store_of_a_newer_program_is_refused_and_left_alone(url: str, open_store: Open) -> None:
    open_store().close()
    with behind(url) as connection:
        connection.execute(schema.meta.update().values(schema_version=7))
    with pytest.raises(StoreError, match=r"newer version of this program \(schema 7, this one knows 3\)\. Update"):
        open_store()
    with behind(url) as connection:
        assert connection.scalar(sa.select(schema.meta.c.schema_version)) == 7


def test_a_store_of_the_first_version_is_migrated_and_has_everything(file: Path) -> None:
    """A file that the program wrote at version 1: a run whose learning rate was changed, its fork, a deleted run."""
    with closing(sqlite3.connect(file)) as old:
        old.executescript((Path(__file__).parent / "version_1.sql").read_text())
    run_id, fork_id = "q88zudcb7u", "h788fbn76h"
    for _ in range(2):  # the second time there is nothing to do: a column can't be dropped twice
        with closing(Store(f"sqlite:///{file}")) as store:
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
            assert store.latest_run("token of a run") == run_id
            assert store.resume(fork_id).kept == (0, 1, 2, 4, 8, 16, 32, 38)
            assert "is deleted" in refusal(partial(store.resume, "z3gy39jsdu"))
            store.delete(Training().begin(store).id)  # it is as good as a new one
    with closing(sqlite3.connect(file)) as new:
        assert new.execute("SELECT schema_version FROM meta").fetchall() == [(schema.newest_version(),)]


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as caught:
        ask()
    return str(caught.value)


def fail(connection: sa.Connection) -> None:
    raise ZeroDivisionError


def test_a_migration_that_fails_leaves_everything_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(file)) as old:
        old.executescript((Path(__file__).parent / "version_1.sql").read_text())
        before = list(old.iterdump())
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, fail])
    with pytest.raises(ZeroDivisionError):
        Store(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as old:
        assert list(old.iterdump()) == before


def test_a_migrated_store_has_the_tables_of_a_new_one(file: Path) -> None:
    """Fails if a table or a history's columns were changed: existing stores then need a migration."""
    with closing(sqlite3.connect(file)) as old:
        old.executescript((Path(__file__).parent / "version_1.sql").read_text())
    Store(f"sqlite:///{file}").close()
    with behind(f"sqlite:///{file}") as connection:
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
