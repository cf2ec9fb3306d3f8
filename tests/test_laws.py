"""The laws of training: a run is a value, and its result is the same to the last bit however it is cut."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import RunConfig, TrainingState, advance, initial_state
from mlp.datasets import Dataset, Split
from mlp.network.optimizers import OPTIMIZERS
from mlp.training import epoch_order
from tests.small_dataset import dataset_of

ROWS = 107  # a prime: the last mini-batch is always a partial one


def small_dataset() -> Dataset:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3 * ROWS, 12), dtype=np.uint8)
    labels = rng.integers(0, 3, 3 * ROWS).astype(np.uint8)
    train, validation, test = (Split(images, labels).rows(start, start + ROWS) for start in (0, ROWS, 2 * ROWS))
    return dataset_of(train, validation, test, "abc", (3, 4))


DATASET = small_dataset()
CONFIG = RunConfig(dataset="digits", hidden=(9, 7), batch_size=16, epochs=4, dropout=0.2, learning_rate=0.01, l2=1e-3)
STEPS_AN_EPOCH = 7


def trained(config: RunConfig, slices: list[int]) -> TrainingState:
    state = initial_state(config, DATASET)
    for steps in slices:
        state, _ = advance(config, DATASET, state, steps)
    return state


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@given(slices=st.lists(st.integers(1, 11), min_size=1, max_size=6))
@settings(max_examples=20)
def test_a_run_is_the_same_however_it_is_cut(optimizer: str, slices: list[int]) -> None:
    config = replace(CONFIG, optimizer=optimizer)
    assert trained(config, slices).same_as(trained(config, [sum(slices)]))


@given(first=st.integers(1, 20), second=st.integers(1, 20), offset=st.integers(1, 15))
@settings(max_examples=20)
def test_a_state_survives_a_journey_and_lands_at_any_address(first: int, second: int, offset: int) -> None:
    config = replace(CONFIG, optimizer="adam")
    state = pickle.loads(pickle.dumps(trained(config, [first])))  # noqa: S301  # our own bytes
    room = np.empty(4 * len(state.parameters) + 64, np.uint8)
    moved = room[offset : offset + 4 * len(state.parameters)].view(np.float32)
    moved[:] = state.parameters
    there, _ = advance(config, DATASET, replace(state, parameters=moved), second)
    assert there.same_as(trained(config, [first + second]))


def test_advance_changes_only_its_copy() -> None:
    state = trained(replace(CONFIG, optimizer="adam"), [3])
    before = pickle.loads(pickle.dumps(state))  # noqa: S301  # our own bytes
    advance(replace(CONFIG, optimizer="adam"), DATASET, state, 5)
    assert state.same_as(before)


def test_an_epoch_visits_every_example_once_and_each_epoch_in_another_order() -> None:
    orders = [epoch_order(CONFIG, DATASET, epoch) for epoch in range(3)]
    for order in orders:
        assert sorted(order) == list(range(ROWS))
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[1], orders[2])
    assert not np.array_equal(orders[0], epoch_order(replace(CONFIG, seed=43), DATASET, 0))


def test_the_last_partial_batch_is_trained_on() -> None:
    state = initial_state(CONFIG, DATASET)
    state, report = advance(CONFIG, DATASET, state, STEPS_AN_EPOCH)
    assert (state.epoch, state.position, state.examples) == (1, 0, ROWS)
    assert report.trained == ROWS


@given(sizes=st.lists(st.sampled_from([1, 5, 16, 20]), min_size=2, max_size=5))
def test_a_batch_size_changed_on_the_way_leaves_no_example_out(sizes: list[int]) -> None:
    state = initial_state(CONFIG, DATASET)
    for size in sizes:
        state, _ = advance(replace(CONFIG, batch_size=size), DATASET, state, 1)
    assert state.position == sum(sizes)
    state, report = advance(replace(CONFIG, batch_size=ROWS), DATASET, state, 1)
    assert (state.epoch, state.position) == (1, 0)
    assert report.trained == ROWS - sum(sizes)


def test_training_ends_with_the_last_epoch_and_goes_on_when_there_are_more() -> None:
    state = trained(CONFIG, [10_000])
    assert (state.epoch, state.step) == (CONFIG.epochs, CONFIG.epochs * STEPS_AN_EPOCH)
    same, report = advance(CONFIG, DATASET, state, 5)
    assert report.trained == 0
    assert same.same_as(state)
    longer = replace(CONFIG, epochs=CONFIG.epochs + 1)
    assert advance(longer, DATASET, state, 10_000)[0].same_as(trained(longer, [10_000]))


def test_another_optimizer_starts_with_no_memories() -> None:
    state = trained(replace(CONFIG, optimizer="momentum"), [9])
    adam = replace(CONFIG, optimizer="adam")
    switched, _ = advance(adam, DATASET, state, 1)
    assert switched.updates == 1
    fresh = replace(state, moments=np.zeros((2, len(state.parameters)), np.float32), optimizer="adam", updates=0)
    assert switched.same_as(advance(adam, DATASET, fresh, 1)[0])


def test_divergence_is_told_at_its_step_and_the_last_finite_state_kept() -> None:
    wild = replace(CONFIG, activation="identity", learning_rate=50.0, dropout=0.0, l2=0.0, epochs=100)
    state, report = advance(wild, DATASET, initial_state(wild, DATASET), 500)
    assert report.diverged is not None
    assert report.diverged.step == state.step + 1
    assert np.isfinite(state.parameters).all()
    assert state.same_as(trained(wild, [1] * state.step))
    beyond, again = advance(wild, DATASET, state, 1)
    assert again.diverged is not None
    assert beyond.same_as(state)
