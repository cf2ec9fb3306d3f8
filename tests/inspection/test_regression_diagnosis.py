"""A regression is diagnosed by its loss: one that has learned nothing always predicts the mean."""

import numpy as np
import pytest

from mlp import RunConfig
from mlp.datasets import REGRESSION, Recipe
from mlp.inspection.diagnostics import RULES, diagnose
from mlp.inspection.distributions import backpropagated
from mlp.lessons.walk import central_differences
from tests.inspection.diagnosis_cases import changed_after, trained
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
