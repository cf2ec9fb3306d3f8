"""Each rule finds its problem in a run that has it, and reports nothing for a healthy one."""

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp import Model, RunConfig, advance, initial_state
from mlp.config import LIVE, changed
from mlp.datasets import is_available
from mlp.inspection.diagnostics import RULES, Case, Finding, cured, diagnose
from mlp.inspection.metrics import wilson
from mlp.inspection.predictions import predict
from mlp.network.network import split_parameters
from mlp.presets import PRESETS
from mlp.training import explain_divergence, finished
from mlp.training.history import COLUMNS, History
from mlp.training.quantum import train_quantum
from tests.models import model_of, with_parameters

DIGITS = RunConfig(dataset="digits")
NARROW = RunConfig(dataset="moons", hidden=(3,), learning_rate=1.0, epochs=100)
ON_DISK = pytest.mark.skipif(
    not is_available("mnist"),
    reason="MNIST is not on disk. Get it with: python -m mlp data download mnist (or set MLP_DATA_DIR)",
)


def untrained(config: RunConfig) -> Case:
    """A run before its first step."""
    return Case(model_of(config), History().view())


def with_settings(case: Case, **settings: Any) -> Case:
    """The same run with other settings."""
    return replace(case, model=replace(case.model, config=replace(case.config, **settings)))


def changed_now(case: Case, **settings: Any) -> Case:
    """A run whose settings have just been changed."""
    return replace(with_settings(case, **settings), since=case.model.state.step, before=case.model)


def trained_on(case: Case, epochs: float = math.inf, reports: int = 1, each: Callable[[Case], bool] = bool) -> Case:
    """The case some epochs later, with this many reports per epoch; until `each`, asked after every one, is false."""
    config, state, history = case.config, case.model.state, History(case.history)
    end = state.epoch + epochs
    while not finished(config, state) and state.epoch < end:
        steps = max(config.steps_per_epoch(case.model.dataset.info) // reports, 1)
        quantum = train_quantum(replace(case.model, state=state), steps, validate=True)
        state = quantum.state
        for report in quantum.reports:
            history.append(report)
        last = quantum.reports[-1].diverged
        message = explain_divergence(config, last) if last else ""
        case = replace(case, model=replace(case.model, state=state), history=history.view(), diverged=message)
        if message or not each(case):
            break
    return case


@functools.cache
def trained(config: RunConfig, epochs: float = math.inf, reports: int = 1) -> Case:
    """A run after some epochs."""
    return trained_on(untrained(config), epochs, reports)


def changed_after(config: RunConfig, epochs: int, **settings: Any) -> Case:
    """A run whose settings were changed after this many epochs, trained as many more."""
    return trained_on(changed_now(trained(config, epochs), **settings), epochs)


def forked(case: Case, finding: Finding) -> Case:
    """The fork that tries a finding's cure, before its first step."""
    back = replace(case, diverged="")
    if finding.back_to is not None:
        back = untrained(case.config)
    if finding.back_to:
        state, _ = advance(case.config, case.model.dataset, back.model.state, finding.back_to)
        back = replace(back, model=replace(back.model, state=state), history=case.history.until(finding.back_to))
    return replace(back, model=replace(back.model, config=cured(case, finding)), since=back.model.state.step)


@functools.cache
def exploding() -> Case:
    """A run without bends, just before it diverges."""
    config = replace(DIGITS, hidden=(64,) * 6, activation="identity")
    case = trained_on(untrained(config), reports=38, each=lambda now: not now.history.last("gradient_norm") > 1e3)
    assert not case.diverged
    return case


def found(name: str, case: Case) -> Finding:
    """What a rule finds in a run that has its problem."""
    finding = RULES[name].find(case)
    assert finding is not None
    return finding


ILL: dict[str, Callable[[], Case]] = {
    "diverged": lambda: trained(replace(DIGITS, hidden=(64,) * 6, activation="identity")),
    "symmetric": lambda: trained(PRESETS["zeros"].config("digits"), 3),
    "too_high": lambda: trained(PRESETS["too_fast"].config("digits"), 10),
    "too_low": lambda: trained(replace(DIGITS, learning_rate=0.001), 10),
    "exploding": exploding,
    "dead": lambda: trained(replace(DIGITS, learning_rate=3.0), 3),
    "saturated": lambda: trained(replace(DIGITS, activation="tanh", learning_rate=1.0), 3),
    "vanishing": lambda: trained(replace(DIGITS, hidden=(64,) * 6, activation="sigmoid", initializer="lecun"), 10),
    "over_fitting": lambda: trained(replace(PRESETS["over_fitting"].config("gaussians"), hidden=(128, 128))),
    "under_fitting": lambda: trained(PRESETS["linear"].config("circles")),
    "plateau": lambda: trained(NARROW),
    "luck": lambda: changed_after(DIGITS, 10, l2=1e-4),
}
HEALTHY = {
    "exploding": lambda: trained(replace(DIGITS, hidden=(64,) * 6), 10),
    "vanishing": lambda: trained(replace(DIGITS, hidden=(64,) * 6, initializer="he"), 10),
    "saturated": lambda: trained(replace(DIGITS, hidden=(64,) * 6, activation="tanh"), 25),
    "luck": lambda: changed_after(replace(DIGITS, learning_rate=0.001), 10, learning_rate=0.1),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_finds_its_illness(name: str) -> None:
    case = ILL[name]()
    finding = found(name, case)
    assert diagnose(case)[name] == finding
    assert finding.title
    assert finding.evidence[-1] == "."
    assert finding.cure[-1] == "."
    assert finding.source
    assert "nan" not in finding.evidence
    assert "inf" not in finding.evidence
    assert set(changed(case.config, cured(case, finding))) <= set(LIVE)
    assert set(finding.changes) <= set(changed(case.config, cured(case, finding)))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_nothing_of_a_healthy_run(name: str) -> None:
    healthy = HEALTHY.get(name, lambda: trained(PRESETS["tutorial"].config("digits")))
    assert RULES[name].find(healthy()) is None


# Data set, seed, epochs, and reports per epoch: at most one for each step.
RUNS = [
    *((dataset, 42, math.inf, 3) for dataset in ("digits", "moons", "spirals", "gaussians")),
    *(("digits", seed, math.inf, 1) for seed in (0, 1, 2)),
    ("digits", 42, 4, 1000),
    pytest.param("mnist", 42, 3, 2, marks=ON_DISK),
]


@pytest.mark.parametrize(("dataset", "seed", "epochs", "reports"), RUNS)
@pytest.mark.parametrize("preset", ["tutorial", "fast"])
def test_a_healthy_preset_is_never_called_ill(
    preset: str, dataset: str, seed: int, epochs: float, reports: int
) -> None:
    said: set[str] = set()

    def look(case: Case) -> bool:
        said.update(diagnose(case))
        return True

    config = replace(PRESETS[preset].config(dataset), seed=seed)
    trained_on(untrained(config), epochs, reports, look)
    assert said == set()


# ── What is only a symptom is not reported ────────────────────────────────────────────────────────────────────────────


def test_equal_units_are_the_one_thing_wrong_with_a_network_of_zeros() -> None:
    case = ILL["symmetric"]()
    assert list(diagnose(case)) == ["symmetric"]
    assert found("dead", case)


def test_a_network_without_hidden_layers_may_start_from_zeros() -> None:
    assert diagnose(trained(replace(DIGITS, hidden=(), initializer="zeros"), 10)) == {}


def test_a_plateau_is_not_told_of_a_network_that_can_not_learn() -> None:
    assert list(diagnose(ILL["under_fitting"]())) == ["under_fitting"]


# ── Cures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["diverged", "too_high", "dead", "saturated", "exploding", "too_low"])
def test_a_cure_cures(name: str) -> None:
    case = ILL[name]()
    treated = trained_on(forked(case, found(name, case)), 10)
    assert RULES[name].find(treated) is None
    assert treated.late_loss < 0.7 * min(case.late_loss, case.guess)


@pytest.mark.parametrize(
    ("name", "loss", "share"), [("over_fitting", "validation_loss", 0.7), ("plateau", "train_loss", 0.97)]
)
def test_a_cure_lowers_the_loss(name: str, loss: str, share: float) -> None:
    """Early stopping with dropout does better than over-fitting; a lower rate leaves the plateau."""
    case = ILL[name]()
    treated = trained_on(forked(case, found(name, case)), 30)
    assert treated.history.last(loss) < share * case.history.last(loss)


def test_what_holds_a_network_back_is_taken_away() -> None:
    case = trained(replace(DIGITS, l2=0.3, flip=True, epochs=12))
    assert found("under_fitting", case).changes == {"l2": 0.0, "flip": False}


def test_a_network_that_fits_smoothed_labels_is_well_although_its_loss_can_not_reach_zero() -> None:
    case = trained(replace(DIGITS, label_smoothing=0.3))
    assert case.late["train_accuracy"].min() > 0.95
    assert case.late_loss > 0.5 * case.guess
    assert list(diagnose(case)) == []
    smoothed = np.full(10, 0.03)
    smoothed[0] += 0.7
    exact = scaled(case, "train_loss", -(smoothed @ np.log(smoothed)) / case.late_loss)
    assert exact.unlearned == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_network_that_memorizes_few_examples_overfits_with_smoothed_labels_too(smoothing: float) -> None:
    case = untrained(replace(PRESETS["over_fitting"].config("digits"), label_smoothing=smoothing, hidden=(256,)))
    data = case.model.dataset
    few = replace(data, train=data.train.rows(0, 40), info=replace(data.info, train=40))
    config = replace(case.config, batch_size=20)
    case = trained_on(replace(case, model=Model(config, few, initial_state(config, few))))
    evidence = found("over_fitting", case).evidence
    assert ("smoothed labels allow no less than 0.5)" in evidence) is (smoothing > 0)


def test_a_rate_is_raised_by_as_much_as_the_steps_are_too_short() -> None:
    for rate, better in ((1e-3, 1e-2), (1e-4, 1e-2), (1e-5, 1e-2)):
        case = trained(replace(DIGITS, learning_rate=rate), 5)
        assert found("too_low", case).changes == {"learning_rate": better}


def test_a_rate_is_never_set_too_low_to_be_allowed() -> None:
    case = with_settings(trained(replace(DIGITS, learning_rate=3.0), 3), learning_rate=1e-6)
    case = replace(case, history=case.history.until(-1))
    assert cured(case, found("dead", case)).learning_rate == 1e-6


def test_a_cure_of_a_finished_run_has_epochs_left() -> None:
    case = ILL["plateau"]()
    finding = found("plateau", case)
    assert cured(case, finding).epochs == 150
    assert cured(case, finding._replace(back_to=0)).epochs == 100


def test_a_fork_goes_back_to_its_epoch_whatever_the_batches_were_then() -> None:
    case = trained(replace(DIGITS, batch_size=16, epochs=8), 8)
    finding = found("plateau", ILL["plateau"]())
    begins = int(case.history["step"][4])  # in the fifth epoch, of 75 steps each
    larger = with_settings(case, batch_size=512)  # three steps an epoch
    assert cured(larger, finding._replace(back_to=begins)).epochs == 8


# ── What there is little to say of ────────────────────────────────────────────────────────────────────────────────


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


def rewritten(case: Case, column: str, change: Callable[[np.ndarray], np.ndarray]) -> Case:
    """The same run with one of its curves changed."""
    table = case.history.table.copy()
    table[COLUMNS.index(column)] = change(case.history[column])
    return replace(case, history=replace(case.history, table=table))


def scaled(case: Case, column: str, factor: float) -> Case:
    return rewritten(case, column, lambda values: values * factor)


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


def test_the_rate_that_killed_is_the_one_that_is_cut() -> None:
    case = with_settings(trained(replace(DIGITS, learning_rate=3.0), 3), learning_rate=0.01)
    assert found("dead", case).changes == {"learning_rate": 0.3}


def test_curves_say_nothing_before_an_epoch_and_three_reports() -> None:
    assert not trained(DIGITS, 2).trained_enough
    assert trained(DIGITS, 3).trained_enough
    assert not trained_on(untrained(DIGITS), reports=38, each=lambda now: now.model.state.step < 37).trained_enough
