"""The engine and the store together: runs that come back, and runs that are forked."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlp import ConfigError, Model, RunConfig, TrainingState, advance, evaluate, initial_state, load_dataset
from mlp.datasets import DATASETS
from mlp.engine import Engine, Run, Status, StoredRun, stored
from mlp.engine.engine import SERVER_STOPPED
from mlp.engine.pool import LocalPool
from mlp.store import Store, StoreError
from mlp.training.best import best_of
from mlp.training.checkpoint import Checkpoint
from mlp.training.tuning import tune
from tests.models import model_of
from tests.waiting import wait_until

CONFIG = RunConfig(dataset="digits", hidden=(16,), epochs=20, optimizer="adam", learning_rate=0.001, dropout=0.1)
END = CONFIG.epochs * CONFIG.steps_per_epoch(DATASETS["digits"])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/runs.sqlite3")
    yield store
    store.close()


@pytest.fixture
def engine(store: Store) -> Iterator[Engine]:
    engine = Engine(lambda: LocalPool(workers=1), store=store)
    yield engine
    engine.close()


def train(run: Run, steps: int | None = None) -> None:
    """Train a run to its end, or for some single steps."""
    for _ in range(1 if steps is None else steps):
        if steps is None:
            run.start()
        else:
            run.step_batch()
        wait_until(lambda: run.view().status is not Status.RUNNING)


def finished(config: RunConfig, state: TrainingState) -> TrainingState:
    return advance(config, load_dataset(config.dataset), state, END)[0]


def test_a_run_that_stopped_early_is_resumed_with_its_best_state_and_its_patience(engine: Engine, store: Store) -> None:
    config = replace(CONFIG, epochs=200, learning_rate=0.05, early_stopping="loss", patience=2)
    run = engine.open(config, "secret")
    train(run)
    before = run.view()
    best = best_of(before.history, "loss")
    assert before.message.endswith(f"best at epoch {before.state.epoch - 2}.")
    run_id = run.id
    del run
    gc.collect()
    wait_until(lambda: engine.find(run_id) is None)
    again = engine.resume(run_id)
    assert (again.status, again.view().message) == (Status.FINISHED, before.message)
    assert again.view().state.same_as(before.state)
    assert best
    assert best.step in again.view().kept
    at_best = advance(config, load_dataset("digits"), initial_state(config, load_dataset("digits")), best.step)[0]
    assert store.model_at(run_id, best.step).state.same_as(at_best)

    fork = engine.fork(run_id, best.step, config, "secret").view()  # it may wait as long as its parent could there
    assert (fork.status, fork.state.monitor.loss_waited) == (Status.PAUSED, 0)
    train(again)
    assert again.view().state.epoch >= before.state.epoch + 2


def test_a_run_is_stored_from_its_first_step_on(engine: Engine, store: Store) -> None:
    run = engine.open(CONFIG, "secret")
    assert run.id == ""
    assert store.runs() == []
    train(run)
    store.flush()
    record = store.run(run.id)
    assert (record.status, record.step, record.config) == ("finished", END, CONFIG)
    assert store.may_steer(run.id, "secret")
    assert not store.may_steer(run.id, "another")
    assert store.model(run.id).state.same_as(run.view().state)
    np.testing.assert_array_equal(store.history(run.id).table, run.view().history.table)
    assert set(run.view().kept) >= {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512}


def test_a_run_that_another_server_continued_pauses_here_and_goes_on_from_there(engine: Engine, store: Store) -> None:
    config = replace(CONFIG, epochs=10_000)
    run = engine.open(config, "secret")
    train(run, 2)
    assert store.flush()
    with closing(Store(store.url)) as there:
        theirs = there.resume(run.id)
        later = advance(config, theirs.model.dataset, theirs.state, 5)[0]
        there.record(run.id, replace(theirs, model=replace(theirs.model, state=later)))
    run.start()
    wait_until(lambda: run.status is Status.PAUSED)
    assert store.trouble_of(run.id).startswith("This run is no longer saved here: another server")
    assert engine.resume(run.id) is run
    assert run.view().state.same_as(later)
    assert store.trouble_of(run.id) == ""
    train(run, 1)
    assert store.flush()
    assert store.model(run.id).state.same_as(run.view().state)


def test_a_run_that_another_server_trains_is_shown_and_forked_as_it_is_there(engine: Engine, store: Store) -> None:
    run = engine.open(CONFIG, "secret")
    train(run, 2)
    assert store.flush()
    with closing(Store(store.url)) as there:
        theirs = there.resume(run.id)
        later = advance(CONFIG, theirs.model.dataset, theirs.state, 5)[0]
        trained = replace(theirs, model=replace(theirs.model, state=later))
        for status in (Status.RUNNING, Status.PAUSED):
            there.record(run.id, replace(trained, status=status))
            assert there.flush()
            assert engine.look(run.id).view().state.same_as(later)
            assert engine.fork(run.id, None, CONFIG, "secret").view().state.same_as(later)
            assert engine.find(run.id) is None
            assert store.is_trained_elsewhere(run.id) is (status is Status.RUNNING)
    assert engine.resume(run.id) is run
    assert run.view().state.same_as(later)
    assert engine.look(run.id) is engine.find(run.id) is run


def test_a_stored_run_can_not_go_back_to_its_start(engine: Engine) -> None:
    run = engine.open(CONFIG)
    train(run, 3)
    before = run.view()
    with pytest.raises(ConfigError, match="stored run"):
        run.reset(CONFIG)
    assert run.view().state is before.state


def test_a_forgotten_run_comes_back_from_the_store_and_goes_on_to_the_same_bits(engine: Engine) -> None:
    run = engine.open(CONFIG)
    train(run, 3)
    run.change(replace(CONFIG, learning_rate=0.002))
    train(run, 2)
    run_id, before = run.id, run.view()
    gone = weakref.ref(run)
    del run
    wait_until(lambda: gc.collect() >= 0 and gone() is None)
    assert engine.find(run_id) is None
    back = engine.resume(run_id)
    after = back.view()
    assert after.status is Status.PAUSED
    assert after.state.same_as(before.state)
    assert after.changes == before.changes
    assert [change.description for change in after.changes] == ["learning rate 0.001 → 0.002"]
    np.testing.assert_array_equal(after.history.table, before.history.table)
    train(back)
    assert back.view().state.same_as(finished(replace(CONFIG, learning_rate=0.002), before.state))
    assert engine.resume(run_id) is back  # while it is in memory


def test_a_run_that_trains_is_not_forgotten(engine: Engine) -> None:
    run = engine.open(CONFIG)
    run.set_pace(20)
    run.start()
    run_id = run.id
    del run
    gc.collect()
    found = engine.find(run_id)
    assert found is not None
    wait_until(lambda: found.view().state.step > 0)
    assert found.status is Status.RUNNING


def test_a_fork_shares_its_past_and_goes_its_own_way(engine: Engine, store: Store) -> None:
    parent = engine.open(CONFIG)
    train(parent)
    settings = replace(CONFIG, learning_rate=0.01, hidden=(99,))
    child = engine.fork(parent.id, 70, settings, "secret")
    begun = child.view()
    assert begun.state.same_as(model_of(CONFIG, 64).state)  # the last moment kept before step 70
    assert begun.config == replace(CONFIG, learning_rate=0.01)  # the network stays
    assert begun.status is Status.PAUSED
    train(child)
    assert child.view().state.same_as(finished(begun.config, model_of(CONFIG, 64).state))
    own, past = child.view().history, parent.view().history.until(64)
    np.testing.assert_array_equal(own.table[:, : len(past)], past.table)
    assert [change.description for change in child.view().changes] == ["forked", "learning rate 0.001 → 0.01"]
    assert store.model_at(child.id, 8).state.same_as(model_of(CONFIG, 8).state)
    assert store.model_at(child.id, 8).config == CONFIG
    assert store.model_at(child.id, 10**9).state.same_as(child.view().state)

    store.flush()
    run = store.run(child.id)
    assert (run.parent, run.parent_step) == (parent.id, 64)
    np.testing.assert_allclose(store.history(child.id).table, own.table)
    grandchild = engine.fork(child.id, 32, CONFIG, "secret")
    assert grandchild.view().state.same_as(model_of(CONFIG, 32).state)
    assert set(grandchild.view().kept) >= {0, 1, 2, 4, 8, 16, 32}


def test_a_run_that_was_deleted_is_forked_by_its_own_browser_alone(engine: Engine, store: Store) -> None:
    run = engine.open(CONFIG, "secret")
    train(run, 1)
    assert store.flush()
    store.delete(run.id)
    assert engine.fork(run.id, None, CONFIG, "secret").view().state.step == 1
    with pytest.raises(StoreError, match="was deleted"):
        engine.fork(run.id, None, CONFIG, "another")
    with pytest.raises(StoreError, match="was deleted"):
        engine.look(run.id, "another")


def test_a_fork_with_a_batch_larger_than_its_data_is_refused(engine: Engine, store: Store) -> None:
    run = engine.open(CONFIG)
    train(run, 1)
    store.flush()
    known = len(store.runs())
    with pytest.raises(ConfigError, match="digits has 1,197 training examples"):
        engine.fork(run.id, None, replace(CONFIG, dataset="mnist", batch_size=2000), "")
    store.flush()
    assert len(store.runs()) == known


def test_a_fork_from_the_very_beginning_and_from_now(engine: Engine) -> None:
    parent = engine.open(CONFIG)
    train(parent, 5)
    fresh = engine.fork(parent.id, 0, CONFIG, "")
    assert fresh.view().status is Status.READY
    np.testing.assert_array_equal(fresh.view().history.table, parent.view().history.until(0).table)
    train(fresh)
    assert list(fresh.view().history["step"]).count(0) == 1
    assert fresh.view().state.same_as(model_of(CONFIG, END).state)
    latest = engine.fork(parent.id, None, CONFIG, "")
    assert latest.view().state.same_as(parent.view().state)


def test_a_tuned_network_is_kept_as_a_fork_that_goes_on_where_its_run_was(engine: Engine, store: Store) -> None:
    parent = engine.open(CONFIG, "secret")
    train(parent, 5)
    before = parent.view().model
    drawings = before.dataset.validation.rows(0, 3)
    tuned = tune(before, drawings.inputs, drawings.labels)
    fork = engine.keep_tuned(parent.id, before, tuned, "fine-tuned on 3 drawings", "secret")
    kept = store.run(fork)
    assert (kept.name, kept.status, kept.parent, kept.parent_step) == (
        "Fine-tuned on 3 drawings",
        "paused",
        parent.id,
        5,
    )
    run = engine.resume(fork)
    assert run.view().state.same_as(tuned.state)
    assert run.view().model.progress == before.progress
    assert [change.description for change in run.view().changes] == ["fine-tuned on 3 drawings"]
    assert run.view().history["validation_accuracy"][-1] == pytest.approx(tuned.after.accuracy)
    train(run)
    assert run.view().status is Status.FINISHED


def test_a_network_from_elsewhere_is_measured_before_its_first_step(engine: Engine) -> None:
    model = model_of(CONFIG, 30)
    model = replace(model, state=replace(initial_state(CONFIG, model.dataset), parameters=model.state.parameters))
    run = engine.resume(engine.keep_opened(model, "Mine", "secret"))
    fork = engine.fork(run.id, None, CONFIG, "secret")
    expected = evaluate(CONFIG, model.dataset, model.state)
    for each in (run, fork):
        assert each.view().history.last("validation_accuracy") == pytest.approx(expected.accuracy)
        train(each, 2)
        assert each.view().history["step"].tolist() == [0, 1, 2]


def test_a_fork_comes_back_with_its_past(engine: Engine, store: Store, tmp_path: Path) -> None:
    parent = engine.open(CONFIG)
    train(parent)
    child = engine.fork(parent.id, 64, replace(CONFIG, l2=0.01), "")
    train(child, 3)
    view, run_id = child.view(), child.id
    store.flush()
    seen = StoredRun(store, run_id).view()
    del child, parent
    wait_until(lambda: gc.collect() >= 0 and engine.find(run_id) is None)
    back = engine.resume(run_id).view()
    for other in (back, seen):
        np.testing.assert_allclose(other.history.table, view.history.table)
        assert other.state.same_as(view.state)
        assert other.kept == view.kept
        assert [change.step for change in other.changes] == [change.step for change in view.changes]
        assert [change.seconds for change in other.changes] == pytest.approx([c.seconds for c in view.changes])


def test_an_unchanged_state_that_is_read_again_is_the_same_object(
    engine: Engine, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "FRESH_SECONDS", 0)  # each look reads the store
    run = engine.open(CONFIG)
    train(run, 3)
    store.flush()
    seen = StoredRun(store, run.id)
    first = seen.view().state
    assert seen.view().state is first, "what was computed from it, such as a projection, is found again"
    train(run, 1)
    store.flush()
    wait_until(lambda: seen.view().state.step > first.step)


def test_what_is_not_there_is_refused_with_a_sentence(engine: Engine) -> None:
    for ask in (
        engine.resume,
        engine.look,
        lambda run_id: engine.fork(run_id, 3, CONFIG, ""),
    ):
        with pytest.raises(StoreError, match="There is no run 'nowhere'"):
            ask("nowhere")
    bare = Engine(lambda: LocalPool(workers=1))
    with pytest.raises(StoreError, match="Runs are not stored here"):
        bare.resume("nowhere")
    bare.close()


def test_a_server_that_stops_leaves_its_runs_paused(store: Store) -> None:
    engine = Engine(lambda: LocalPool(workers=1), store=store)
    run = engine.open(CONFIG)
    run.set_pace(20)
    run.start()
    wait_until(lambda: run.view().state.step > 3)
    engine.close()
    store.flush()
    stopped = store.run(run.id)
    assert (stopped.status, stopped.message) == ("paused", SERVER_STOPPED)
    assert store.model(run.id).state.same_as(run.view().state)


def test_a_run_that_began_with_weights_from_elsewhere_remembers_them(engine: Engine, store: Store) -> None:
    other = model_of(replace(CONFIG, seed=5), steps=3)
    begun = replace(other.state, step=0, position=0, epoch=0, examples=0)
    run_id = store.begin(Checkpoint(Model(CONFIG, other.dataset, begun), Status.PAUSED), "")
    store.release(run_id)
    store.flush()
    fork = engine.fork(run_id, None, CONFIG, "")
    train(fork, 3)
    store.flush()
    back = engine.resume(run_id)
    for view in (StoredRun(store, run_id).view(), back.view(), fork.view(), StoredRun(store, fork.id).view()):
        assert np.array_equal(view.initial.parameters, begun.parameters)
