"""The store's file: full disks, locks, damage, deletion, and files of other programs."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import copy

import pytest
import sqlalchemy as sa

from mlp.store import Store, StoreError, database, pending, schema, writer
from mlp.training import Checkpoint, Model, Status
from tests.store.training import CONFIG, DIGITS, TOKEN, Training, same, snapshot_steps
from tests.waiting import wait_until


@contextmanager
def full_disk() -> Iterator[Callable[[int | None], None]]:
    """Yield a function that limits how many pages SQLite files may grow by; None lifts the limit."""
    pages: int | None = None

    def limit(connection: sa.Connection) -> None:
        if connection.dialect.name == "sqlite":
            now = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {2**30 if pages is None else now + pages}")

    def let_grow(by: int | None) -> None:
        nonlocal pages
        pages = by

    sa.event.listen(sa.Engine, "begin", limit)
    try:
        yield let_grow
    finally:
        sa.event.remove(sa.Engine, "begin", limit)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The log's messages, none with a traceback: tracebacks are for bugs."""
    assert all(record.exc_info is None for record in caplog.records)
    return [record.getMessage() for record in caplog.records]


def test_a_full_disk_stops_saving_but_not_training_and_loses_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pending, "SNAPSHOT_BYTES_PER_SECOND", 1e12)
    with full_disk() as let_grow, closing(Store(f"sqlite:///{file}")) as store:
        run = Training(replace(CONFIG, hidden=(100,))).begin(store)
        assert store.flush()
        let_grow(2)
        for _ in range(20):
            run.train(7).record()
        assert not store.flush()
        assert "is full" in store.trouble
        assert str(file) in store.trouble
        with pytest.raises(StoreError, match="is full"):
            store.rename(run.id, "no room " * 10)
        assert store.run(run.id).step == 0  # what is on disk can still be read
        run.train(7).record()
        let_grow(None)
        wait_until(lambda: not store.trouble)  # it goes on by itself
        assert store.flush()
        assert same(store.history(run.id), run.history.view())
        assert store.model(run.id).state.same_as(run.state)
        assert snapshot_steps(f"sqlite:///{file}", run.id) == [0, 7, 14, 21, 35, 42, 70, 77, 119, 133]
    assert lines(caplog) == [
        f"Runs aren't being saved. The disk that holds {file} is full. Free some space on it.",
        "Runs are being saved again.",
    ]


def test_a_locked_file_stops_saving_until_it_is_free(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    with closing(Store(f"sqlite:///{file}")) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        run = Training().begin(store)
        assert store.flush()
        other.execute("BEGIN IMMEDIATE")
        run.train(3).record()
        assert not store.flush()
        assert "locked by another program" in store.trouble
        with pytest.raises(StoreError, match="locked"):
            store.delete(run.id)
        other.execute("ROLLBACK")
        wait_until(lambda: not store.trouble)
        assert store.flush()
        assert same(store.history(run.id), run.history.view())
        assert store.run(run.id).deleted is None


def test_a_store_that_cannot_be_opened_says_so_and_saves_once_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.write_text("a file where the folder should be")
    with closing(Store(f"sqlite:///{folder / 'runs.sqlite3'}")) as store:
        assert "Runs aren't being saved" in store.trouble
        assert str(folder) in store.trouble
        run = Training().begin(store).train(3).record()
        assert not store.flush()
        assert store.may_steer(run.id, TOKEN)
        with pytest.raises(StoreError, match="not open"):
            store.runs()
        folder.unlink()
        assert store.flush()
        assert store.trouble == ""
        assert same(store.history(run.id), run.history.view())
        assert store.model_at(run.id, 0).state.step == 0


def filled(file: Path) -> str:
    """Make a store with one run; return the run's id."""
    with closing(Store(f"sqlite:///{file}")) as store:
        run = Training().begin(store)
        for _ in range(200):
            run.train(1)
        run.record(Status.PAUSED)
    return run.id


def sql(file: Path, statement: str, values: Sequence[str] = ()) -> None:
    """Change a store's file behind its back."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement, values)
        connection.commit()


def overwrite_the_middle(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 64] = bytes(range(64))
    file.write_bytes(content)


@pytest.mark.parametrize(
    "damage_file",
    [
        lambda file: file.write_bytes(b"This is a letter to my aunt, and no database. " * 100),
        lambda file: file.write_bytes(file.read_bytes()[:5000]),
        overwrite_the_middle,
    ],
    ids=["no database", "cut off", "overwritten"],
)
def test_a_damaged_file_is_set_aside_untouched_and_named(file: Path, damage_file: Callable[[Path], object]) -> None:
    filled(file)
    damage_file(file)
    Path(f"{file}-wal").write_bytes(b"")
    content = file.read_bytes()
    with closing(Store(f"sqlite:///{file}")) as store:
        assert store.runs() == []
        (aside,) = file.parent.glob("runs.sqlite3.damaged-*[0-9]")  # and beside it its -wal
        assert str(aside) in store.notice
        assert aside.read_bytes() == content
        assert Path(f"{aside}-wal").exists()
        run_id = Training().begin(store).id
        assert store.flush()
        assert store.run(run_id).id == run_id


def test_a_second_damaged_file_does_not_replace_the_first(file: Path) -> None:
    contents = {b"no database" * 100, b"nor is this" * 100}
    for content in contents:
        file.write_bytes(content)
        with closing(Store(f"sqlite:///{file}")) as store:
            assert store.notice
        for path in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
            path.unlink(missing_ok=True)
    assert {path.read_bytes() for path in file.parent.glob("*.damaged-*")} == contents


def of_another_program(file: Path) -> None:
    for table in ("recipes", "meta"):
        sql(file, f"CREATE TABLE {table} (name TEXT)")


def of_a_newer_program(file: Path) -> None:
    filled(file)
    sql(file, f"UPDATE meta SET schema_version = {schema.newest_version() + 1}")


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize(
    ("make", "complaint"),
    [(of_another_program, "tables of another program"), (of_a_newer_program, "newer version of this program")],
)
def test_a_file_that_is_not_ours_is_refused_and_not_changed_by_a_byte(
    file: Path, make: Callable[[Path], None], complaint: str, journal: str
) -> None:
    make(file)
    sql(file, f"PRAGMA journal_mode = {journal}")
    before = file.read_bytes()
    with pytest.raises(StoreError, match=complaint):
        Store(f"sqlite:///{file}")
    assert file.read_bytes() == before


@pytest.mark.parametrize("wal", [False, True])
def test_an_empty_file_is_replaced_and_the_notice_says_so(file: Path, wal: bool) -> None:
    file.touch()
    if wal:  # with what was written last still in it
        Path(f"{file}-wal").write_bytes(b"not empty")
    with closing(Store(f"sqlite:///{file}")) as store:
        assert "earlier runs are not in the list" in store.notice
        assert ("empty, so it was replaced" in store.notice) is not wal
        assert store.trouble == ""
        assert store.runs() == []
    assert bool(list(file.parent.glob("*.damaged-*-wal"))) is wal


def clobber(file: Path, table: str) -> None:
    """Make a table's first page unreadable, without changing anything else."""
    with closing(sqlite3.connect(file)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * 64)


@pytest.mark.parametrize("table", ["snapshots", "latest"])
def test_a_file_that_opens_but_takes_no_writes_is_set_aside_and_runs_in_memory_are_saved_again(
    file: Path, table: str, caplog: pytest.LogCaptureFixture
) -> None:
    filled(file)
    clobber(file, table)
    with closing(Store(f"sqlite:///{file}")) as store:
        assert len(store.runs()) == 1
        run = Training().begin(store, name="Ada").train(3).record()
        wait_until(lambda: store.notice == store.trouble != "")  # the page that shows the training says so, too
        run.train(3).save()
        (found,) = store.runs()
        assert (found.id, found.name, found.step) == (run.id, "Ada", 6)
        assert same(store.history(run.id), run.history.view())
        assert store.model(run.id).state.same_as(run.state)
        (aside,) = file.parent.glob("*.damaged-*[0-9]")
        assert str(aside) in store.notice
    assert len([line for line in lines(caplog) if "is damaged" in line]) == 1


def deleted(file: Path) -> None:
    for path in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        path.unlink(missing_ok=True)


def replaced(file: Path) -> None:
    """Put an earlier copy in the file's place, as restoring a backup does."""
    deleted(file)
    file.with_suffix(".backup").rename(file)


@pytest.mark.parametrize("lose", [deleted, replaced])
def test_a_store_deleted_or_replaced_while_it_is_used_is_written_again_from_memory(
    file: Path, lose: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    parent, fork, unsaved = Training(), Training(), Training()
    with closing(Store(f"sqlite:///{file}")) as store:
        parent.begin(store, name="Ada")
        parent.train(9).save()
        sql(file, "PRAGMA wal_checkpoint")
        copy(file, file.with_suffix(".backup"))
        parent.change("a → b").train(9).record(Status.PAUSED)
        store.rename(parent.id, "Grace")
        store.tag(parent.id, ["9b"])
        fork.begin(store, parent=(parent.id, 0))
        fork.train(2).save()

        lose(file)
        with pytest.raises(StoreError, match="deleted or replaced"):
            store.runs()
        unsaved.begin(store)
        fork.train(2).record()
        wait_until(lambda: store.notice != "")
        assert lose.__name__ in store.notice
        assert "while the program was running" in store.notice
        assert store.trouble == store.notice  # the page that shows the training says so, too
        assert store.flush()
        for path in file.parent.glob("runs.sqlite3*"):
            assert path.stat().st_size
        with closing(Store(f"sqlite:///{file}")) as other:
            assert {run.id for run in other.runs()} == {parent.id, fork.id, unsaved.id}
            found = other.run(parent.id)
            assert (found.name, found.tags, found.status, found.step) == ("Grace", ("9b",), "paused", 18)
            assert other.run(fork.id).parent == parent.id
            assert [change.description for change in other.load(parent.id).changes] == ["a → b"]
            for run in (parent, fork, unsaved):
                assert same(other.history(run.id), run.history.view())
                assert other.model(run.id).state.same_as(run.state)
                assert other.may_steer(run.id, TOKEN)
                assert run.state.step in snapshot_steps(f"sqlite:///{file}", run.id)
                assert store.resume(run.id).state.same_as(run.state)
    assert len(lines(caplog)) == 1


def test_a_fork_whose_parent_went_with_the_store_has_all_of_its_curve(file: Path) -> None:
    with closing(Store(f"sqlite:///{file}")) as store:
        run = Training().begin(store).train(9)
        run.change("a → b").save(Status.PAUSED)
        parent, began = run.id, run.config
        run.config = replace(CONFIG, learning_rate=0.01)
        begun = Checkpoint(Model(run.config, DIGITS, run.state), history=run.history.view(), changes=(*run.changes,))
        run.id = store.begin(begun, TOKEN, parent=(parent, 9))
        run.change("forked").train(9).save(started_with=began)
        store.release(parent)
        assert store.flush()
        deleted(file)
        wait_until(lambda: store.notice != "")
        run.train(9).save(started_with=began)
        assert same(store.history(run.id), run.history.view())
        found, record = store.load(run.id), store.run(run.id)
        assert (found.changes, found.started_with) == (tuple(run.changes), began)
        assert (record.parent, record.parent_step, record.reports) == (None, None, 3)
        assert all(store.model_at(run.id, step) for step in store.kept_steps(run.id))


def test_a_fork_stays_one_in_a_new_file_although_the_clock_went_back(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(f"sqlite:///{file}")) as store:
        parent = Training().begin(store).train(9).save()
        begun = replace(store.load(parent.id), kept=store.kept_steps(parent.id))
        monkeypatch.setattr("mlp.store.store.time", lambda: 1.0)
        fork = store.begin(begun, TOKEN, parent=(parent.id, 9))
        assert store.flush()
        assert store.run(fork).created == store.run(parent.id).created
        parent.train(9).save()
        deleted(file)
        wait_until(lambda: store.notice != "")
        assert store.flush()
        assert store.run(fork).parent == parent.id
        assert all(store.model_at(fork, step) for step in store.kept_steps(fork)), "the parent's first steps are gone"


def test_a_deleted_store_is_noticed_even_if_nothing_trains(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "HEARTBEAT_SECONDS", 0.05)
    with closing(Store(f"sqlite:///{file}")) as store:
        run = Training().begin(store).train(3).save(Status.PAUSED)
        deleted(file)
        wait_until(lambda: store.notice != "")
        assert store.flush()
        assert [found.id for found in store.runs()] == [run.id]


@pytest.mark.parametrize(
    "damage_row",
    [
        "name = CAST(x'416461ff' AS TEXT)",
        "message = CAST(x'ff' AS TEXT)",
        "config = CAST(x'ff' AS TEXT)",
        "notes = x'00'",
        "tags = 'no JSON'",
        "tags = 'null'",
        "tags = '[1]'",
        "created = 'yesterday'",
        "seed = 'one'",
    ],
)
def test_a_run_that_cannot_be_read_is_left_out_and_named(
    file: Path, damage_row: str, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Store(f"sqlite:///{file}")) as store:
        kept, spoiled = (Training().begin(store).id for _ in range(2))
        assert store.flush()
        sql(file, f"UPDATE runs SET {damage_row} WHERE id = ?", [spoiled])
        for _ in range(2):
            assert [found.id for found in store.runs()] == [kept]
        (line,) = lines(caplog)
        assert line == store.notice
        assert line.startswith(f"Run '{spoiled}' can't be read: its {damage_row.split()[0]}")
        store.notice.encode()
        for ask in (store.run, store.history, store.resume, store.load):
            with pytest.raises(StoreError, match=f"Run '{spoiled}' can't be read"):
                ask(spoiled)
        assert store.history(kept) is not None
        store.release(spoiled)
        assert store.flush()
        assert store.may_steer(spoiled, TOKEN)
        sql(file, "DELETE FROM runs WHERE id = ?", [spoiled])
        assert len(store.runs()) == 1
        assert store.notice == ""


def test_a_token_that_is_not_utf_8_gives_nobody_control(file: Path) -> None:
    run_id = filled(file)
    sql(file, "UPDATE runs SET token_hash = CAST(x'ff' AS TEXT)")
    with closing(Store(f"sqlite:///{file}")) as store:
        assert not store.may_steer(run_id, TOKEN)


def test_a_change_that_is_not_utf_8_is_an_error_of_its_run_alone(file: Path) -> None:
    with closing(Store(f"sqlite:///{file}")) as store:
        other, run = Training().begin(store), Training().begin(store)
        run.train(2).change("a → b").save()
        sql(file, "UPDATE changes SET description = CAST(x'ff' AS TEXT)")
        with pytest.raises(StoreError, match=f"change of run '{run.id}' can't be read: its description is not UTF-8"):
            store.load(run.id)
        assert store.load(other.id).changes == ()
        assert len(store.runs()) == 2
