"""Each rule finds its problem in a run that has it, and reports nothing for a healthy one."""

import math
from dataclasses import replace

import numpy as np
import pytest

from mlp import Model, initial_state
from mlp.config import LIVE, changed
from mlp.inspection.diagnostics import RULES, Case, cured, diagnose
from mlp.inspection.predictions import predict
from mlp.presets import PRESETS
from tests.inspection.diagnosis_cases import (
    DIGITS,
    ILL,
    ON_DISK,
    changed_after,
    forked,
    found,
    scaled,
    trained,
    trained_on,
    uneven,
    untrained,
    with_settings,
)

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


def test_one_class_is_not_told_of_a_slow_start_of_classes_of_one_size_or_of_a_network_that_knows_the_others() -> None:
    assert diagnose(trained_on(uneven(16, 1.5, epochs=24), 6)) == {}, "it has only begun"
    assert "one_class" not in diagnose(trained_on(uneven(200)))
    assert "one_class" not in diagnose(trained_on(uneven(16, 4.0)))
    slow = trained_on(with_settings(uneven(16, 1.5), learning_rate=1e-5))
    assert list(diagnose(slow)) == ["too_low"], "which explains it"


def test_class_weights_are_no_cure_where_they_are_balanced_already() -> None:
    finding = found("one_class", with_settings(ILL["one_class"](), class_weights="balanced"))
    assert (finding.changes, "balanced already" in finding.cure) == ({}, True)


# ── Cures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_balanced_classes_are_all_learned() -> None:
    case = ILL["one_class"]()
    others = case.model.dataset.validation.labels == 1
    assert not predict(case.model).correct[others].any()
    treated = trained_on(forked(case, found("one_class", case)))
    assert predict(treated.model).correct[others].mean() >= 0.5


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
    case = replace(trained(replace(DIGITS, learning_rate=3.0), 3), diverged="NaN")
    case = replace(case, history=case.history.until(-1))
    for name in ("dead", "diverged"):
        assert found(name, with_settings(case, learning_rate=3e-6)).changes == {"learning_rate": 1e-6}
        finding = found(name, with_settings(case, learning_rate=1e-6))
        assert not finding.changes
        assert "The learning rate is the lowest already." in finding.cure


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
