"""What training does and reports, and how a state is evaluated."""

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import Model, RunConfig, TrainingState, advance, evaluate, initial_state, load_dataset
from mlp.datasets import Dataset, Split
from mlp.network.layers import Dropout
from mlp.network.network import split_parameters
from mlp.network.optimizers import OPTIMIZERS
from mlp.training import (
    finished,
    inputs_of,
    report_untrained,
    steps_left,
    steps_left_in_epoch,
)
from mlp.training.loop import Trainer
from mlp.training.model import BATCH
from mlp.training.monitor import Monitor
from tests.small_dataset import ROWS, dataset_of, fingerprint_dataset, small_dataset

DATASET = small_dataset()
FINGERPRINT = fingerprint_dataset()
CONFIG = RunConfig(dataset="digits", hidden=(9, 7), batch_size=16, epochs=3, learning_rate=0.05)
SIZES = (12, 9, 7, 3)


def trained(config: RunConfig, steps: int, dataset: Dataset = DATASET) -> TrainingState:
    state = initial_state(config, dataset)
    return advance(config, dataset, state, steps)[0] if steps else state


# ── Each example once an epoch ────────────────────────────────────────────────────────────────────────────────────

pieces = st.tuples(
    st.sampled_from(list(OPTIMIZERS)), st.integers(1, 40), st.floats(0.001, 0.1), st.integers(1, 3)
)  # optimizer, batch size, learning rate, steps


@given(plan=st.lists(pieces, max_size=5))
@settings(max_examples=60)
def test_settings_changed_within_an_epoch_leave_no_example_out_and_take_none_twice(
    plan: list[tuple[str, int, float, int]],
) -> None:
    """An example's visits move its own row of W from zero; as many visits as examples, each seen, is each once."""
    config = RunConfig(dataset="digits", hidden=(), initializer="zeros", epochs=1, batch_size=16, weight_decay=0)
    state, visits = initial_state(config, FINGERPRINT), 0
    for optimizer, batch_size, learning_rate, steps in plan:
        config = replace(config, optimizer=optimizer, batch_size=batch_size, learning_rate=learning_rate)
        state, report = advance(config, FINGERPRINT, state, steps)
        visits += report.trained
        moved = next(split_parameters(state.parameters, (ROWS, 3)))[0].any(axis=1)
        assert moved.sum() == visits
    state, report = advance(config, FINGERPRINT, state, ROWS)
    moved = next(split_parameters(state.parameters, (ROWS, 3)))[0].any(axis=1)
    assert moved.all()
    assert visits + report.trained == ROWS
    assert finished(config, state)


# ── Dropout ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_dropout_silences_other_units_at_each_step_and_the_same_ones_when_asked_again() -> None:
    """The outgoing weights of a unit that is off rest for a step; those of a sigmoid unit that is on always move."""
    config = replace(CONFIG, hidden=(400,), activation="sigmoid", batch_size=1, dropout=0.5)

    def step(config: RunConfig, state: TrainingState) -> tuple[TrainingState, np.ndarray]:
        after, _ = advance(config, DATASET, state, 1)
        (_, _), (old, _) = split_parameters(state.parameters, (12, 400, 3))
        (_, _), (new, _) = split_parameters(after.parameters, (12, 400, 3))
        return after, (old == new).all(axis=1)

    start = initial_state(config, DATASET)
    state, first = step(config, start)
    _, second = step(config, state)
    for silenced in (first, second):
        assert silenced.mean() == pytest.approx(0.5, abs=0.1)
    assert (first & second).mean() == pytest.approx(0.25, abs=0.1)  # independent of each other
    np.testing.assert_array_equal(step(config, start)[1], first)
    assert not np.array_equal(step(replace(config, seed=43), start)[1], first)
    assert not step(replace(config, dropout=0.0), start)[1].any()


def test_each_hidden_layer_drops_its_own_share_and_none_without_one() -> None:
    config = replace(CONFIG, hidden=(9, 8, 7), dropout=(0.2, 0, 0.5))
    layers = Trainer(config, DATASET, initial_state(config, DATASET)).network.layers
    drops = [(layer.mask.shape[1], layer.probability) for layer in layers if isinstance(layer, Dropout)]
    assert drops == [(9, 0.2), (7, 0.5)]


# ── How far a run has to go ───────────────────────────────────────────────────────────────────────────────────────


@given(first=st.integers(1, ROWS), before=st.integers(0, 9), batch_size=st.integers(1, ROWS), epochs=st.integers(1, 3))
@settings(max_examples=30)
def test_steps_left_are_the_steps_it_takes(first: int, before: int, batch_size: int, epochs: int) -> None:
    state = trained(replace(CONFIG, batch_size=first), before)
    config = replace(CONFIG, batch_size=batch_size, epochs=epochs)
    left, taken, ends = steps_left(config, DATASET, state), 0, state.epoch + 1
    in_epoch = steps_left_in_epoch(config, DATASET, state)
    while not finished(config, state) and taken <= left:
        state, report = advance(config, DATASET, state, 1)
        taken += 1
        assert (state.epoch >= ends) == (taken >= in_epoch)
        assert report.trained > 0
    assert taken == left


def test_a_run_cut_to_fewer_epochs_than_it_has_done_is_finished() -> None:
    state = trained(CONFIG, 17)  # in the third epoch
    shorter = replace(CONFIG, epochs=2)
    assert finished(shorter, state)
    assert steps_left(shorter, DATASET, state) == 0
    same, report = advance(shorter, DATASET, state, 5)
    assert same.same_as(state)
    assert report.trained == 0
    assert advance(CONFIG, DATASET, same, 4)[0].same_as(trained(CONFIG, 21))


@pytest.mark.parametrize("steps", [0, -3])
def test_fewer_than_one_step_is_refused(steps: int) -> None:
    with pytest.raises(ValueError, match=f"steps is {steps}; advance trains at least 1 step"):
        advance(CONFIG, DATASET, initial_state(CONFIG, DATASET), steps)


# ── Reports ───────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 12), st.integers(1, 9))
@settings(max_examples=20)
def test_reports_of_pieces_add_up_to_the_report_of_the_whole(first: int, second: int) -> None:
    state, one = advance(CONFIG, DATASET, initial_state(CONFIG, DATASET), first)
    state, two = advance(CONFIG, DATASET, state, second)
    end, whole = advance(CONFIG, DATASET, initial_state(CONFIG, DATASET), first + second)
    assert one.trained + two.trained == whole.trained == whole.examples == end.examples
    for name in ("train_loss", "train_accuracy"):
        mean = (getattr(one, name) * one.trained + getattr(two, name) * two.trained) / whole.trained
        assert getattr(whole, name) == pytest.approx(mean, rel=1e-9)
    for name in ("epoch", "step", "progress", "learning_rate", "gradient_norm", "update_ratio"):
        assert getattr(whole, name) == getattr(two, name), name
    assert whole.progress == pytest.approx(end.examples / ROWS)
    assert (whole.epoch, whole.step) == (end.epoch, end.step)


@pytest.mark.parametrize("max_norm", [0.0, 0.5])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_report_tells_how_long_the_last_step_was_for_the_layer_it_moved_most(optimizer: str, max_norm: float) -> None:
    config = replace(
        CONFIG, optimizer=optimizer, learning_rate=0.001, max_norm=max_norm
    )  # with 0.01, RMSProp's ReLUs die
    before = trained(config, 4)
    after, report = advance(config, DATASET, before, 1)
    olds, news = (split_parameters(state.parameters, SIZES) for state in (before, after))
    layers = zip(olds, news, strict=True)
    ratios = [float(np.linalg.norm(new - old) / np.linalg.norm(new)) for (old, _), (new, _) in layers]
    assert report.update_ratio == pytest.approx(max(ratios), rel=1e-3)
    assert max(ratios) > min(ratios)


def test_a_report_tells_the_gradient_of_all_weights() -> None:
    """SGD's step is η times it."""
    before = trained(CONFIG, 4)
    after, report = advance(CONFIG, DATASET, before, 1)
    olds, news = (split_parameters(state.parameters, SIZES) for state in (before, after))
    step = np.concatenate([(new - old).ravel() for (old, _), (new, _) in zip(olds, news, strict=True)])
    assert report.gradient_norm == pytest.approx(float(np.linalg.norm(step)) / 0.05, rel=1e-3)


def test_a_mini_batch_is_measured_just_before_it_is_learned_from() -> None:
    """One batch of all examples: the report's numbers are those of the weights that it started from."""
    config = replace(CONFIG, batch_size=ROWS)
    before = trained(config, 2)
    _, report = advance(config, DATASET, before, 1)
    judged = evaluate(config, DATASET, before, "train")
    assert report.train_loss == pytest.approx(judged.loss, rel=1e-5)
    assert report.train_accuracy == judged.accuracy


def test_an_untrained_states_report_has_a_place_but_no_losses() -> None:
    report = report_untrained(CONFIG, DATASET, initial_state(CONFIG, DATASET))
    assert (report.step, report.epoch, report.progress, report.trained, report.seconds) == (0, 0, 0, 0, 0)
    assert report.learning_rate == 0.05
    assert math.isnan(report.train_loss)
    assert math.isnan(report.train_accuracy)


# ── States ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("field", [field.name for field in fields(TrainingState)])
def test_states_that_differ_in_anything_are_not_the_same(field: str) -> None:
    """Every law of training relies on this comparison."""
    state = trained(replace(CONFIG, optimizer="momentum", batch_norm=True, averaging=0.9), 3)
    value = getattr(state, field)
    other: Any
    if isinstance(value, np.ndarray):
        other = value.copy()
        other.flat[-1] = np.nextafter(other.flat[-1], np.float32(np.inf))
    else:
        others = {"optimizer": "sgd", "monitor": Monitor(loss_waited=1)}
        other = others[field] if field in others else value + 1
    assert state.same_as(replace(state))
    assert not state.same_as(replace(state, **{field: other}))


def test_the_seed_decides_the_initial_weights() -> None:
    first = initial_state(CONFIG, DATASET)
    assert first.same_as(initial_state(CONFIG, DATASET))
    assert not first.same_as(initial_state(replace(CONFIG, seed=43), DATASET))
    assert first.parameters.dtype == np.float32


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimizer_at_the_rate_it_begins_with_learns_the_digits(optimizer: str) -> None:
    config = RunConfig(
        dataset="digits",
        hidden=(32,),
        optimizer=optimizer,
        learning_rate=OPTIMIZERS[optimizer].learning_rate,
    )
    dataset = load_dataset("digits")
    state = initial_state(config, dataset)
    state, _ = advance(config, dataset, state, steps_left(config, dataset, state))
    assert evaluate(config, dataset, state, "train").accuracy >= 0.96
    assert evaluate(config, dataset, state).accuracy >= 0.93


# ── Divergence ────────────────────────────────────────────────────────────────────────────────────────────────────

WAYS_TO_DIVERGE = {
    "a loss": replace(CONFIG, activation="identity", learning_rate=100.0, epochs=100),
    "weights, by a penalty that overshoots": replace(CONFIG, learning_rate=100.0, l2=1.0, epochs=100),
    "a velocity": replace(CONFIG, optimizer="momentum", activation="identity", learning_rate=100.0, epochs=100),
    "weights, by a decay that overshoots": replace(
        CONFIG, optimizer="adamw", learning_rate=100.0, weight_decay=10.0, epochs=100
    ),
}


@pytest.mark.parametrize("config", WAYS_TO_DIVERGE.values(), ids=WAYS_TO_DIVERGE)
def test_divergence_is_found_at_its_step_whatever_the_pieces(config: RunConfig) -> None:
    """Step by step is the slow way to find where it happens; one call for all steps must give the same."""
    state, report, mean_losses = initial_state(config, DATASET), None, [math.nan]
    for _ in range(steps_left(config, DATASET, state)):
        state, report = advance(config, DATASET, state, 1)
        if report.diverged:
            break
        assert np.isfinite(state.parameters).all()
        mean_losses.append(report.train_loss)
    assert report is not None
    assert report.diverged is not None
    assert 1 < report.diverged.step == state.step + 1 < 200

    for steps in (state.step + 1, state.step + 2, state.step + 300):
        found, whole = advance(config, DATASET, initial_state(config, DATASET), steps)
        assert whole.diverged is not None
        assert whole.diverged.step == state.step + 1
        assert found.same_as(state)
        assert whole.step == found.step == len(mean_losses) - 1
        assert whole.diverged.loss == pytest.approx(mean_losses[-1])
        assert whole.diverged.largest_weight == np.abs(state.parameters).max()
        assert math.isfinite(whole.train_loss)

    fine, before = advance(config, DATASET, initial_state(config, DATASET), state.step)
    assert before.diverged is None
    assert fine.same_as(state)


def test_a_run_that_diverges_at_once_keeps_its_first_state() -> None:
    start = initial_state(CONFIG, DATASET)
    start = replace(start, parameters=np.full_like(start.parameters, 1e38))
    state, report = advance(CONFIG, DATASET, start, 10)
    assert report.diverged is not None
    assert report.diverged.step == 1
    assert math.isnan(report.diverged.loss)
    assert report.diverged.largest_weight == np.float32(1e38)
    assert state.same_as(start)
    assert report.trained == 0


@pytest.mark.parametrize("optimizer", [name for name, row in OPTIMIZERS.items() if "beta2" in row.settings])
def test_a_memory_that_overflows_is_divergence_though_no_weight_shows_it(optimizer: str) -> None:
    """Squared gradients of 10²⁴ are infinite in float32; divided by them, every further step would be zero."""
    config = replace(CONFIG, activation="identity", optimizer=optimizer)
    start = initial_state(config, DATASET)
    start = replace(start, parameters=start.parameters * np.float32(1e12))
    state, report = advance(config, DATASET, start, 5)
    assert report.diverged is not None
    assert report.diverged.step == 1
    assert state.same_as(start)


# ── Evaluating a state ────────────────────────────────────────────────────────────────────────────────────────────


def with_validation(images: np.ndarray, labels: np.ndarray, scale: float) -> Dataset:
    split = Split(images, labels)
    return dataset_of(split, split, split, "abc", (1, images.shape[1]), scale)


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1003])
def test_a_judgement_is_a_plain_forward_pass_over_every_example(count: int) -> None:
    rng = np.random.default_rng(1)
    dataset = with_validation(
        rng.integers(0, 256, (count, 12), dtype=np.uint8), rng.integers(0, 3, count).astype(np.uint8), 1 / 255
    )
    state = trained(CONFIG, 5)
    (w1, b1), (w2, b2), (w3, b3) = split_parameters(state.parameters.astype(np.float64), SIZES)
    x, y = dataset.validation.inputs / 255, dataset.validation.labels
    z = np.maximum(np.maximum(x @ w1 + b1, 0) @ w2 + b2, 0) @ w3 + b3
    loss = (np.log(np.exp(z).sum(axis=1)) - z[np.arange(count), y]).mean()
    judged = evaluate(replace(CONFIG, dropout=0.5), dataset, state)  # dropout is for training only
    assert judged.loss == pytest.approx(loss, rel=1e-5)
    assert judged.accuracy == (z.argmax(axis=1) == y).mean()


def test_a_model_knows_how_far_it_is_and_what_it_answers() -> None:
    state = trained(CONFIG, 10)
    model = Model(CONFIG, DATASET, state)
    assert model.progress == pytest.approx(state.examples / ROWS)
    (w1, b1), (w2, b2), (w3, b3) = split_parameters(state.parameters, model.sizes)
    many = np.random.default_rng(0).integers(0, 256, (2 * BATCH + 1, 12), dtype=np.uint8)
    for inputs in (DATASET.test.inputs, many, many[:0]):
        x = inputs_of(DATASET, inputs)
        first = np.maximum(x @ w1 + b1, 0)
        second = np.maximum(first @ w2 + b2, 0)
        logits = second @ w3 + b3
        np.testing.assert_allclose(model.logits(inputs), logits, rtol=1e-5, atol=1e-6)
        for outputs, expected in zip(model.outputs(inputs, range(4)), (x, first, second, logits), strict=True):
            np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


def test_each_pile_is_judged_by_itself() -> None:
    state = trained(CONFIG, 20)
    judged = {name: evaluate(CONFIG, DATASET, state, name) for name in ("train", "validation", "test")}
    assert len({evaluation.loss for evaluation in judged.values()}) == 3
    assert judged["validation"] == evaluate(CONFIG, DATASET, state)
    with pytest.raises(ValueError, match="no split 'valid'"):
        evaluate(CONFIG, DATASET, state, "valid")


def test_judging_changes_nothing() -> None:
    state = trained(CONFIG, 5)
    kept = replace(state, parameters=state.parameters.copy())
    evaluate(CONFIG, DATASET, state)
    assert state.same_as(kept)


@pytest.mark.parametrize("seed", [0, 42])
def test_weights_and_orders_share_no_stream(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    config = RunConfig(dataset="digits", hidden=(8,), dropout=0.5, seed=seed, epochs=2, batch_size=64)
    data = load_dataset("digits")
    streams = []

    def opened(seeds: list[int]) -> np.random.Generator:
        rng = np.random.Generator(np.random.PCG64(seeds))
        streams.append(str(rng.bit_generator.state["state"]))
        return rng

    monkeypatch.setattr(np.random, "default_rng", opened)
    initial = initial_state(config, data)
    streams_of_weights = set(streams)
    advance(config, data, initial, 2 * config.steps_per_epoch(data.info))
    assert len(streams_of_weights) == 1
    assert len(set(streams)) > 30, "an order for each epoch, masks for each batch"
    assert streams.count(streams[0]) == 1


def test_moments_too_small_to_change_anything_become_zero_not_numbers_that_are_slow() -> None:
    config, dataset = (
        RunConfig(dataset="digits", hidden=(5,), optimizer="adam", learning_rate=0.001),
        load_dataset("digits"),
    )
    state = initial_state(config, dataset)
    decayed = replace(state, moments=np.full_like(state.moments, 1e-36))  # as of units that died
    after, _ = advance(config, dataset, decayed, 50)
    sizes = np.abs(after.moments)
    assert (sizes == 0).any(), "of pixels that are never inked"
    assert not ((sizes > 0) & (sizes < 1e-35)).any()
    assert np.array_equal(after.parameters, advance(config, dataset, state, 50)[0].parameters)
