"""A stored run leaves with its story: settings, changes and forks from which its state can be made again."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp import RunConfig, TrainingState, advance, initial_state, load_dataset
from mlp.engine import Run
from mlp.engine.run import Listener
from mlp.engine.stored import Recorder
from mlp.export import ExportedRun
from mlp.store import Store, new_token
from mlp.training.checkpoint import Checkpoint
from mlp.training.history import History
from mlp.training.quantum import train_quantum
from tests.stored_runs import checkpoint, train_on

DIGITS = load_dataset("digits")
START = RunConfig(dataset="digits", hidden=(8,), learning_rate=0.1, epochs=3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path / 'runs.sqlite3'}")) as store:
        yield store


def train_in(store: Store, run_id: str, run: Checkpoint, steps: int) -> Checkpoint:
    history = History(run.history)
    state = train_on(history, run.config, run.state, steps)
    run = replace(run, model=replace(run.model, state=state), history=history.view())
    store.record(run_id, run)
    return run


def train(run: Run, steps: int) -> None:
    """Train until it is at this step, as an engine does."""
    while run.view().state.step < steps:
        quantum = run.next_quantum(0.001)
        run.receive(quantum, train_quantum(*quantum), 0.0)


def changed(run: Checkpoint, config: RunConfig, description: str) -> Checkpoint:
    run = replace(run, model=replace(run.model, config=config))
    return replace(run, changes=(*run.changes, run.mark(description)))


def trained_again(run: ExportedRun) -> TrainingState:
    """Follow the story from the start."""
    config = run.started_with
    assert config is not None
    state = initial_state(config, DIGITS)
    for change in run.changes:
        if change.step > state.step:
            state, _ = advance(config, DIGITS, state, change.step - state.step)
        config = RunConfig.from_json(change.config_json)
    return advance(config, DIGITS, state, run.state.step - state.step)[0]


def test_the_state_of_a_changed_run_and_of_its_fork_follows_from_the_story(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Watched(Store):
        def __init__(self, url: str) -> None:
            opened.append(url)
            super().__init__(url)

    monkeypatch.setattr("mlp.store.Store", Watched)
    first = checkpoint(START, initial_state(START, DIGITS))
    parent_id = store.begin(first, new_token(), name="Mine")
    half = train_in(store, parent_id, first, 20)
    slower = changed(half, replace(START, learning_rate=0.02), "learning rate 0.1 → 0.02")
    fork_at = train_in(store, parent_id, slower, 15)
    parent = train_in(store, parent_id, fork_at, 7)

    child_id = store.begin(fork_at, new_token(), parent=(parent_id, fork_at.state.step))
    fork = changed(fork_at, replace(fork_at.config, batch_size=16), "forked")
    child = train_in(store, child_id, fork, 9)
    assert store.flush()

    for run_id, expected, name in ((parent_id, parent, "Mine"), (child_id, child, "")):
        run = ExportedRun.from_store(store, run_id)
        assert (run.name, run.started_with) == (name, START)
        assert run.state.same_as(expected.state)
        assert [change.step for change in run.changes] == [change.step for change in expected.changes]
        assert trained_again(run).same_as(expected.state)
        assert run.models_at is not None
        assert len(run.kept) > 1
        opened.clear()
        assert [model.state.step for model in run.models_at(run.kept)] == list(run.kept)
        assert len(opened) == 1, "the store is opened once for all steps"


FASTER, SLOWER = replace(START, learning_rate=0.3), replace(START, learning_rate=0.02)


def changed_before_the_first_step(listener: Listener) -> Run:
    """Return a run that was changed when it was ready, when it was started, and with its first quantum under way."""
    run = Run(replace(START, l2=0.5), listener=listener)
    run.change(replace(START, l1=0.5))
    run.start()
    lost = run.next_quantum(0.1)
    run.pause()
    run.change(FASTER)
    run.start()
    run.change(START)
    under_way = run.next_quantum(0.1)
    run.change(SLOWER)
    run.receive(under_way, train_quantum(*under_way), 0.0)
    run.receive(lost, train_quantum(*lost), 0.0)
    train(run, 30)
    return run


def test_what_is_changed_before_the_first_step_belongs_to_the_story(store: Store) -> None:
    alone = ExportedRun.of(changed_before_the_first_step(Listener()).view())
    assert alone.started_with == START
    kept = changed_before_the_first_step(Recorder(store, "token"))
    assert store.flush()
    for run in (alone, ExportedRun.from_store(store, kept.id), ExportedRun.from_store(store, kept.id, kept.view())):
        assert run.config == SLOWER
        assert trained_again(run).same_as(run.state)


def test_a_quantum_that_counts_although_the_run_was_changed_meanwhile_belongs_to_the_story() -> None:
    run = Run(START)
    run.start()
    under_way = run.next_quantum(0.1)
    run.pause()
    run.change(SLOWER)
    run.start()
    run.receive(under_way, train_quantum(*under_way), 0.0)
    train(run, 30)
    story = ExportedRun.of(run.view())
    assert (story.started_with, len(story.changes)) == (START, 1)
    assert trained_again(story).same_as(story.state)


def test_a_change_that_another_server_trains_with_belongs_to_the_story(store: Store) -> None:
    run = Run(START, listener=Recorder(store, "token"))
    run.start()
    train(run, 20)
    run.pause()
    run.change(SLOWER)
    resumed = store.resume(run.id)
    again = Run(resumed.config, resumed, listener=Recorder(store, run_id=run.id))
    again.start()
    train(again, 40)
    assert store.flush()
    story = ExportedRun.from_store(store, run.id)
    assert [change.description for change in story.changes] == ["learning rate 0.1 → 0.02"]
    assert trained_again(story).same_as(story.state)
