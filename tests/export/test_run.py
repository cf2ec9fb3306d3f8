"""A stored run leaves with its story: settings, changes and forks from which its state can be made again."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp import RunConfig, TrainingState, advance, initial_state, load_dataset
from mlp.export import ExportedRun
from mlp.store import Store, new_token
from mlp.training.checkpoint import Checkpoint
from mlp.training.history import History
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


def test_the_state_of_a_changed_run_and_of_its_fork_follows_from_the_story(store: Store) -> None:
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
        assert run.model_at is not None
        assert run.kept
        for step in run.kept:
            assert run.model_at(step).state.step == step
