"""Early stopping and reduce on plateau: what they remember, and that a run is still a value."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import ConfigError, Model, RunConfig, TrainingState, advance, evaluate, initial_state
from mlp.datasets import Dataset, Split
from mlp.training import finished, loop, steps_left
from mlp.training.evaluation import Evaluation
from mlp.training.monitor import NOTHING_YET, judged, patient_again, stopped_early, stops_too_late
from mlp.training.quantum import train_quantum
from tests.small_dataset import small_dataset

DATASET = small_dataset()  # random labels: what is memorized makes the validation loss rise
CONFIG = RunConfig(dataset="digits", hidden=(9, 7), batch_size=16, epochs=40, learning_rate=0.3)
STOPPING = replace(CONFIG, early_stopping="loss", patience=3)
PLATEAU = replace(CONFIG, schedule="plateau", plateau_patience=2)
PER_EPOCH = CONFIG.steps_per_epoch(DATASET.info)


def trained(config: RunConfig, slices: list[int]) -> TrainingState:
    state = initial_state(config, DATASET)
    for steps in slices:
        state, _ = advance(config, DATASET, state, steps)
    return state


def losses(config: RunConfig) -> list[float]:
    """Return the validation loss after each epoch, until the run is over."""
    state, found = initial_state(config, DATASET), []
    while not finished(config, state):
        state, _ = advance(config, DATASET, state, PER_EPOCH)
        found.append(evaluate(config, DATASET, state).loss)
    return found


@pytest.mark.parametrize("config", [STOPPING, replace(STOPPING, early_stopping="accuracy"), PLATEAU])
@given(slices=st.lists(st.integers(1, 3 * PER_EPOCH), min_size=1, max_size=12))
@settings(max_examples=15)
def test_a_run_that_is_judged_is_the_same_however_it_is_cut(config: RunConfig, slices: list[int]) -> None:
    assert trained(config, slices).same_as(trained(config, [sum(slices)]))


def test_training_stops_once_the_loss_has_not_fallen_for_as_many_epochs_as_the_patience() -> None:
    everything = losses(CONFIG)
    waits = [epoch - min(range(epoch + 1), key=everything.__getitem__) for epoch in range(len(everything))]
    expected = waits.index(3) + 1
    state = trained(STOPPING, [40 * PER_EPOCH])
    assert state.epoch == expected < 40
    assert finished(STOPPING, state)
    assert steps_left(STOPPING, DATASET, state) == 0
    assert advance(STOPPING, DATASET, state, 5)[0].same_as(state)
    alone = trained(CONFIG, [expected * PER_EPOCH])
    assert state.same_as(replace(alone, monitor=state.monitor))  # what was learned does not depend on being judged


def test_a_stopped_run_goes_on_with_more_patience_or_with_the_same_once_more() -> None:
    state = trained(STOPPING, [40 * PER_EPOCH])
    more = replace(STOPPING, patience=5)
    assert not finished(more, state)
    assert advance(more, DATASET, state, 40 * PER_EPOCH)[0].epoch >= state.epoch + 2
    again = replace(state, monitor=patient_again(state.monitor))
    assert not finished(STOPPING, again)
    assert advance(STOPPING, DATASET, again, 40 * PER_EPOCH)[0].epoch >= state.epoch + 3
    assert not finished(CONFIG, state)  # nor does it matter once early stopping is off


def test_on_a_plateau_the_next_step_is_a_tenth_as_large() -> None:
    state = initial_state(PLATEAU, DATASET)
    rates = []
    for _ in range(12):
        before = state.monitor
        state, _ = advance(PLATEAU, DATASET, state, PER_EPOCH)
        _, report = advance(PLATEAU, DATASET, state, 1)
        rates.append(report.learning_rate)
        fell = state.monitor.factor < before.factor
        assert fell == (before.plateau_waited == 1 and state.monitor.loss == before.loss)
        assert report.learning_rate == pytest.approx(0.3 * state.monitor.factor)
    assert rates[-1] < 0.04


@pytest.mark.parametrize("between", [CONFIG, STOPPING])
def test_a_plateau_is_forgotten_once_another_schedule_has_trained(between: RunConfig) -> None:
    state = trained(PLATEAU, [12 * PER_EPOCH + 3])
    assert state.monitor.factor < 0.5
    assert advance(PLATEAU, DATASET, state, 1)[0].monitor == state.monitor, "nothing was trained with another one"
    for piece in (1, 2 * PER_EPOCH):
        other, _ = advance(replace(between, patience=99), DATASET, state, piece)
        assert (other.monitor.factor, other.monitor.plateau_waited) == (1.0, 0)
        assert other.monitor.loss <= state.monitor.loss
        _, report = advance(PLATEAU, DATASET, other, 1)
        assert report.learning_rate == PLATEAU.learning_rate


@pytest.mark.parametrize(
    ("gain", "measure", "values", "waited"),
    [
        (0.0, "loss", [0.5, 0.4, 0.4, 0.39], [0, 0, 1, 0]),
        (0.05, "loss", [0.5, 0.46, 0.44, 0.43], [0, 1, 0, 1]),  # compared with the last gain, not with the last epoch
        (0.0, "loss", [float("nan"), float("inf"), 3.0, float("nan")], [1, 2, 0, 1]),
        (0.0, "accuracy", [0.1, 0.2, 0.2, 0.3], [0, 0, 1, 0]),
        (0.15, "accuracy", [0.1, 0.2, 0.3, 0.5], [0, 1, 0, 0]),
    ],
)
def test_only_a_gain_that_is_large_enough_ends_the_waiting(
    gain: float, measure: str, values: list[float], waited: list[int]
) -> None:
    config, monitor = RunConfig(early_stopping=measure, smallest_gain=gain, patience=2), NOTHING_YET
    for value, epochs in zip(values, waited, strict=True):
        measured = Evaluation(value, 1.0) if measure == "accuracy" else Evaluation(0.5, value)
        monitor = judged(config, monitor, *measured)
        assert getattr(monitor, f"{measure}_waited") == epochs
        assert stopped_early(config, monitor) == (epochs >= 2)


@pytest.mark.parametrize(
    ("early_stopping", "factor"),
    [("accuracy", 1.0), ("loss", 0.1), ("off", 0.1)],  # one percentage point is no part of a loss
)
def test_a_smallest_gain_in_accuracy_does_not_decide_what_a_plateau_is(early_stopping: str, factor: float) -> None:
    config = replace(PLATEAU, early_stopping=early_stopping, smallest_gain=0.01)
    monitor = NOTHING_YET
    for loss in (0.138, 0.137, 0.136):
        monitor = judged(config, monitor, 0.9, loss)
    assert monitor.factor == factor


@pytest.mark.parametrize("patience", [3, 4, 5])
def test_a_patience_that_ends_no_run_early_is_said_to_be_too_long(patience: int) -> None:
    config, monitor, epochs = RunConfig(early_stopping="loss", patience=patience, epochs=5), NOTHING_YET, 0
    while epochs < config.epochs and not stopped_early(config, monitor):
        monitor, epochs = judged(config, monitor, 0.5, 1.0), epochs + 1  # no gain after the first epoch
    assert bool(stops_too_late(config)) == (epochs == config.epochs)


def test_the_report_of_an_epochs_end_has_what_was_measured_and_no_other_report_does() -> None:
    state, report = advance(STOPPING, DATASET, initial_state(STOPPING, DATASET), PER_EPOCH)
    assert report.validation == evaluate(STOPPING, DATASET, state)
    _, report = advance(STOPPING, DATASET, state, 1)
    assert report.validation is None
    _, report = advance(STOPPING, DATASET, initial_state(STOPPING, DATASET), PER_EPOCH + 1)
    assert report.validation is None


@pytest.mark.parametrize("config", [CONFIG, STOPPING])
def test_what_training_has_measured_does_not_count_as_a_quick_measurement(config: RunConfig) -> None:
    model = Model(config, DATASET, trained(config, [1]))
    result = train_quantum(model, PER_EPOCH - 1, validate=False)
    assert result.reports[-1].validation == evaluate(config, DATASET, result.state)
    assert (result.validation_seconds > 0) == (config is CONFIG)  # from it follows how often a run is measured


def test_the_seconds_of_a_report_are_those_of_training_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def slow(config: RunConfig, dataset: Dataset, state: TrainingState) -> Evaluation:
        now[0] += 7.0
        return evaluate(config, dataset, state)

    def epoch_order(config: RunConfig, dataset: Dataset, epoch: int) -> np.ndarray:
        now[0] += 1.0
        return np.arange(len(dataset.train.labels))

    monkeypatch.setattr(loop, "perf_counter", lambda: now[0])
    monkeypatch.setattr(loop, "evaluate", slow)
    monkeypatch.setattr(loop, "epoch_order", epoch_order)
    _, report = advance(STOPPING, DATASET, initial_state(STOPPING, DATASET), 2 * PER_EPOCH)
    assert report.seconds == 3.0  # three orders, one of an epoch to come


def test_a_run_that_nothing_judges_measures_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("measured")

    monkeypatch.setattr(loop, "evaluate", fail)
    assert trained(CONFIG, [2 * PER_EPOCH]).monitor == NOTHING_YET
    with pytest.raises(AssertionError, match="measured"):
        trained(PLATEAU, [2 * PER_EPOCH])


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (STOPPING, "early_stopping is loss, which goes by the validation set, and this data has none. Choose off"),
        (PLATEAU, "schedule is plateau, which goes by the validation set, and this data has none. Choose constant"),
    ],
)
def test_without_a_validation_set_nothing_can_be_judged(config: RunConfig, sentence: str) -> None:
    none = Split(DATASET.validation.inputs[:0], DATASET.validation.labels[:0])
    empty = replace(DATASET, info=replace(DATASET.info, validation=0), validation=none)
    with pytest.raises(ConfigError, match=sentence):
        initial_state(config, empty)


def test_a_regression_has_no_accuracy_to_be_judged_by() -> None:
    with pytest.raises(ConfigError, match=r"early_stopping is accuracy, .* Choose loss, or off\."):
        RunConfig(early_stopping="accuracy").check(replace(DATASET.info, task="regression"))


def test_no_patience_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"patience is 0; it must be a whole number from 1 to 1,000\."):
        RunConfig(patience=0)
