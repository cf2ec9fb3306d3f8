"""A regression is diagnosed by its loss: one that has learned nothing always predicts the mean."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp import Dataset, Model, RunConfig, initial_state
from mlp.datasets import REGRESSION, Recipe
from mlp.inspection.diagnostics import RULES, Case, diagnose
from mlp.inspection.distributions import backpropagated
from mlp.lessons.walk import central_differences
from mlp.training.history import History
from tests.inspection.diagnosis_cases import changed_after, found, trained, trained_on
from tests.models import model_of

SLOPE = RunConfig(dataset=Recipe("slope", task=REGRESSION).name, hidden=(8,), learning_rate=0.1, epochs=20)
WAVES = RunConfig(dataset=Recipe("waves", task=REGRESSION).name, hidden=(2,), learning_rate=0.1, epochs=150)


def test_a_regression_that_learns_is_healthy() -> None:
    assert diagnose(trained(SLOPE)) == {}


def test_a_regression_that_can_not_learn_is_underfitting() -> None:
    case = trained(WAVES)
    assert case.guess == pytest.approx(case.model.dataset.train.labels.var() / 2, rel=1e-5)
    finding = RULES["under_fitting"].find(case)
    assert finding is not None
    assert f"R² is only {1 - case.late_loss / case.guess:.3f}" in finding.evidence
    assert f"predicting the mean: {case.guess:.3g}" in finding.evidence


def test_a_change_of_a_regression_is_not_tested_by_correct_answers() -> None:
    assert RULES["luck"].find(changed_after(SLOPE, 5, l2=1e-6)) is None


def of_targets(mean: float, deviation: float, **settings: Any) -> Case:
    """A run on 100 points whose targets have about this mean and standard deviation."""
    points = np.random.default_rng(0).normal(size=(100, 3))
    dataset = Dataset.from_arrays(points, mean + deviation * points[:, 0], task=REGRESSION)
    config = RunConfig(hidden=(8,), **settings)
    return trained_on(Case(Model(config, dataset, initial_state(config, dataset)), History().view()), 2)


def test_the_large_gradient_of_a_target_that_is_not_scaled_is_no_explosion() -> None:
    case = of_targets(5000, 300, optimizer="adam", learning_rate=0.001)
    finding = found("exploding", case)
    assert math.hypot(*case.vitals.gradients) > 1000
    assert (finding.title, finding.changes) == ("The target is not scaled", {})
    assert "divide it by its standard deviation" in finding.cure
    assert RULES["exploding"].find(of_targets(0, 1, optimizer="adam", learning_rate=0.001)) is None


def test_a_regression_of_a_target_that_is_not_scaled_diverges_for_that() -> None:
    assert "divide it by its standard deviation" in found("diverged", of_targets(5000, 300)).cure
    assert "standard deviation" not in found("diverged", of_targets(0, 1, learning_rate=100.0)).cure


@pytest.mark.parametrize("size", [1, 300])
def test_a_gradient_that_a_regressions_layers_multiply_explodes_whatever_the_targets_size(size: float) -> None:
    case = of_targets(0, size, learning_rate=1e-6)
    large = replace(case.model.state, parameters=case.model.state.parameters * 40 * size**0.5)
    finding = found("exploding", replace(case, model=replace(case.model, state=large)))
    assert finding.title == "The gradient explodes"
    assert "logits" not in finding.evidence


def test_the_gradient_inside_a_regression_is_the_slope_of_its_loss() -> None:
    model = model_of(RunConfig(dataset=SLOPE.dataset, hidden=(3,), activation="tanh"))
    examples = model.dataset.train.rows(0, 20)
    network, outputs = backpropagated(model, examples)
    found = network.gradient.copy()
    inputs = outputs[0].astype(np.float64)
    exact = model.network(20, np.dtype(np.float64))
    slope = central_differences(
        lambda: float(0.5 * np.mean((exact.forward(inputs)[:, 0] - examples.labels) ** 2)), exact.parameters
    )
    np.testing.assert_allclose(found, slope, atol=1e-5)
