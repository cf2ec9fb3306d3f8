"""A store keeps what its limits allow: each limit is reached, its sentence read, and nothing from before is lost."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from mlp.limits import MB, Limits
from mlp.store import Store, StoreError, database, new_token, pending, room, schema
from mlp.tokens import token_hash
from mlp.training import Checkpoint, Evaluation, Model, Status
from tests.store.training import CONFIG, DIGITS, TOKEN, Training, behind, same, snapshot_steps

Limited = Callable[..., Store]


class Disk(NamedTuple):
    free: int


@pytest.fixture
def limited(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Limited]:
    """Opens the store with limits. What had no room is tried again at once."""
    monkeypatch.setattr(room, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(pending, "SNAPSHOT_BYTES_PER_SECOND", 1e12)
    with ExitStack() as stack:
        yield lambda **limits: stack.enter_context(closing(Store(url, Limits(**limits))))


def state_bytes(url: str, run_id: str) -> int:
    """What a run's states take, by its row, which is what they really take."""
    with behind(url) as connection:
        really = sum(
            connection.scalar(sa.select(sa.func.sum(table.c.bytes)).where(table.c.run_id == run_id)) or 0
            for table in (schema.snapshots, schema.latest)
        )
        assert connection.scalar(sa.select(schema.runs.c.state_bytes).where(schema.runs.c.id == run_id)) == really
        return int(really)


def megabytes(states: float) -> float:
    """The size of so many states of a small network, in MB."""
    state = Training().state
    return states * (state.parameters.nbytes + state.moments.nbytes + 300) / MB


def test_a_run_keeps_no_more_bytes_of_states_than_allowed_and_the_latest_among_them(limited: Limited, url: str) -> None:
    store = limited(states=megabytes(4))
    run = Training().begin(store)
    for _ in range(8):
        run.train(38).save()
    assert 2 <= len(snapshot_steps(url, run.id)) <= 3
    assert state_bytes(url, run.id) <= megabytes(4) * MB
    assert store.model(run.id).state.same_as(run.state)
    assert store.trouble_of(run.id) == ""


def test_of_a_state_larger_than_allowed_only_the_latest_is_kept_and_this_is_said(limited: Limited, url: str) -> None:
    store = limited(states=megabytes(0.5))
    run = Training().begin(store)
    for _ in range(3):
        run.train(38).save(best={"accuracy": Model(run.config, DIGITS, run.state)})
    assert snapshot_steps(url, run.id) == []
    assert store.model(run.id).state.same_as(run.state)
    assert store.trouble_of(run.id).startswith("Only this run's latest state is being saved, so you can't go back")


@pytest.mark.parametrize("states", [0.5, 2.5])  # of two best states, there is room for none or one
def test_a_best_state_without_room_takes_no_snapshots_from_others(limited: Limited, url: str, states: float) -> None:
    store = limited(states=megabytes(states))
    run = Training().begin(store)
    best = {}
    for measure in ("accuracy", "loss"):
        run.train(38, Evaluation(0.5, 1.0) if measure == "accuracy" else Evaluation(0.4, 0.9))
        best[measure] = Model(run.config, DIGITS, run.state)
    run.save(best=best)
    assert snapshot_steps(url, run.id) == [76][: int(states - 1)]
    before = store._writer._pending.due
    for _ in range(3):
        run.record(best=best)
        assert store._writer.pending(run.id) == []
    assert store._writer._pending.due == before


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"store": megabytes(2.5)}, "this browser's runs take 0 of 0 MB in the store. Delete some on the Runs page."),
        (
            {"all_store": megabytes(2.5)},
            "all runs together take 0 of 0 MB in the store. Delete some of yours on the Runs page.",
        ),
    ],
)
def test_a_full_store_keeps_what_it_has_and_the_curves_of_what_comes(
    limited: Limited, url: str, limits: dict[str, float], why: str
) -> None:
    store = limited(**limits)
    first = Training().train(38).begin(store).save()  # its latest state and one snapshot
    second = Training().begin(store)
    for _ in range(3):
        second.train(38).save()
    assert same(store.history(second.id), second.history.view())
    assert state_bytes(url, second.id) == 0
    assert store.trouble_of(second.id) == f"Only the curves of this run are being saved: {why}"
    for read in (store.model, store.load, store.resume):
        with pytest.raises(StoreError, match=r"^Only the curves of run '.*' are kept: .* Compare them on Runs, or "):
            read(second.id)
    # The first stays as it was, and goes on: its state is overwritten.
    first.train(38).save()
    assert store.model(first.id).state.same_as(first.state)
    assert store.trouble_of(first.id) == ""
    # Deleting makes room, also for what is paused.
    second.record(Status.PAUSED)
    store.delete(first.id)
    assert store.flush()
    assert store.flush()  # with what the first one left
    if "store" in limits:  # for all, it is still there as long as it is open
        assert store.model(second.id).state.same_as(second.state)
        assert store.trouble_of(second.id) == ""


def test_other_browsers_have_room_of_their_own(limited: Limited) -> None:
    store = limited(store=megabytes(1.5))
    Training().begin(store).train(38).save()
    other = Training()
    other.store, other.id = store, store.begin(Checkpoint(Model(other.config, DIGITS, other.state)), new_token())
    other.train(5).save()
    assert store.trouble_of(other.id) == ""
    assert store.model(other.id).state.same_as(other.state)


def test_what_deleted_runs_take_is_given_to_others_once_it_is_needed(limited: Limited, url: str) -> None:
    store = limited(all_store=megabytes(2.5))
    first = Training().train(38).begin(store).save()
    store.release(first.id)
    store.delete(first.id)
    assert store.flush()
    assert state_bytes(url, first.id) > 0  # as long as nobody needs it
    second = Training().train(38).begin(store).save()
    second.train(1).save()
    assert store.model(second.id).state.same_as(second.state)
    assert state_bytes(url, first.id) == 0
    store.undelete(first.id)
    assert same(store.history(first.id), first.history.view())


def everything_of(url: str) -> set[str]:
    """The runs that anything in the store is of."""
    with behind(url) as connection:
        columns = (schema.runs.c.id, *(table.c.run_id for table in (schema.reports, schema.snapshots, schema.latest)))
        return {run_id for column in columns for run_id in connection.scalars(sa.select(column))}


def test_a_run_that_was_deleted_long_ago_is_removed_unless_others_need_its_past(
    limited: Limited, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PURGE_SECONDS", 0.0)
    store = limited()
    search = store.searches.begin("{}", TOKEN)
    store.searches.save(replace(search, status="paused"))

    def stored(**options: Any) -> str:
        run = Training().begin(store, **options).train(38).save(Status.PAUSED)
        return run.id

    alone, parent, shown, trial, listed = stored(), stored(), stored(), stored(trial=(search.id, "{}")), stored()
    fork = stored(parent=(parent, 38))
    every = {alone, parent, shown, trial, listed, fork}
    for run_id in every - {shown}:
        store.release(run_id)
    for run_id in every - {fork, listed}:
        store.delete(run_id)
    again = Training().begin(store).save()
    assert everything_of(url) == every | {again.id}, "it can be undone for a day"
    monkeypatch.setattr(room, "DELETED_SECONDS", 0.0)
    again.train(1).save()
    assert everything_of(url) == every - {alone} | {again.id}
    with pytest.raises(StoreError, match="permanently deleted"):
        store.undelete(alone)
    # Once nobody needs it, it goes, too.
    store.delete(fork)
    store.searches.delete(search.id, with_runs=False)
    store.release(shown)
    for _ in range(3):
        again.train(1).save()
    assert everything_of(url) == {listed, again.id}


def test_below_the_reserve_of_free_disk_only_curves_are_saved(
    limited: Limited, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("where a server's database keeps its data is not known")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Disk(150 * MB))
    store = limited()
    run = Training().begin(store)
    run.train(38).save()
    assert store.trouble_of(run.id) == (
        "Only the curves of this run are being saved: its disk has room for 150 MB, and 200 MB must stay free. "
        "Free some space, or delete runs."
    )
    assert same(store.history(run.id), run.history.view())
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Disk(300 * MB))
    assert store.flush()
    assert store.flush()
    assert store.model(run.id).state.same_as(run.state)
    assert store.trouble_of(run.id) == ""


def test_what_an_sqlite_file_has_free_inside_is_room_on_a_full_disk(
    limited: Limited, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("where a server's database keeps its data is not known")
    store = limited(disk=0)
    first = Training(replace(CONFIG, hidden=(100,))).begin(store)
    for _ in range(4):
        first.train(38).save()
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Disk(0))
    # Its state needs more than what a snapshot or two leave that were thinned out, and less than all of the first run.
    second = Training(replace(CONFIG, hidden=(280,))).begin(store)
    assert store.flush()  # it looks at the disk after each batch, so the next one meets it as it is now
    second.train(38).save()
    assert "its disk has room for 0 MB" in store.trouble_of(second.id)
    store.release(first.id)
    store.delete(first.id)
    assert store.flush()
    assert store.flush()  # with the pages that the first one had
    assert store.model(second.id).state.same_as(second.state)


def test_an_sqlite_files_log_does_not_stay_as_large_as_the_largest_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOG_BYTES", 2**20)
    run = Training(replace(CONFIG, hidden=(1024, 1024)))
    with closing(Store(f"sqlite:///{tmp_path / 'runs.sqlite3'}")) as store:
        run.begin(store)
        for _ in range(2):
            run.train(1).save()
        for _ in range(3):
            store.rename(run.id, "small news")
        assert (tmp_path / "runs.sqlite3-wal").stat().st_size <= 2**20
        assert run.state.parameters.nbytes > 2**22


def test_a_closed_run_that_had_no_room_is_not_held_in_memory(limited: Limited) -> None:
    store = limited(store=0)
    run = Training().begin(store)
    run.train(38).save()
    store.release(run.id)
    assert store.flush()
    assert store.trouble_of(run.id) == ""  # this server knows it no more
    assert same(store.history(run.id), run.history.view())


@pytest.mark.parametrize(("limit", "who"), [("kept", "This browser"), ("all_kept", "This server")])
def test_so_many_runs_are_kept_and_deleting_one_makes_room(limited: Limited, limit: str, who: str) -> None:
    store = limited(**{limit: 2})
    runs = [Training().begin(store) for _ in range(2)]  # the second is not on disk yet
    with pytest.raises(StoreError) as refused:
        store.check_kept(token_hash(TOKEN))
    assert str(refused.value) == (f"{who} has 2 stored runs; 2 can be kept. Delete some on the Runs page first.")
    assert store.flush()
    store.delete(runs[0].id)
    store.check_kept(token_hash(TOKEN))
    with pytest.raises(StoreError, match=who):
        store.check_kept(token_hash(TOKEN), 2)


def test_a_run_that_is_just_being_written_counts_once(limited: Limited, monkeypatch: pytest.MonkeyPatch) -> None:
    store, checked = limited(kept=2), []
    settle = room.Room.settle

    def asked_then(used: room.Room, *arguments: Any) -> Any:
        """Between what was read of the store and what was noted of the run, a page asks."""
        found = settle(used, *arguments)
        store.check_kept(token_hash(TOKEN))
        checked.append(True)
        return found

    monkeypatch.setattr(room.Room, "settle", asked_then)
    Training().begin(store)
    assert store.flush()
    assert checked
