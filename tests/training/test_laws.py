"""The laws of training: a run is a value, and its result is the same to the last bit however it is cut."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import Model, RunConfig, TrainingState, advance, initial_state
from mlp.network.optimizers import OPTIMIZERS
from mlp.training import epoch_order
from mlp.training.loop import Trainer
from tests.small_dataset import ROWS, small_dataset

DATASET = small_dataset()
CONFIG = RunConfig(dataset="digits", hidden=(9, 7), batch_size=16, epochs=4, dropout=0.2, learning_rate=0.01, l2=1e-3)

OPTIONS = {
    "plain": CONFIG,
    "all": replace(
        CONFIG,
        dropout=(0.3, 0.1),
        batch_norm=True,
        averaging=0.9,
        clip_norm=0.5,
        max_norm=1.0,
        input_dropout=0.2,
        label_smoothing=0.1,
        rotation=20,
        elastic=10,
        flip=True,
        pixel_noise=0.1,
        cutout=0.3,
    ),
}


def trained(config: RunConfig, slices: list[int]) -> TrainingState:
    state = initial_state(config, DATASET)
    for steps in slices:
        state, _ = advance(config, DATASET, state, steps)
    return state


@pytest.mark.parametrize(("optimizer", "options"), [*((name, "plain") for name in OPTIMIZERS), ("adam", "all")])
@given(slices=st.lists(st.integers(1, 11), min_size=1, max_size=6))
@settings(max_examples=20)
def test_a_run_is_the_same_however_it_is_cut(optimizer: str, options: str, slices: list[int]) -> None:
    config = replace(OPTIONS[options], optimizer=optimizer)
    assert trained(config, slices).same_as(trained(config, [sum(slices)]))


@pytest.mark.parametrize("options", OPTIONS)
@given(first=st.integers(1, 20), second=st.integers(1, 20), offset=st.integers(1, 15))
@settings(max_examples=20)
def test_a_state_survives_a_journey_and_lands_at_any_address(
    options: str, first: int, second: int, offset: int
) -> None:
    config = replace(OPTIONS[options], optimizer="adam")
    state = pickle.loads(pickle.dumps(trained(config, [first])))  # noqa: S301  # our own bytes
    room = np.empty(4 * len(state.parameters) + 64, np.uint8)
    moved = room[offset : offset + 4 * len(state.parameters)].view(np.float32)
    moved[:] = state.parameters
    there, _ = advance(config, DATASET, replace(state, parameters=moved), second)
    assert there.same_as(trained(config, [first + second]))


@pytest.mark.parametrize("options", OPTIONS)
def test_advance_changes_only_its_copy(options: str) -> None:
    config = replace(OPTIONS[options], optimizer="adam")
    state = trained(config, [3])
    before = pickle.loads(pickle.dumps(state))  # noqa: S301  # our own bytes
    advance(config, DATASET, state, 5)
    assert state.same_as(before)


def test_an_epoch_visits_every_example_once_and_each_epoch_in_another_order() -> None:
    orders = [epoch_order(CONFIG, DATASET, epoch) for epoch in range(3)]
    for order in orders:
        assert sorted(order) == list(range(ROWS))
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[1], orders[2])
    assert not np.array_equal(orders[0], epoch_order(replace(CONFIG, seed=43), DATASET, 0))


def test_another_optimizer_starts_with_no_memories() -> None:
    state = trained(replace(CONFIG, optimizer="momentum"), [9])
    adam = replace(CONFIG, optimizer="adam")
    switched, _ = advance(adam, DATASET, state, 1)
    assert switched.updates == 1
    fresh = replace(state, moments=np.zeros((2, len(state.parameters)), np.float32), optimizer="adam", updates=0)
    assert switched.same_as(advance(adam, DATASET, fresh, 1)[0])


def test_without_shuffling_every_epoch_visits_the_examples_in_their_order() -> None:
    dataset = replace(DATASET, shuffled=False)
    trainer = Trainer(CONFIG, dataset, initial_state(CONFIG, dataset))
    for _ in range(2):
        assert np.array_equal(trainer.order, np.arange(len(DATASET.train.labels)))
        trainer.train(CONFIG.steps_per_epoch(dataset.info))
    assert trainer.epoch == 2


def test_a_state_of_double_precision_is_trained_in_it() -> None:
    double = np.dtype(np.float64)
    config = replace(CONFIG, dropout=0)  # masks of one precision are not those of the other
    state, _ = advance(config, DATASET, initial_state(config, DATASET, double), 12)
    single, _ = advance(config, DATASET, initial_state(config, DATASET), 12)
    assert state.parameters.dtype == state.moments.dtype == double
    np.testing.assert_allclose(single.parameters, state.parameters, atol=1e-5)
    logits = Model(CONFIG, DATASET, state).logits(DATASET.test.inputs)
    assert logits.dtype == double
    np.testing.assert_allclose(Model(CONFIG, DATASET, single).logits(DATASET.test.inputs), logits, atol=1e-3)
