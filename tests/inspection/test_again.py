"""A network whose state was not kept is trained again to be measured, with the settings that its run had."""

from dataclasses import replace
from math import isnan, nan
from typing import Any

import pytest

from mlp import Dataset, Model, RunConfig, TrainingState, advance
from mlp.inspection import again
from mlp.inspection.again import score_on_test, trained_again
from mlp.inspection.regression import measured_score
from mlp.training.best import resumable
from mlp.training.history import Change
from tests.models import model_of

CONFIG = RunConfig(dataset="digits", hidden=(8,), epochs=5)


def on(model: Model, steps: int, **settings: object) -> Model:
    """The network trained on, for as many steps and with these settings."""
    model = replace(model, config=replace(model.config, **settings))  # type: ignore[arg-type]
    return replace(model, state=advance(model.config, model.dataset, model.state, steps)[0])


def change(model: Model, **settings: object) -> Change:
    """The settings that change at the network's step."""
    config = replace(model.config, **settings)  # type: ignore[arg-type]
    return Change(model.state.step, model.progress, model.state.examples, 0.0, "", config.to_json())


def test_it_has_the_same_bits_whatever_was_changed_on_the_way() -> None:
    kept = on(model_of(CONFIG), 10)
    then = on(kept, 40)
    wanted = on(then, 20, learning_rate=0.01, optimizer="adam")
    before, later = change(model_of(CONFIG)), change(wanted, learning_rate=1.0)
    marks = [before, change(then, learning_rate=0.01, optimizer="adam"), later]
    found = trained_again(kept, marks, wanted.state.step)
    assert found
    assert found.state.same_as(wanted.state)
    assert found.config == wanted.config
    reached = measured_score(wanted, "validation")
    assert score_on_test(kept, marks, wanted.state.step, reached) == measured_score(wanted, "test")


def test_it_passes_the_end_of_early_stopping_as_its_run_did() -> None:
    config = replace(CONFIG, epochs=50, early_stopping="loss", patience=1, learning_rate=0.5)
    stopped = on(model_of(config), 10_000)
    assert stopped.state.epoch < config.epochs
    resumed = on(resumable(stopped), 38)
    found = trained_again(model_of(config), [change(stopped)], resumed.state.step)
    assert found
    assert found.state.same_as(resumed.state)
    assert trained_again(model_of(config), [], resumed.state.step) is None


def test_without_the_score_that_was_reported_there_it_is_another_network() -> None:
    kept, wanted = model_of(CONFIG), on(model_of(CONFIG), 38)
    reached = measured_score(wanted, "validation")
    assert isnan(score_on_test(kept, [], 38, reached + 0.01))
    assert score_on_test(wanted, [], 38, nan) == measured_score(wanted, "test"), "it was kept"


def test_what_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "MOST_SECONDS", 0.0)
    kept, wanted = model_of(CONFIG), on(model_of(CONFIG), 76)
    assert isnan(score_on_test(kept, [], 76, measured_score(wanted, "validation")))


def test_the_clock_is_read_within_an_epoch_and_sooner_the_larger_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[int] = []

    def a_step_a_second(config: RunConfig, dataset: Dataset, state: TrainingState, steps: int) -> Any:
        trained.append(steps)
        return advance(config, dataset, state, steps)

    monkeypatch.setattr(again, "advance", a_step_a_second)
    monkeypatch.setattr(again, "monotonic", lambda: float(sum(trained)))
    monkeypatch.setattr(again, "MOST_SECONDS", 3.0)
    monkeypatch.setattr(again, "MOST_STEPS", 10)
    assert trained_again(model_of(CONFIG), [], 38) is None
    assert trained == [10]
    trained.clear()
    monkeypatch.setattr(again, "MOST_PARAMETERS", 1)
    assert trained_again(model_of(CONFIG), [], 38) is None
    assert trained == [1] * 4
