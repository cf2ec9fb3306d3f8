"""What training does with dropout on inputs, limits, smoothed labels, normalization and averages."""

from dataclasses import replace

import numpy as np
import pytest

from mlp import Model, RunConfig, TrainingState, advance, evaluate, initial_state
from mlp.network.losses import log_softmax
from mlp.network.network import split_parameters
from mlp.training.loop import Trainer
from mlp.training.quantum import train_quantum
from tests.small_dataset import ROWS, small_dataset

DATASET = small_dataset()
PLAIN = RunConfig(dataset="digits", hidden=(9, 7), batch_size=16, epochs=40, learning_rate=0.05)
NORMALIZED = replace(PLAIN, batch_norm=True)


def trained(config: RunConfig, steps: int) -> TrainingState:
    return advance(config, DATASET, initial_state(config, DATASET), steps)[0]


def test_an_average_of_the_weights_answers_in_their_place() -> None:
    config = replace(PLAIN, averaging=0.8)
    state, passed = initial_state(config, DATASET), []
    for _ in range(12):
        state, _ = advance(config, DATASET, state, 1)
        passed.append(state.parameters)
    shares = 0.8 ** np.arange(11, -1, -1)
    expected = shares @ np.array(passed) / shares.sum()
    model = Model(config, DATASET, state)
    np.testing.assert_allclose(model.parameters, expected, atol=1e-6)
    assert model.parameters is state.average
    assert state.parameters.tobytes() == trained(PLAIN, 12).parameters.tobytes(), "averaging changes no training"
    there = replace(state, parameters=state.average)
    assert evaluate(config, DATASET, state) == evaluate(PLAIN, DATASET, there) != evaluate(PLAIN, DATASET, state)


@pytest.mark.parametrize("options", [PLAIN, NORMALIZED])
def test_a_quantum_measures_the_weights_beside_their_average(options: RunConfig) -> None:
    config = replace(options, averaging=0.9)
    for each, steps in ((config, 100), (options, 100)):
        result = train_quantum(Model(each, DATASET, initial_state(each, DATASET)), steps, validate=True)
        measured = [report for report in result.reports if report.validation]
        assert len(measured) == 1 + -(-steps // each.steps_per_epoch(DATASET.info))
        for report in measured:
            state = trained(each, report.step) if report.step else initial_state(each, DATASET)
            expected = evaluate(options, DATASET, state) if each is config else None
            assert report.unaveraged == expected
        assert each is options or measured[-1].unaveraged != measured[-1].validation


def test_an_average_that_begins_later_begins_with_the_weights_of_then_and_is_dropped_when_it_ends() -> None:
    averaged, start = replace(PLAIN, averaging=0.9), trained(PLAIN, 500)
    assert Model(averaged, DATASET, start).parameters is start.parameters
    state, _ = advance(averaged, DATASET, start, 1)
    expected = start.parameters + 0.1 * (state.parameters - start.parameters)
    np.testing.assert_allclose(state.average, expected, atol=1e-6)
    ended, _ = advance(PLAIN, DATASET, state, 1)
    assert ended.average.size == 0
    normalized, start = replace(NORMALIZED, averaging=0.9), trained(NORMALIZED, 500)
    assert Model(normalized, DATASET, start).learned.statistics is start.statistics
    state, _ = advance(normalized, DATASET, start, 1)
    expected = start.statistics + 0.1 * (state.statistics - start.statistics)
    np.testing.assert_allclose(state.average_statistics, expected, atol=1e-6)
    assert advance(NORMALIZED, DATASET, state, 1)[0].average_statistics.size == 0


def test_an_average_holds_no_diverged_weights() -> None:
    config = replace(PLAIN, activation="identity", averaging=0.9, learning_rate=100)
    state, report = advance(config, DATASET, initial_state(config, DATASET), 200)
    assert report.diverged is not None
    assert np.isfinite(state.average).all()
    assert len(state.average) == len(state.parameters)


def test_statistics_that_overflow_are_a_divergence() -> None:
    start = initial_state(NORMALIZED, DATASET)
    state, report = advance(NORMALIZED, DATASET, replace(start, parameters=start.parameters * np.float32(1e25)), 3)
    assert report.diverged is not None
    assert np.isfinite(state.statistics).all()


def test_a_normalized_network_predicts_each_example_alone_with_the_running_statistics() -> None:
    state = trained(NORMALIZED, 60)
    model = Model(NORMALIZED, DATASET, state)
    logits = model.logits(DATASET.validation.inputs)
    np.testing.assert_allclose(model.logits(DATASET.validation.inputs[:1]), logits[:1], rtol=1e-4, atol=1e-5)
    assert len(model.parameters) == PLAIN.parameters(DATASET.info)
    same = model.with_parameters(model.parameters)
    np.testing.assert_array_equal(same.logits(DATASET.validation.inputs), logits)
    assert same.config == PLAIN


def test_running_statistics_have_their_own_decay_and_are_averaged_like_the_weights() -> None:
    for decay in (0.5, 0.99):
        config, means, running = replace(NORMALIZED, averaging=decay), [], []
        state = initial_state(config, DATASET)
        for _ in range(20):
            trainer = Trainer(config, DATASET, state)
            trainer.train(1)
            means.append(np.concatenate([each.mean for each in trainer.network.normalizations]))
            state = trainer.state()
            running.append(state.statistics)
        for found, values, kept in (
            (state.statistics[0], means, 0.9),
            (state.average_statistics, running, decay),
        ):
            shares = kept ** np.arange(19, -1, -1)
            expected = np.tensordot(shares, np.array(values), axes=1) / shares.sum()
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
        assert state.statistics.tobytes() == trained(NORMALIZED, 20).statistics.tobytes()


@pytest.mark.parametrize("steps", [0, 1, 30])
def test_a_normalized_network_predicts_the_same_whenever_averaging_ends(steps: int) -> None:
    averaged, _ = advance(replace(NORMALIZED, averaging=0.999), DATASET, trained(NORMALIZED, 40), 30)
    never = trained(NORMALIZED, 70)
    if steps:
        averaged, never = (advance(NORMALIZED, DATASET, state, steps)[0] for state in (averaged, never))
    expected = Model(NORMALIZED, DATASET, never).parameters
    np.testing.assert_array_equal(Model(NORMALIZED, DATASET, averaged).parameters, expected)


def test_the_last_mini_batch_of_an_epoch_may_be_a_single_example() -> None:
    config = replace(NORMALIZED, batch_size=ROWS - 1, averaging=0.9)
    state = trained(config, 2)
    assert (state.epoch, state.position) == (1, 0)
    assert np.isfinite(Model(config, DATASET, state).parameters).all()
    assert not trained(config, 1).same_as(state)
    np.testing.assert_array_equal(trained(config, 1).statistics, state.statistics)


def test_clipping_bounds_a_step_and_max_norm_a_units_weights() -> None:
    start = initial_state(PLAIN, DATASET)
    clipped, _ = advance(replace(PLAIN, clip_norm=0.01), DATASET, start, 1)
    step = np.linalg.norm((clipped.parameters - start.parameters).astype(float))
    assert step == pytest.approx(0.01 * PLAIN.learning_rate, rel=1e-3)
    limited = trained(replace(PLAIN, max_norm=0.7), 30)
    norms = [np.linalg.norm(w, axis=0) for w, _ in split_parameters(limited.parameters, PLAIN.sizes(DATASET.info))]
    assert max(norm.max() for norm in norms) == pytest.approx(0.7, rel=1e-5)


def test_inputs_are_switched_off_anew_in_each_mini_batch_and_never_in_predictions() -> None:
    config = replace(PLAIN, input_dropout=0.25, dropout=0.25)
    whole, dropping = (Trainer(each, DATASET, initial_state(each, DATASET)) for each in (PLAIN, config))
    zeros = []
    for _ in range(2):
        inputs, expected = dropping.next_batch()[0].copy(), whole.next_batch()[0].copy()
        kept = inputs != 0
        np.testing.assert_allclose(inputs[kept], expected[kept] / 0.75, rtol=1e-6)
        zeros.append(~kept & (expected != 0))
        for trainer in (whole, dropping):
            trainer.train(1)
    assert 0.1 < np.mean(zeros) < 0.4
    assert not np.array_equal(*zeros)
    state = initial_state(config, DATASET)
    assert evaluate(config, DATASET, state) == evaluate(PLAIN, DATASET, state)


def test_the_training_loss_is_that_of_smoothed_labels_and_the_validation_loss_is_not() -> None:
    config = replace(PLAIN, label_smoothing=0.3, batch_size=ROWS)
    state = initial_state(config, DATASET)
    _, report = advance(config, DATASET, state, 1)
    logs = log_softmax(Model(config, DATASET, state).logits(DATASET.train.inputs))
    targets = 0.7 * np.eye(3)[DATASET.train.labels] + 0.1
    assert report.train_loss == pytest.approx(-(targets * logs).sum(axis=1).mean(), rel=1e-5)
    assert evaluate(config, DATASET, state) == evaluate(PLAIN, DATASET, state)
