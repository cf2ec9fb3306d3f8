"""What the diagnosis says little of: a run that has just begun, broken numbers, what may pass."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mlp import RunConfig
from mlp.inspection.diagnostics import RULES, Case, diagnose
from mlp.inspection.metrics import wilson
from mlp.inspection.predictions import predict
from mlp.network.network import split_parameters
from mlp.presets import PRESETS
from tests.inspection.diagnosis_cases import (
    DIGITS,
    ILL,
    changed_after,
    changed_now,
    found,
    rewritten,
    scaled,
    trained,
    trained_on,
    untrained,
    with_settings,
)
from tests.models import with_parameters


@pytest.mark.parametrize("dataset", ["digits", "moons"])
@pytest.mark.parametrize("hidden", [(), (1,), (16, 16)])
def test_a_run_before_its_first_step_is_looked_at_and_nothing_found(dataset: str, hidden: tuple[int, ...]) -> None:
    case = untrained(replace(DIGITS, dataset=dataset, hidden=hidden))
    assert diagnose(case) == {}
    assert not case.trained_enough


def test_equal_units_are_seen_before_the_first_step() -> None:
    assert list(diagnose(untrained(PRESETS["zeros"].config("moons")))) == ["symmetric"]


def filled(case: Case, value: float) -> Case:
    """The same run with one value for all its parameters."""
    return replace(case, model=with_parameters(case.model, np.full_like(case.model.state.parameters, value)))


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("make", [untrained, trained])
def test_weights_that_are_nan_are_reported(make: Callable[[RunConfig], Case], value: float) -> None:
    case = filled(make(replace(DIGITS, epochs=2)), value)
    findings = diagnose(case)
    assert list(findings) == ["diverged"]
    assert findings["diverged"].evidence == "100\u202f% of the weights are NaN or infinite."


def test_weights_about_to_overflow_are_looked_at_without_a_warning() -> None:
    assert isinstance(diagnose(filled(untrained(DIGITS), 1e30)), dict)


def test_a_history_without_measurements_says_nothing() -> None:
    case = trained(DIGITS, 10)
    table = case.history.table.copy()
    table[3:] = math.nan
    assert diagnose(replace(case, history=replace(case.history, table=table))) == {}


def test_what_was_before_a_change_is_not_held_against_the_rate_of_now() -> None:
    config = replace(DIGITS, activation="leaky_relu", learning_rate=1e-4)
    case = changed_after(config, 10, learning_rate=0.1)
    before = replace(with_settings(case, learning_rate=1e-4), since=0, history=case.history.until(380))
    assert found("too_low", before)
    assert RULES["too_low"].find(case) is None


def ending(*values: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda column: np.concatenate([column[: -len(values)], values])


def test_a_loss_that_was_thrown_up_once_is_remembered() -> None:
    assert "spiked to 25.4, though guessing gives 2.3" in found("too_high", ILL["dead"]()).evidence


@pytest.mark.parametrize(
    ("late", "ill"),
    [((1.4, 1.3, 1.2, 1.1), False), ((1.4, 1.3, 3.5, 1.1), True), ((1.4, 1.5, 1.5, 1.4), True)],
    ids=["lower than ever", "up again", "stuck"],
)
def test_a_spike_counts_until_the_loss_is_lower_than_ever(late: tuple[float, ...], ill: bool) -> None:
    case = scaled(trained(PRESETS["fast"].config("digits")), "validation_loss", math.nan)
    case = rewritten(case, "train_loss", ending(2.0, 3.5, 2.0, 1.3, *late))
    assert (RULES["too_high"].find(case) is not None) is ill


def test_a_bounce_takes_five_measurements_to_be_seen() -> None:
    case = scaled(ILL["too_high"](), "validation_loss", math.nan)
    for bounces, seen in (((1.5, 2.5, 1.5, 2.5), False), ((1.5, 2.5, 1.5, 2.5, 1.5), True)):
        bouncing = rewritten(case, "validation_loss", ending(*bounces))
        assert (RULES["too_high"].find(bouncing) is not None) is seen


def test_the_loss_of_a_single_example_is_not_an_overshoot() -> None:
    case = trained(replace(DIGITS, batch_size=1, learning_rate=0.003), 1, reports=10_000)
    assert case.history["train_loss"][1:].max() > 1.25 * case.guess
    assert case.late_loss > 0.25 * case.guess
    assert RULES["too_high"].find(case) is None


def test_a_validation_loss_must_rise_clearly_and_stay_there() -> None:
    case = trained(PRESETS["tutorial"].config("digits"))
    case = scaled(case, "train_loss", 0.01)
    lowest = float(case.history["validation_loss"].min())
    for factors, ill in (((1.3, 1.3, 1.3), False), ((1.5, 1.5, 1.5), True), ((1.5, 1.0, 1.5), False)):
        risen = rewritten(case, "validation_loss", ending(*(factor * lowest for factor in factors)))
        assert (RULES["over_fitting"].find(risen) is not None) is ill
    risen = rewritten(case, "validation_loss", ending(*[1.5 * lowest] * 3))
    tiny = scaled(scaled(risen, "validation_loss", 0.1), "train_loss", 0.1)
    assert RULES["over_fitting"].find(tiny) is None


def test_a_network_is_too_small_in_an_endless_run_too_but_not_if_it_does_worse_on_others() -> None:
    case = ILL["under_fitting"]()
    assert found("under_fitting", with_settings(case, epochs=10_000))
    assert RULES["under_fitting"].find(scaled(case, "validation_loss", 2)) is None


def test_a_rate_that_only_warms_up_is_not_too_low() -> None:
    case = trained(replace(DIGITS, schedule="one_cycle", learning_rate=0.01, epochs=50), 1, reports=4)
    assert case.late["update_ratio"].max() < 2e-4
    assert RULES["too_low"].find(case) is None


def test_it_is_no_plateau_where_something_else_keeps_the_loss_up_or_the_steps_are_small_already() -> None:
    case = ILL["plateau"]()
    for settings in ({"schedule": "cosine"}, {"dropout": 0.1}, {"l2": 0.01}, {"rotation": 10}):
        assert RULES["plateau"].find(with_settings(case, **settings)) is None
    assert RULES["plateau"].find(scaled(case, "update_ratio", 0.01)) is None


def test_a_change_is_given_an_epoch_before_it_is_called_luck() -> None:
    case = changed_now(trained(DIGITS, 10), l2=1e-4)
    assert RULES["luck"].find(trained_on(case, reports=2, each=lambda now: False)) is None
    assert found("luck", trained_on(case, 1, reports=2))


def test_a_change_that_corrects_nine_examples_and_spoils_none_is_more_than_luck() -> None:
    before = trained(replace(DIGITS, learning_rate=0.02), 9)
    case = trained_on(changed_now(before, l2=1e-4), 3)
    first, second = (predict(each.model).correct for each in (before, case))
    assert ((second & ~first).sum(), (first & ~second).sum()) == (9, 0)
    low, high = wilson(int(first.sum()), len(first))
    assert low <= second.mean() <= high, "two intervals side by side would miss it"
    assert RULES["luck"].find(case) is None
    assert RULES["luck"].find(replace(case, before=None)) is None, "without the earlier network nothing can be said"


def test_three_quarters_dead_is_reported_and_half_is_not() -> None:
    case = untrained(replace(DIGITS, hidden=(8,)))
    (_, biases), _ = split_parameters(case.model.state.parameters, case.model.sizes)
    biases[:4] = -100
    assert RULES["dead"].find(replace(case)) is None
    biases[:6] = -100
    evidence = found("dead", replace(case)).evidence
    assert evidence.startswith("75\u202f% of the first hidden layer's units output 0 for all 500")


@pytest.mark.parametrize(
    ("name", "present", "cured", "named"),
    [
        ("dead", 0.02, 0.3, "0.3"),  # which starts again, so the highest rate counts
        ("diverged", 0.02, 0.002, "0.002"),  # which continues
        ("diverged", 1e-4, 1e-5, "0.00001"),
    ],
)
def test_a_cure_is_a_tenth_of_the_rate_that_did_it_and_names_it(
    name: str, present: float, cured: float, named: str
) -> None:
    case = replace(with_settings(trained(replace(DIGITS, learning_rate=3.0), 3), learning_rate=present), diverged="NaN")
    finding = found(name, case)
    assert finding.changes == {"learning_rate": cured}
    assert f"a learning rate of {named}." in finding.cure


def test_a_rate_that_was_never_used_is_not_to_blame() -> None:
    case = changed_now(trained(replace(DIGITS, learning_rate=3.0), 3), learning_rate=50.0)
    assert found("dead", case).changes == {"learning_rate": 0.3}


def test_curves_say_nothing_before_an_epoch_and_three_reports() -> None:
    assert not trained(DIGITS, 2).trained_enough
    assert trained(DIGITS, 3).trained_enough
    assert not trained_on(untrained(DIGITS), reports=38, each=lambda now: now.model.state.step < 37).trained_enough
