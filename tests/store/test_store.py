"""The store keeps runs through whatever happens to the server, the disk or the file."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.network.optimizers import OPTIMIZERS
from mlp.store import (
    SNAPSHOT_BYTES,
    Store,
    StoreError,
    batches,
    database,
    new_token,
    records,
    schema,
    texts,
    writer,
)
from mlp.store.servers import has_vanished, new_server
from mlp.store.snapshots import Moment, Sized, thin, wants_snapshot
from mlp.training import Evaluation, TrainingState, advance, initial_state, report_untrained
from mlp.training.history import COLUMNS, Change, History, HistoryView
from tests.store.postgres import postgres, programs
from tests.waiting import wait_until

CONFIG = RunConfig(dataset="digits", hidden=(5,), learning_rate=0.1, epochs=50)
DIGITS = load_dataset("digits")
ENDLESS = replace(CONFIG, epochs=10_000)
STEPS_AN_EPOCH = CONFIG.steps_per_epoch
ROOT = Path(__file__).resolve().parents[2]
TOKEN = new_token()
KINDS = ["sqlite", *(["postgresql"] if programs() else [])]

Open = Callable[[], Store]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL database, if its programs are installed."""
    with postgres() as address:
        yield address


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.sqlite3'}"
    address: str = request.getfixturevalue("server")
    with behind(address) as connection:
        schema.metadata.drop_all(connection)
    return address


@pytest.fixture
def open_store(url: str) -> Iterator[Open]:
    """Opens the one store for another server each time; all are closed in the end."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(Store(url)))


@pytest.fixture
def store(open_store: Open) -> Store:
    return open_store()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where an SQLite store may be made, for what only a file can suffer."""
    return tmp_path / "runs.sqlite3"


@contextmanager
def behind(url: str) -> Iterator[sa.Connection]:
    """Change the database behind the store's back."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


class Training:
    """A run in training, as an engine has it."""

    def __init__(self, config: RunConfig = CONFIG) -> None:
        self.config, self.state, self.history = config, initial_state(config, DIGITS), History()

    def train(self, steps: int, validation: Evaluation | None = None) -> "Training":
        self.state, report = advance(self.config, DIGITS, self.state, steps)
        self.history.append(replace(report, validation=validation))
        return self

    def begin(self, store: Store, **options: Any) -> str:
        return store.begin(self.config, self.state, TOKEN, **options)

    def record(self, store: Store, run_id: str, status: str = "running", **said: Any) -> None:
        store.record(run_id, status=status, config=self.config, history=self.history.view(), state=self.state, **said)


def same(mine: HistoryView, theirs: HistoryView) -> bool:
    return np.array_equal(mine.table, theirs.table, equal_nan=True)


def trained(config: RunConfig, state: TrainingState, to_step: int) -> TrainingState:
    return advance(config, DIGITS, state, to_step - state.step)[0] if to_step > state.step else state


# What goes in comes out.


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("steps", [1, STEPS_AN_EPOCH, STEPS_AN_EPOCH + 7])
def test_a_state_comes_back_to_the_last_bit_and_trains_on_the_same(store: Store, optimizer: str, steps: int) -> None:
    run = Training(replace(CONFIG, optimizer=optimizer, dropout=0.2, learning_rate=0.01))
    run_id = run.begin(store)
    run.train(steps).record(store, run_id)
    assert store.flush()
    back = store.latest_state(run_id)
    assert back.same_as(run.state)
    assert trained(run.config, back, steps + 50).same_as(trained(run.config, run.state, steps + 50))


def test_a_history_comes_back_to_the_last_bit_however_it_was_cut_into_batches(store: Store) -> None:
    run = Training()
    run_id = run.begin(store)
    for count in range(12):
        run.train(3, Evaluation(0.1 * count, 1 / 3) if count % 3 == 0 else None).record(store, run_id)
        if count % 4 == 0:
            assert store.flush()
            assert same(store.history(run_id), run.history.view())
    run.history.append(replace(advance(CONFIG, DIGITS, run.state, 1)[1], update_ratios=(np.inf,)))
    run.record(store, run_id)
    assert store.flush()
    assert same(store.history(run_id), run.history.view())
    assert not store.history(run_id).table.flags.writeable


def test_what_is_recorded_is_on_disk_soon_without_being_asked_for(store: Store) -> None:
    run = Training()
    run_id = run.begin(store)
    run.train(2).record(store, run_id)
    wait_until(lambda: [record.reports for record in store.runs()] == [1])


def test_a_run_is_listed_with_its_settings_and_results(store: Store) -> None:
    run = Training()
    run_id = run.begin(store, name="  my\n run ")
    for accuracy in (0.5, 0.75, 0.625):
        run.train(5, Evaluation(accuracy, 2.0 - accuracy))
    run.train(5).record(store, run_id, "paused", message="Why.", samples_per_second=1234.5)
    run.record(store, run_id, "paused", message="Why.")  # paused, so without a speed
    assert store.flush()
    (found,) = store.runs()
    assert found == store.run(run_id)
    assert (found.id, found.name, found.status, found.message) == (run_id, "my run", "paused", "Why.")
    assert found.config == found.initial_config == CONFIG
    assert (found.dataset, found.seed, found.parameters) == ("digits", CONFIG.seed, CONFIG.parameters)
    assert (found.step, found.examples, found.reports) == (20, 640, 4)
    assert (found.best_validation_accuracy, found.validation_accuracy, found.validation_loss) == (0.75, 0.625, 1.375)
    assert found.train_accuracy == run.history.view().last("train_accuracy")
    assert found.seconds == run.history.view().last("seconds")
    assert found.progress == pytest.approx(640 / 1197)
    assert found.samples_per_second == 1234.5
    assert (found.parent, found.parent_step, found.deleted) == (None, None, None)


def test_a_run_that_has_not_trained_has_no_numbers_rather_than_zeros(store: Store) -> None:
    run_id = Training().begin(store)
    assert store.flush()
    found = store.run(run_id)
    assert np.isnan([found.seconds, found.best_validation_accuracy, found.train_accuracy]).all()
    assert len(store.history(run_id)) == 0


def test_changes_come_back_with_the_settings_that_each_began(store: Store) -> None:
    run = Training()
    run_id = run.begin(store)
    changed = [replace(CONFIG, learning_rate=0.01), replace(CONFIG, learning_rate=0.01, optimizer="adam")]
    changes: list[Change] = []
    for config in changed:
        run.train(10)
        changes.append(Change(run.state.step, 10 * len(changes), 320, 1.5, "why → what", config.to_json()))
        run.config = config
        store.change(run_id, changes[-1])
        run.record(store, run_id)
        assert store.flush()
    assert store.changes(run_id) == changes
    assert store.run(run_id).config == changed[1]
    assert store.run(run_id).initial_config == CONFIG
    expected = {0: CONFIG, 9: CONFIG, 10: changed[0], 19: changed[0], 20: changed[1], 99: changed[1]}
    assert {step: store.config_at(run_id, step) for step in expected} == expected


# Which states are kept.


def snapshots_of(steps: list[int], steps_an_epoch: int) -> list[int]:
    """The steps that are kept of a run whose states come back at these."""
    kept: list[int] = []
    last = None
    for step in steps:
        now = Moment(step, step // steps_an_epoch)
        if wants_snapshot(now, last):
            kept.append(step)
            last = now
    return kept


def test_kept_are_the_first_steps_in_powers_of_two_then_each_epochs_end() -> None:
    assert snapshots_of(list(range(101)), 20) == [0, 1, 2, 4, 8, 16, 20, 32, 40, 60, 64, 80, 100]


def test_when_states_come_rarely_the_first_after_each_mark_is_kept() -> None:
    assert snapshots_of([0, 8, 15, 30, 45, 60, 75, 90], 20) == [0, 8, 30, 45, 60, 75, 90]


def test_in_a_hurry_only_powers_of_two_are_kept() -> None:
    assert not wants_snapshot(Moment(60, 3), Moment(40, 2), hurried=True)
    assert wants_snapshot(Moment(64, 3), Moment(40, 2), hurried=True)


def is_mark(steps: list[int], index: int) -> bool:
    return index == 0 or steps[index].bit_length() > steps[index - 1].bit_length()


@given(
    steps=st.lists(st.integers(0, 5000), min_size=1, max_size=60, unique=True).map(sorted),
    size=st.integers(1, 100),
    limit=st.integers(1, 3000),
    most=st.integers(1, 60),
)
def test_thinned_snapshots_fit_and_keep_the_ends_and_the_marks_if_possible(
    steps: list[int], size: int, limit: int, most: int
) -> None:
    dropped = thin([Sized(step, size) for step in steps], limit, most)
    assert len(set(dropped)) == len(dropped)
    kept = [step for step in steps if step not in dropped]
    room = max(min(limit // size, most), 1)
    assert len(kept) == min(len(steps), room)  # it fits, and not one more than needed is gone
    assert kept[-1] == steps[-1]
    if room > 1:
        assert kept[0] == steps[0]
    marks = [step for index, step in enumerate(steps) if is_mark(steps, index) or step == steps[-1]]
    if len(marks) <= room:
        assert set(marks) <= set(kept)


@given(count=st.integers(100, 1000), room=st.integers(30, 60))
def test_a_run_thinned_as_it_grows_has_even_gaps(count: int, room: int) -> None:
    kept: list[Sized] = []
    for step in range(1024, 1024 + count):  # no powers of two before 2048
        kept.append(Sized(step, 1))
        dropped = thin(kept, limit=room, most=10**9)
        kept = [snapshot for snapshot in kept if snapshot.step not in dropped]
    gaps = np.diff([snapshot.step for snapshot in kept])
    assert gaps.max() <= 2.5 * count / room


def test_a_runs_snapshots_stay_within_their_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Training()
    size = run.state.parameters.nbytes + 200
    monkeypatch.setattr(writer, "SNAPSHOT_BYTES_PER_SECOND", 1e12)
    monkeypatch.setattr(batches, "thin", partial(thin, limit=15 * size))
    run_id = run.begin(store)
    while run.state.epoch < 25:
        run.train(19).record(store, run_id)
        if run.state.epoch % 5 == 0:
            assert store.flush()
    assert store.flush()
    kept = store.snapshots(run_id)
    assert len(kept) == 15
    assert sum(snapshot.bytes for snapshot in kept) <= 15 * size
    assert [snapshot.step for snapshot in kept[:5]] == [0, 19, 38, 76, 133]
    assert kept[-1].step == run.state.step
    assert kept[-1].progress == pytest.approx(run.history.view().last("progress"))
    for snapshot in kept:
        assert store.state(run_id, snapshot.step).same_as(trained(CONFIG, initial_state(CONFIG, DIGITS), snapshot.step))


def test_the_state_at_a_step_is_the_last_one_kept_before_it(store: Store) -> None:
    run = Training()
    run_id = run.begin(store)
    for _ in range(5):
        run.train(5).record(store, run_id)
    assert store.flush()
    assert [snapshot.step for snapshot in store.snapshots(run_id)] == [0, 5, 10, 20]
    assert [store.state(run_id, step).step for step in (0, 4, 5, 19, 24, 25, 999)] == [0, 0, 5, 10, 20, 25, 25]
    with pytest.raises(StoreError, match="no snapshot at or before step -1"):
        store.state(run_id, -1)


def test_nothing_but_old_snapshots_is_given_up_while_saving_fails_for_long(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    run = Training()
    monkeypatch.setattr(writer, "PENDING_BYTES", 3 * run.state.parameters.nbytes)
    with closing(Store(f"sqlite:///{file}")) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        run_id = run.begin(store)
        assert store.flush()
        other.execute("BEGIN IMMEDIATE")
        for _ in range(8):
            run.train(run.state.step or 1).record(store, run_id)
        assert not store.flush()
        other.execute("COMMIT")
        assert store.flush()
        assert [snapshot.step for snapshot in store.snapshots(run_id)] == [0, 32, 64, 128]
        assert same(store.history(run_id), run.history.view())
        assert store.latest_state(run_id).same_as(run.state)


# What was stored is checked before it is used.


def damage(url: str, values: dict[str, Any]) -> None:
    with behind(url) as connection:
        connection.execute(schema.latest.update().values(values))


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("blob", lambda blob: blob[:-4], "bytes instead of"),
        ("blob", lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]), "checksum"),
        ("optimizer", lambda _: "adam", "can't be a network of"),
        ("optimizer", lambda _: "magic", "'magic' is unknown"),
        ("position", lambda _: 1197, "position"),
        ("epoch", lambda _: -1, "epoch"),
    ],
)
def test_a_damaged_state_is_refused(
    store: Store, url: str, column: str, value: Callable[[Any], Any], complaint: str
) -> None:
    run = Training()
    run_id = run.begin(store)
    run.train(3).record(store, run_id)
    assert store.flush()
    with behind(url) as connection:
        before = connection.scalar(sa.select(schema.latest.c[column]))
    damage(url, {column: value(before)})
    for load in (store.latest_state, store.resume):
        with pytest.raises(StoreError, match=complaint):
            load(run_id)
    damage(url, {column: before})
    assert store.latest_state(run_id).same_as(run.state)


def test_a_state_of_another_network_is_refused_though_it_is_whole(store: Store, url: str) -> None:
    run, other = Training(), Training(replace(CONFIG, hidden=(6,)))
    run_id, other_id = run.begin(store), other.begin(store)
    assert store.flush()
    with behind(url) as connection:
        config = connection.scalar(sa.select(schema.runs.c.config).where(schema.runs.c.id == other_id))
        connection.execute(schema.runs.update().where(schema.runs.c.id == run_id).values(config=config))
    with pytest.raises(StoreError, match="can't be a network of"):
        store.latest_state(run_id)


def test_settings_that_this_program_does_not_know_spoil_no_list(store: Store, url: str) -> None:
    run_id = Training().begin(store)
    assert store.flush()
    with behind(url) as connection:
        connection.execute(schema.runs.update().values(config='{"wings": 2}'))
    (run,) = store.runs()
    assert run.id == run_id
    with pytest.raises(StoreError, match="no field 'wings'"):
        _ = run.config


# Nothing is lost.

KILLED = """
from mlp.store import Store
from tests.store.test_store import ENDLESS, Training
import itertools, sys
store = Store(sys.argv[1])
runs = [Training(ENDLESS), Training(ENDLESS)]
ids = [run.begin(store) for run in runs]
for count in itertools.count(1):
    for run, run_id in zip(runs, ids):
        run.train(7).record(store, run_id)
    if count == 10:
        assert store.flush()
        print(*ids, flush=True)
"""


def test_after_a_kill_all_runs_are_there_and_go_on_to_the_same_bits(url: str, open_store: Open) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, url], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout
        ids = process.stdout.readline().split()
        store = open_store()
        wait_until(lambda: all(store.run(run_id).reports > 10 for run_id in ids))
        assert all(store.is_trained_elsewhere(run_id) for run_id in ids)
        with pytest.raises(StoreError, match="another server"):
            store.resume(ids[0])
        process.send_signal(signal.SIGKILL)
    assert sorted(run.id for run in store.runs()) == sorted(ids)
    for run_id in ids:
        run = store.run(run_id)
        assert (run.status, run.message) == ("paused", records.STOPPED)
        history = store.history(run_id)
        assert run.reports == len(history) > 10
        assert history["step"].tolist() == list(range(7, 7 * run.reports + 1, 7))
        resumed = store.resume(run_id)
        assert 70 <= resumed.state.step <= run.step
        assert resumed.history["step"][-1] == resumed.state.step
        # It equals an undisturbed run, and stays equal as both train.
        undisturbed = trained(ENDLESS, initial_state(ENDLESS, DIGITS), resumed.state.step)
        assert resumed.state.same_as(undisturbed)
        end = resumed.state.step + 50
        assert trained(resumed.run.config, resumed.state, end).same_as(trained(ENDLESS, undisturbed, end))


def test_resume_drops_what_came_after_the_saved_state(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LATEST_SECONDS", 1e9)
    run = Training()
    run_id = run.begin(store)
    run.train(4).record(store, run_id)
    assert store.flush()
    saved, reports = run.state, run.history.view()
    run.train(3).train(2, Evaluation(0.9, 0.1)).record(store, run_id)
    store.rename(run_id, "written with the reports, but without the state")
    assert (store.run(run_id).step, len(store.history(run_id))) == (9, 3)
    assert [snapshot.step for snapshot in store.snapshots(run_id)] == [0, 4, 9]
    assert store.latest_state(run_id).same_as(saved)

    monkeypatch.setattr(Store, "flush", lambda _: True)  # as after a kill: what waits never comes
    resumed = store.resume(run_id)
    assert resumed.state.same_as(saved)
    assert same(resumed.history, reports)
    assert same(store.history(run_id), reports)
    assert [snapshot.step for snapshot in store.snapshots(run_id)] == [0, 4]
    assert (resumed.run.step, resumed.run.reports, resumed.run.status) == (4, 1, "paused")
    assert np.isnan(resumed.run.best_validation_accuracy)


def test_the_report_before_the_first_step_is_never_stored_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training makes it whenever it begins at step 0: in a run that was killed early, and in a fork from step 0."""
    monkeypatch.setattr(writer, "LATEST_SECONDS", 1e9)
    run, fork = Training(), Training()
    run_id = run.begin(store)
    fork_id = fork.begin(store, parent=(run_id, 0))
    assert store.flush()
    for training, its_id in ((run, run_id), (fork, fork_id)):
        training.history.append(report_untrained(CONFIG, DIGITS, training.state))
        training.train(3).record(store, its_id)
    store.rename(run_id, "written with the reports, but without the state")
    assert store.history(fork_id, whole=True)["step"].tolist() == [0, 3]
    monkeypatch.setattr(Store, "flush", lambda _: True)  # as after a kill: what waits never comes
    assert len(store.history(run_id)) == 2
    assert len(store.resume(run_id).history) == 0


def test_a_resumed_run_is_recorded_as_if_it_had_never_stopped(open_store: Open) -> None:
    run = Training()
    first = open_store()
    run_id = run.begin(first)
    run.train(9, Evaluation(0.5, 1.0)).record(first, run_id)
    first.change(run_id, Change(9, 0.2, 288, 0.1, "a → b", CONFIG.to_json()))
    run.record(first, run_id, "paused")
    first.close()

    store = open_store()
    resumed = store.resume(run_id)
    assert same(resumed.history, run.history.view())
    assert resumed.changes == tuple(store.changes(run_id))
    assert store.may_steer(run_id, TOKEN)
    run.state = resumed.state
    run.train(9).record(store, run_id)
    store.change(run_id, Change(18, 0.4, 576, 0.2, "b → c", CONFIG.to_json()))
    assert store.flush()
    assert same(store.history(run_id), run.history.view())
    assert [snapshot.step for snapshot in store.snapshots(run_id)] == [0, 9, 18]
    assert [change.description for change in store.changes(run_id)] == ["a → b", "b → c"]
    assert store.latest_state(run_id).same_as(run.state)


@pytest.mark.parametrize("how", ["as settings", "as a change"])
def test_a_change_is_saved_together_with_a_state_after_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Else a killed run would go on from before the change with the settings from after it."""
    monkeypatch.setattr(writer, "LATEST_SECONDS", 1e9)
    run = Training()
    run_id = run.begin(store)
    run.train(4).record(store, run_id)
    assert store.flush()
    run.train(4).record(store, run_id)
    store.rename(run_id, "written with what was due")
    assert store.latest_state(run_id).step == 4
    if how == "as settings":
        run.config = replace(CONFIG, learning_rate=0.01)
    else:
        store.change(run_id, Change(8, 0.2, 256, 1.0, "back → and forth", CONFIG.to_json()))
    run.record(store, run_id)
    store.rename(run_id, "written with what was due now")
    assert store.latest_state(run_id).step == 8


def test_a_run_that_is_let_go_is_written_to_its_end_first(store: Store) -> None:
    run = Training()
    run_id = run.begin(store)
    run.train(3).record(store, run_id, "paused")
    store.release(run_id)
    assert store.flush()
    assert store.latest_state(run_id).same_as(run.state)
    run.train(3).record(store, run_id)  # nobody listens any more
    assert store.flush()
    assert store.run(run_id).step == 3


def test_closing_writes_what_waits(open_store: Open) -> None:
    run, first = Training(), open_store()
    run_id = run.begin(first)
    run.train(3).record(first, run_id)
    first.close()
    assert open_store().latest_state(run_id).same_as(run.state)
    with pytest.raises(StoreError, match="closed"):
        first.flush()


# Versions.


def test_a_store_of_a_newer_program_is_refused_and_left_alone(url: str, open_store: Open) -> None:
    open_store().close()
    with behind(url) as connection:
        connection.execute(schema.meta.update().values(schema_version=7))
    with pytest.raises(StoreError, match=r"newer version of this program \(schema 7, this one knows 1\)\. Update"):
        open_store()
    with behind(url) as connection:
        assert connection.scalar(sa.select(schema.meta.c.schema_version)) == 7


def add_column(connection: sa.Connection) -> None:
    connection.execute(sa.text("ALTER TABLE runs ADD COLUMN mood TEXT DEFAULT 'good'"))


def fill_column(connection: sa.Connection) -> None:
    connection.execute(sa.text("UPDATE runs SET mood = 'better'"))


def fail(connection: sa.Connection) -> None:
    raise ZeroDivisionError


def test_an_older_store_goes_through_every_migration_once(
    url: str, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, first = Training(), open_store()
    run_id = run.begin(first)
    run.train(3).record(first, run_id)
    first.close()
    monkeypatch.setattr(schema, "MIGRATIONS", [add_column, fill_column])
    for _ in range(2):  # the second time there is nothing to do: a column can't be added twice
        store = open_store()
        assert store.latest_state(run_id).same_as(run.state)
        store.close()
    with behind(url) as connection:
        assert connection.scalar(sa.text("SELECT mood FROM runs")) == "better"
        assert connection.scalar(sa.select(schema.meta.c.schema_version)) == 3


def test_a_migration_that_fails_leaves_everything_as_it_was(
    url: str, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store().close()
    monkeypatch.setattr(schema, "MIGRATIONS", [add_column, fail])
    with pytest.raises(ZeroDivisionError):
        open_store()
    with behind(url) as connection:
        assert connection.scalar(sa.select(schema.meta.c.schema_version)) == 1
        assert "mood" not in {column["name"] for column in sa.inspect(connection).get_columns("runs")}


STATE = ["epoch", "position", "examples", "updates", "optimizer", "progress", "bytes", "crc32", "blob"]
VERSION_1 = {
    "meta": ["schema_version"],
    "runs": [
        "id", "name", "notes", "tags", "created", "updated", "deleted", "token_hash", "parent", "parent_step", "server",
        "heartbeat", "status", "message", "config", "initial_config", "dataset", "parameters", "seed", "step",
        "examples", "reports", "progress", "seconds", "samples_per_second", "best_validation_accuracy",
        "validation_accuracy", "validation_loss", "train_accuracy",
    ],
    "reports": [
        "run_id", "number", "step", "epoch", "progress", "examples", "seconds", "trained", "learning_rate",
        "train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "full_train_loss",
        "full_train_accuracy", "gradient_norm", "update_ratio",
    ],
    "changes": ["run_id", "number", "step", "progress", "examples", "seconds", "description", "config"],
    "snapshots": ["run_id", "step", *STATE],
    "latest": ["run_id", "step", *STATE],
}  # fmt: skip


def test_the_tables_are_those_of_their_version() -> None:
    """Fails if a table or a history's columns were changed: existing stores then need a migration."""
    assert schema.newest_version() == 1
    assert {name: [column.name for column in table.c] for name, table in schema.metadata.tables.items()} == VERSION_1


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


# Several servers.


def test_a_run_that_another_server_trains_is_left_to_it(open_store: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    run, here, there = Training(), open_store(), open_store()
    run_id = run.begin(here)
    run.train(3).record(here, run_id)
    assert here.flush()
    assert there.is_trained_elsewhere(run_id)
    assert not here.is_trained_elsewhere(run_id)
    with pytest.raises(StoreError, match="another server"):
        there.resume(run_id)
    run.record(here, run_id, "paused")
    assert here.flush()
    assert not there.is_trained_elsewhere(run_id)
    assert there.resume(run_id).state.same_as(run.state)


def test_a_server_that_was_silent_for_long_has_lost_its_run(
    open_store: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run, here, there = Training(), open_store(), open_store()
    run_id = run.begin(here)
    run.train(3).record(here, run_id)
    assert here.flush()
    monkeypatch.setattr(records, "STALE_SECONDS", -1.0)
    assert there.run(run_id).status == "paused"
    resumed = there.resume(run_id)
    monkeypatch.undo()

    mine = Training()
    mine.state, mine.history = resumed.state, run.history
    run_here = Training().train(3).train(99)
    run_here.record(here, run_id)
    assert here.flush()
    assert "taken over" in caplog.text
    assert there.run(run_id).step == 3
    mine.train(5).record(there, run_id)
    assert there.flush()
    assert same(there.history(run_id), mine.history.view())
    assert here.is_trained_elsewhere(run_id)


def test_two_servers_write_to_one_store(open_store: Open) -> None:
    here, there = open_store(), open_store()
    runs = [(store, run, run.begin(store)) for store in (here, there) for run in (Training(), Training())]
    for _ in range(20):
        for store, run, run_id in runs:
            run.train(2).record(store, run_id)
        assert here.flush()
        assert there.flush()
    assert (here.trouble, there.trouble) == ("", "")
    for _, run, run_id in runs:
        assert same(here.history(run_id), run.history.view())


def test_two_servers_whose_people_press_at_the_same_time_wait_for_each_other(open_store: Open) -> None:
    stores = open_store(), open_store()
    run_id = Training().begin(stores[0])
    assert stores[0].flush()

    def rename(store: Store) -> None:
        for count in range(100):
            store.rename(run_id, f"{count}")

    with ThreadPoolExecutor(2) as people:
        for done in [people.submit(rename, store) for store in stores]:
            done.result()
    assert stores[0].run(run_id).name == "99"


def test_a_running_run_without_news_is_still_known_to_be_alive(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "HEARTBEAT_SECONDS", 0.05)
    run = Training()
    run_id = run.begin(store)
    run.record(store, run_id)
    assert store.flush()
    with behind(url) as connection:
        connection.execute(schema.runs.update().values(heartbeat=0.0))
    wait_until(lambda: store.run(run_id).status == "running")


def test_a_server_is_gone_when_its_process_is() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    mine = new_server()
    assert not has_vanished(mine)
    assert has_vanished(mine.replace(f":{os.getpid()}:", f":{process.pid}:"))
    for untellable in ("elsewhere:1:abc", "", "::", mine.replace(f":{os.getpid()}:", f":{10**30}:")):
        assert not has_vanished(untellable)


# Links, and who may steer.


def test_a_browsers_latest_run_is_the_one_it_trained_last(store: Store) -> None:
    first, second = Training(), Training()
    older, newer = first.begin(store), second.begin(store)
    store.begin(CONFIG, Training().state, new_token())
    assert store.flush()
    for run, run_id in ((second, newer), (first, older), (second, newer)):
        run.record(store, run_id)
        assert store.flush()
        assert store.latest_run(TOKEN) == run_id
    store.delete(newer)
    assert store.latest_run(TOKEN) == older
    assert store.latest_run(new_token()) == ""


def test_only_the_token_that_a_run_was_begun_with_steers_it(store: Store, url: str) -> None:
    run_id, other = Training().begin(store), store.begin(CONFIG, Training().state, new_token())
    for written in (False, True):
        assert store.may_steer(run_id, TOKEN)
        for wrong in ("", TOKEN[:-1], TOKEN + "x", TOKEN.swapcase(), new_token(), "é\ud800"):
            assert not store.may_steer(run_id, wrong)
        assert not store.may_steer(other, TOKEN)
        if not written:
            store.release(run_id)
            assert store.flush()
    assert not store.may_steer("nosuchrun", "")
    with behind(url) as connection:
        assert TOKEN not in str(connection.execute(sa.select(schema.runs)).all())


@pytest.mark.parametrize("run_id", ["abc", "", "x' OR '1'='1", "\0", "ä" * 1000, "\ud800"])
def test_a_link_to_no_run_is_answered_with_a_sentence(store: Store, run_id: str) -> None:
    for ask in (store.run, store.history, store.changes, store.snapshots, store.latest_state, store.resume,
                store.ancestry, store.delete, store.undelete, partial(store.rename, name="x")):  # fmt: skip
        with pytest.raises(StoreError, match=r"There is no run .* Choose one from the list of runs\.") as caught:
            ask(run_id)
        assert len(str(caught.value)) < 250


def test_ids_are_short_and_unique(store: Store) -> None:
    ids = {Training().begin(store) for _ in range(20)}
    assert len(ids) == 20
    assert all(len(run_id) == 10 and run_id.isalnum() for run_id in ids)


# A run's name, notes and tags.


def test_names_notes_and_tags(store: Store) -> None:
    run_id = Training().begin(store)
    store.rename(run_id, " Anna's\tfirst ")
    store.annotate(run_id, "Learns\nwell. ")
    store.tag(run_id, ["class 9b", " class  9b", "", "ReLU"])
    run = store.run(run_id)
    assert (run.name, run.notes, run.tags) == ("Anna's first", "Learns\nwell.", ("class 9b", "ReLU"))


@pytest.mark.parametrize(
    "say",
    [
        lambda store, run_id: store.rename(run_id, "x" * (texts.MOST_NAME + 1)),
        lambda store, run_id: store.annotate(run_id, "x" * (texts.MOST_NOTES + 1)),
        lambda store, run_id: store.tag(run_id, ["x" * (texts.MOST_TAG + 1)]),
        lambda store, run_id: store.tag(run_id, [f"{n}" for n in range(texts.MOST_TAGS + 1)]),
        lambda store, run_id: store.rename(run_id, "a\0b"),
        lambda store, run_id: store.annotate(run_id, "\ud800"),
        lambda store, run_id: store.begin(CONFIG, Training().state, TOKEN, name="x" * 1000),
    ],
)
def test_long_and_invalid_texts_are_refused(store: Store, say: Callable[[Store, str], None]) -> None:
    run_id = Training().begin(store, name="Ada")
    with pytest.raises(StoreError, match=r"allowed\. Shorten it|Leave some out|invalid character"):
        say(store, run_id)
    assert store.flush()
    (run,) = store.runs()
    assert (run.name, run.notes, run.tags) == ("Ada", "", ())


def test_a_deleted_run_is_out_of_the_list_until_that_is_undone(store: Store) -> None:
    run = Training()
    run_id = run.begin(store)
    run.train(3).record(store, run_id)
    store.delete(run_id)
    assert store.runs() == []
    assert [deleted.id for deleted in store.runs(include_deleted=True)] == [run_id]
    with pytest.raises(StoreError, match="is deleted"):
        store.resume(run_id)
    store.undelete(run_id)
    assert [there.id for there in store.runs()] == [run_id]
    assert len(store.history(run_id)) == 1


def test_purging_removes_only_what_was_deleted_long_ago(store: Store, url: str) -> None:
    run = Training()
    kept, deleted = run.begin(store), run.begin(store)
    run.train(3)
    for run_id in (kept, deleted):
        run.record(store, run_id, "paused")
    store.delete(deleted)
    assert store.purge() == 0
    assert store.purge(older_than=-1) == 1
    assert [run.id for run in store.runs(include_deleted=True)] == [kept]
    with behind(url) as connection:
        for table in (schema.reports, schema.snapshots, schema.latest):
            assert set(connection.scalars(sa.select(table.c.run_id))) == {kept}


# Forks.


def family(store: Store) -> tuple[list[Training], list[str]]:
    """A run, its fork at step 6 and that one's fork at step 10, each with three reports of three or four steps."""
    runs, ids = [Training()], []
    ids.append(runs[0].begin(store))
    for steps, fork in ((3, 6), (4, 10), (3, None)):
        for _ in range(3):
            runs[-1].train(steps).record(store, ids[-1])
        if fork is not None:
            child = Training()
            child.state = trained(CONFIG, runs[-1].state if fork > runs[-1].state.step else child.state, fork)
            runs.append(child)
            ids.append(child.begin(store, parent=(ids[-1], fork)))
    assert store.flush()
    return runs, ids


def test_a_forks_curve_has_its_ancestors_parts_in_front(store: Store) -> None:
    runs, ids = family(store)
    assert store.ancestry(ids[0]) == []
    assert store.ancestry(ids[2]) == [(ids[0], 6), (ids[1], 10)]
    assert (store.run(ids[2]).parent, store.run(ids[2]).parent_step) == (ids[1], 10)
    assert store.history(ids[2])["step"].tolist() == [13, 16, 19]
    whole = store.history(ids[2], whole=True)
    assert whole["step"].tolist() == [3, 6, 10, 13, 16, 19]
    assert (np.diff(whole["seconds"]) > 0).all()
    own = runs[2].history.view()["seconds"]
    np.testing.assert_allclose(np.diff(whole["seconds"][-3:]), np.diff(own))
    assert list(store.histories(ids, whole=True)) == ids


def test_a_fork_from_what_the_parent_has_from_its_parent_takes_no_more_than_that(store: Store) -> None:
    _, ids = family(store)
    early = Training().begin(store, parent=(ids[1], 3))
    assert store.flush()
    assert store.ancestry(early) == [(ids[0], 3), (ids[1], 3)]
    assert store.history(early, whole=True)["step"].tolist() == [3]


def test_a_deleted_parent_is_purged_only_after_its_forks(store: Store) -> None:
    _, ids = family(store)
    store.delete(ids[0])
    store.delete(ids[2])
    assert store.purge(older_than=-1) == 1
    assert store.history(ids[1], whole=True)["step"].tolist() == [3, 6, 10, 14, 18]
    store.delete(ids[1])
    assert store.purge(older_than=-1) == 2


def test_a_fork_whose_parent_was_removed_meanwhile_has_no_parent(store: Store) -> None:
    run_id = Training().begin(store, parent=("goneforever", 5))
    assert store.flush()
    assert store.run(run_id).parent is None
    assert store.ancestry(run_id) == []


def test_a_circle_of_parents_is_refused(store: Store, url: str) -> None:
    _, ids = family(store)
    with behind(url) as connection:
        connection.execute(schema.runs.update().where(schema.runs.c.id == ids[0]).values(parent=ids[2], parent_step=2))
    with pytest.raises(StoreError, match="its own ancestor"):
        store.history(ids[2], whole=True)


# Many runs.


def fill(url: str, lengths: Sequence[int]) -> None:
    """Write many runs at once, each with its number of reports."""
    rng = np.random.default_rng(0)
    template = {"tags": [], "updated": 0.0, "token_hash": "", "server": "", "heartbeat": 0.0, "dataset": "digits"}
    config = CONFIG.to_json()
    with behind(url) as connection:
        for run, reports in enumerate(lengths):
            run_id = f"run{run:07}"
            table = rng.random((reports, len(COLUMNS)))
            table[:, 0] = np.arange(reports)
            best = {"best_validation_accuracy": table[:, COLUMNS.index("validation_accuracy")].max()}
            row = {"id": run_id, "created": float(run), "config": config, "initial_config": config, "status": "paused"}
            connection.execute(schema.runs.insert().values({**template, **row, **best, "reports": reports}))
            connection.execute(
                schema.reports.insert(),
                [
                    {"run_id": run_id, "number": number, **dict(zip(COLUMNS, values, strict=True))}
                    for number, values in enumerate(table.tolist())
                ],
            )


def test_five_hundred_runs_are_listed_and_six_of_their_curves_loaded(store: Store, url: str) -> None:
    # Only long runs are opened; that the others are short saves most of the time.
    fill(url, [1000 if run % 100 in (0, 99) else 10 for run in range(500)])
    listed = store.runs()
    assert [run.id for run in listed] == [f"run{run:07}" for run in reversed(range(500))]
    assert all(run.config == CONFIG for run in listed[:10])
    chosen = [run.id for run in listed[::100]] + [listed[-1].id]
    curves = store.histories(chosen)
    assert list(curves) == chosen
    for run in listed[::100]:
        assert len(curves[run.id]) == run.reports == 1000
        assert curves[run.id]["step"].tolist() == list(range(1000))
        assert curves[run.id]["validation_accuracy"].max() == run.best_validation_accuracy


def test_a_runs_snapshots_may_take_64_megabytes() -> None:
    assert SNAPSHOT_BYTES == 64 * 1024 * 1024
