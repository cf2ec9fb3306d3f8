"""The best of a run: found at the ends of epochs, whatever the pace, and its state is kept."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import Model, RunConfig, evaluate, initial_state
from mlp.training import Evaluation, finished, quantum
from mlp.training.best import MEASURES, Best, best_of, better_models, explain_end, merit
from mlp.training.history import History, HistoryView
from mlp.training.quantum import train_quantum
from tests.histories import history
from tests.small_dataset import small_dataset

DATASET = small_dataset()
CONFIG = RunConfig(dataset="digits", hidden=(9, 7), batch_size=16, epochs=8, learning_rate=0.3)
PER_EPOCH = CONFIG.steps_per_epoch(DATASET.info)


def trained(config: RunConfig, steps: int) -> tuple[Model, HistoryView, dict[str, Model]]:
    """Train in quanta of `steps` each, as a run does."""
    model, past = Model(config, DATASET, initial_state(config, DATASET)), History()
    best: dict[str, Model] = {}
    while not finished(config, model.state):
        result = train_quantum(model, steps, validate=True)
        model = replace(model, state=result.state)
        for report in result.reports:
            past.append(report)
        best |= better_models(past.view(), model, result.best)
    return model, past.view(), best


@given(steps=st.integers(1, 4 * PER_EPOCH))
@settings(max_examples=15)
def test_the_best_does_not_depend_on_how_a_run_was_cut(steps: int) -> None:
    _, whole, expected = trained(CONFIG, 8 * PER_EPOCH)
    _, found, best = trained(CONFIG, steps)
    for measure in MEASURES:
        assert best_of(found, measure) == best_of(whole, measure)
        assert best[measure].state.same_as(expected[measure].state)


def test_the_kept_state_is_the_one_that_measured_best() -> None:
    _, past, best = trained(CONFIG, 1)
    for measure in MEASURES:
        found = best_of(past, measure)
        assert found
        assert (found.step, found.epoch) == (best[measure].state.step, best[measure].state.epoch)
        assert Evaluation(found.accuracy, found.loss) == evaluate(CONFIG, DATASET, best[measure].state)
        ends = (past["progress"] == past["epoch"]) & (past["epoch"] > 0)
        values = past[f"validation_{measure}"][ends]
        assert getattr(found, measure) == (min(values) if measure == "loss" else max(values))


def test_of_equals_the_first_is_the_best_and_what_is_not_finite_never_is() -> None:
    ends: dict[str, Any] = {"epoch": [1, 2, 3, 4], "progress": [1, 2, 3, 4], "step": [10, 20, 30, 40], "trained": 10}
    measured = history(4, **ends, validation_accuracy=[0.5, 0.7, 0.7, 0.6], validation_loss=[nan, inf, 0.3, 0.3])
    assert best_of(measured, "accuracy") == Best(20, 2, 0.7, inf)
    assert best_of(measured, "loss") == Best(30, 3, 0.7, 0.3)
    assert best_of(measured.until(15), "loss") is None
    assert merit("loss", Evaluation(1.0, nan)) == -inf


def test_with_early_stopping_the_validation_set_is_measured_once_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(CONFIG, early_stopping="loss", patience=3)
    calls = []

    def counted(*arguments: Any) -> Evaluation:
        calls.append(arguments)
        return evaluate(*arguments)

    monkeypatch.setattr(quantum, "evaluate", counted)
    model = Model(config, DATASET, initial_state(config, DATASET))
    result = train_quantum(model, 2 * PER_EPOCH, validate=True)
    assert len(calls) == 1  # before the first step
    assert [report.validation is not None for report in result.reports] == [True] * 3


def test_a_run_says_why_it_stopped_early_and_where_it_was_best() -> None:
    config = replace(CONFIG, epochs=40, early_stopping="loss", patience=3)
    model, past, _ = trained(config, 5)
    best = best_of(past, "loss")
    assert best
    assert explain_end(config, model.state, past) == (
        f"Stopped early: no gain in validation loss for 3 epochs; best at epoch {best.epoch}."
    )
    assert "no gain of more than 0.01 in" in explain_end(replace(config, smallest_gain=0.01), model.state, past)
    assert explain_end(replace(config, epochs=model.state.epoch), model.state, past) == ""
