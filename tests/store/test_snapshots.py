"""Which states of a run are kept, and how many."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import process_time

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from mlp.store import Store, StoreError, batches, database, pending, schema
from mlp.store.snapshots import MOST_SNAPSHOTS, Snapshot, thin, wants_snapshot
from mlp.training import Evaluation, Model
from mlp.training.best import MEASURES, best_of
from tests.store.training import CONFIG, DIGITS, Training, behind, same, snapshot_steps, trained


def snapshots_of(steps: list[int], steps_an_epoch: int) -> list[int]:
    """The steps that are kept of a run whose states come back at these."""
    kept: list[int] = []
    last = None
    for step in steps:
        now = Snapshot(step, step // steps_an_epoch, 1)
        if wants_snapshot(now, last):
            kept.append(step)
            last = now
    return kept


@pytest.mark.parametrize(
    ("reached", "kept"),
    [
        (list(range(101)), [0, 1, 2, 4, 8, 16, 20, 32, 40, 60, 64, 80, 100]),
        ([0, 8, 15, 30, 45, 60, 75, 90], [0, 8, 30, 45, 60, 75, 90]),  # the first after each mark
    ],
)
def test_kept_are_the_first_steps_in_powers_of_two_then_each_epochs_end(reached: list[int], kept: list[int]) -> None:
    assert snapshots_of(reached, 20) == kept


def test_in_a_hurry_only_powers_of_two_are_kept() -> None:
    assert not wants_snapshot(Snapshot(60, 3, 1), Snapshot(40, 2, 1), hurried=True)
    assert wants_snapshot(Snapshot(64, 3, 1), Snapshot(40, 2, 1), hurried=True)


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
    dropped = thin([Snapshot(step, 0, size) for step in steps], limit, most)
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
    kept: list[Snapshot] = []
    for step in range(1024, 1024 + count):  # no powers of two before 2048
        kept.append(Snapshot(step, 0, 1))
        dropped = thin(kept, limit=room, most=10**9)
        kept = [snapshot for snapshot in kept if snapshot.step not in dropped]
    gaps = np.diff([snapshot.step for snapshot in kept])
    assert gaps.max() <= 2.5 * count / room


def test_a_runs_snapshots_stay_within_their_room(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Training()
    size = run.state.parameters.nbytes + 200
    monkeypatch.setattr(pending, "SNAPSHOT_BYTES_PER_SECOND", 1e12)
    monkeypatch.setattr(batches, "thin", partial(thin, limit=15 * size))
    run.begin(store)
    while run.state.epoch < 25:
        run.train(19).record()
        if run.state.epoch % 5 == 0:
            assert store.flush()
    assert store.flush()
    kept = snapshot_steps(url, run.id)
    assert list(store.kept_steps(run.id)) == kept
    assert len(kept) == 15
    assert (kept[:5], kept[-1]) == ([0, 19, 38, 76, 133], run.state.step)
    with behind(url) as connection:
        assert connection.scalar(sa.select(sa.func.sum(schema.snapshots.c.bytes))) <= 15 * size
    for step in kept:
        assert store.model_at(run.id, step).state.same_as(trained(CONFIG, Training().state, step))


def test_the_state_at_a_step_is_the_last_one_kept_before_it(store: Store, url: str) -> None:
    run = Training().begin(store)
    for _ in range(5):
        run.train(5).save()
    assert snapshot_steps(url, run.id) == [0, 5, 10, 20]
    assert [store.model_at(run.id, step).state.step for step in (0, 4, 5, 19, 24, 25, 999)] == [0, 0, 5, 10, 20, 25, 25]
    with pytest.raises(StoreError, match="no snapshot at or before step -1"):
        store.model_at(run.id, -1)


def test_nothing_but_old_snapshots_is_given_up_while_saving_fails_for_long(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    run = Training()
    monkeypatch.setattr(pending, "PENDING_BYTES", 3 * run.state.parameters.nbytes)
    with closing(Store(f"sqlite:///{file}")) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        run.begin(store)
        assert store.flush()
        other.execute("BEGIN IMMEDIATE")
        for _ in range(8):
            run.train(run.state.step or 1).record()
        assert not store.flush()
        other.execute("COMMIT")
        assert store.flush()
        assert snapshot_steps(f"sqlite:///{file}", run.id) == [0, 32, 64, 128]
        assert same(store.history(run.id), run.history.view())
        assert store.model(run.id).state.same_as(run.state)


def test_while_saving_fails_no_more_snapshots_of_a_run_wait_than_are_kept(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "SNAPSHOT_BYTES_PER_SECOND", 1e12)
    monkeypatch.setattr(pending, "MOST_SNAPSHOTS", 12)
    run = Training()
    with closing(Store(f"sqlite:///{file}")) as store:
        run.begin(store)
        with store._writer._news:  # nothing is written meanwhile
            for epoch in range(40):
                run.state = replace(run.state, step=38 * epoch, epoch=epoch)
                run.record()
                waiting = store._writer.pending(run.id)
                assert len(waiting) <= 12
                assert store._writer._pending.bytes == sum(each.bytes for each in waiting)
        assert store.flush()
        kept = snapshot_steps(f"sqlite:///{file}", run.id)
        assert kept[:3] + kept[-1:] == [0, 38, 76, 38 * 39]
        assert max(np.diff(kept)) <= 10 * 38, "evenly spread"
        assert store._writer._pending.bytes == 0


def test_thousands_of_snapshots_are_thinned_in_no_time() -> None:
    started = process_time()
    assert len(thin([Snapshot(38 * epoch, epoch, 100) for epoch in range(20_000)])) == 20_000 - MOST_SNAPSHOTS
    assert process_time() - started < 5  # it takes 0.2 s; comparing all with all took minutes


@given(
    steps=st.lists(st.integers(0, 5000), min_size=1, max_size=60, unique=True).map(sorted),
    best=st.sets(st.integers(0, 59), max_size=2),
    limit=st.integers(1, 3000),
)
def test_the_best_snapshots_stay_even_if_they_alone_are_too_large(steps: list[int], best: set[int], limit: int) -> None:
    wanted = {steps[index] for index in best if index < len(steps)}
    dropped = thin([Snapshot(step, 0, 100) for step in steps], limit, best=wanted)
    rest = [step for step in steps if step not in dropped]
    assert wanted | {steps[-1]} <= set(rest)
    assert 100 * len(rest) <= max(limit, 100 * len(wanted | {steps[-1]}))


@given(
    steps=st.lists(st.integers(0, 5000), min_size=1, max_size=60, unique=True).map(sorted),
    best=st.sets(st.integers(0, 59), max_size=2),
    room=st.integers(-100, 3000),
)
def test_more_than_their_room_snapshots_never_take_and_the_best_go_last(
    steps: list[int], best: set[int], room: int
) -> None:
    wanted = {steps[index] for index in best if index < len(steps)}
    dropped = thin([Snapshot(step, 0, 100) for step in steps], best=wanted, room=room)
    rest = set(steps) - set(dropped)
    assert len(set(dropped)) == len(dropped)
    assert len(rest) == min(len(steps), max(room // 100, 0))
    assert wanted <= rest or rest <= wanted


def measured(run: Training, loss: float) -> Training:
    """Train an epoch, at the end of which the validation set has this loss, and record the run as an engine does."""
    run.train(38, Evaluation(1 - loss, loss))
    model = Model(run.config, DIGITS, run.state)
    for measure, best in ((measure, best_of(run.history.view(), measure)) for measure in MEASURES):
        if best and best.step == run.state.step:
            run.best[measure] = model
    return run


@pytest.mark.parametrize("hurried", [False, True])
def test_the_state_at_the_best_epoch_is_kept_whatever_comes_after_it(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch, hurried: bool
) -> None:
    monkeypatch.setattr(pending, "SNAPSHOT_BYTES_PER_SECOND", 1e-3 if hurried else 1e12)
    monkeypatch.setattr(batches, "thin", partial(thin, most=4))
    run = Training().begin(store)
    states = {}
    for loss in (0.9, 0.7, 0.5, 0.6, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 0.9):
        measured(run, loss).record(best=dict(run.best))
        states[run.state.step] = run.state
        assert 38 * 5 in store.kept_steps(run.id) or run.state.epoch < 5
        if run.state.epoch in (2, 7, 10):
            assert store.flush()
    assert store.flush()
    store.release(run.id)
    assert store.flush()
    for best in (best_of(store.history(run.id), measure) for measure in MEASURES):
        assert best
        assert best.epoch == 5
        assert best.step in snapshot_steps(url, run.id)
        assert store.model_at(run.id, best.step).state.same_as(states[best.step])
    assert 38 * 5 in store.resume(run.id).kept


def test_of_the_states_that_were_best_in_a_hurry_only_the_last_one_is_written(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "SNAPSHOT_BYTES_PER_SECOND", 1e-3)
    run = Training().begin(store)
    assert store.flush()
    with store._writer._news:  # nothing is written before all of it is known
        for epoch in range(1, 12):
            measured(run, 1 / epoch).record(best=dict(run.best))
    assert store.flush()
    powers = {0, 38, 76, 152, 266}  # the first at or after each power of two
    assert set(snapshot_steps(url, run.id)) - powers == {11 * 38}


def test_an_epochs_snapshot_that_was_also_the_best_stays_when_another_is_better(store: Store, url: str) -> None:
    run = Training().begin(store)
    for loss in (0.9, 0.8, 0.7):
        measured(run, loss).record(best=dict(run.best))
    assert store.flush()
    assert snapshot_steps(url, run.id) == [0, 38, 76, 114]
