"""A regression's scores, against scikit-learn's."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from mlp import RunConfig, evaluate
from mlp.datasets.dataset import Target
from mlp.inspection.regression import (
    NumberPredictions,
    measured_score,
    predict_numbers,
    regression_scores,
    target_scales,
)
from tests.models import model_of
from tests.tables import regression_model

NAN = float("nan")


@given(st.integers(2, 100), st.floats(1e-3, 1e3), st.integers(0, 2**32 - 1))
def test_scores_are_scikit_learns(count: int, size: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, numbers = size * rng.normal(size=count), size * rng.normal(size=count)
    found = regression_scores(NumberPredictions(numbers, truth))
    assert found.r_squared == pytest.approx(r2_score(truth, numbers))
    assert found.mae == pytest.approx(mean_absolute_error(truth, numbers))
    assert found.rmse == pytest.approx(root_mean_squared_error(truth, numbers))


def test_what_is_not_predicted_is_not_counted() -> None:
    some = NumberPredictions(np.array([1.0, NAN, np.inf, 4.0]), np.array([1.0, 5.0, 9.0, 2.0]))
    assert some.known.tolist() == [True, False, False, True]
    assert some.residuals[3] == -2, "below zero: the prediction is too high"
    assert tuple(regression_scores(some)) == pytest.approx((1 - 4 / 0.5, 1, math.sqrt(2)))
    assert all(map(math.isnan, regression_scores(NumberPredictions(np.full(3, NAN), np.arange(3.0)))))


def test_equal_targets_have_no_r_squared() -> None:
    found = regression_scores(NumberPredictions(np.array([1.0, 3.0]), np.array([2.0, 2.0])))
    assert math.isnan(found.r_squared)
    assert (found.mae, found.rmse) == (1, 1)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_loss_alone_gives_r_squared_and_rmse(split: str) -> None:
    model = regression_model(steps=50)
    found = regression_scores(predict_numbers(model, split))
    loss = evaluate(model.config, model.dataset, model.state, split).loss
    scale = target_scales(model.dataset)[split]
    assert scale.r_squared(loss) == pytest.approx(found.r_squared, abs=1e-5)
    assert scale.rmse(loss) == pytest.approx(found.rmse, rel=1e-5)
    np.testing.assert_allclose(scale.r_squared(np.array([0, loss])), [1, found.r_squared], atol=1e-5)
    np.testing.assert_allclose(scale.rmse(np.array([0, loss])), [0, found.rmse], rtol=1e-5)


def test_networks_are_ranked_by_accuracy_or_r_squared() -> None:
    model = regression_model(steps=20)
    assert measured_score(model, "test") == pytest.approx(regression_scores(predict_numbers(model, "test")).r_squared)
    digits = model_of(RunConfig(dataset="digits", hidden=(8,)), steps=20)
    assert measured_score(digits, "test") == evaluate(digits.config, digits.dataset, digits.state, "test").accuracy


def test_a_table_has_its_targets_own_unit() -> None:
    plain = regression_model(steps=50)
    info = replace(plain.dataset.info, target=Target("progression", mean=150, scale=75))
    model = replace(plain, dataset=replace(plain.dataset, info=info))
    learned, found = predict_numbers(plain), predict_numbers(model)
    np.testing.assert_allclose(found.numbers, 150 + 75 * learned.numbers)
    np.testing.assert_allclose(found.truth, 150 + 75 * learned.truth)
    for of, values in zip(found, NumberPredictions.of(model, *model.dataset.validation), strict=True):
        np.testing.assert_allclose(of, values, rtol=1e-6)
    before, after = regression_scores(learned), regression_scores(found)
    assert after.r_squared == pytest.approx(before.r_squared)
    assert (after.mae, after.rmse) == pytest.approx((75 * before.mae, 75 * before.rmse))
    loss = evaluate(model.config, model.dataset, model.state).loss
    scale = target_scales(model.dataset)["validation"]
    assert (scale.r_squared(loss), scale.rmse(loss)) == pytest.approx((after.r_squared, after.rmse), rel=1e-5)


def test_a_diverged_regression_has_no_scores() -> None:
    model = regression_model(steps=1)
    lost = replace(model, state=replace(model.state, parameters=np.full_like(model.state.parameters, NAN)))
    assert math.isnan(regression_scores(predict_numbers(lost)).rmse)
