"""Weights of examples and of classes do what repeating the examples does."""

import copy
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from mlp.estimators import MLPClassifier, MLPRegressor
from tests.estimators.examples import COURSE, FLOWERS, NAMES, PATIENTS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_class_weights_are_weights_of_the_examples() -> None:
    weights = {"setosa": 0.5, "virginica": 4}
    by_class = MLPClassifier((5,), class_weight=weights, random_state=0, max_iter=5).fit(FLOWERS, NAMES)
    of_each = [weights.get(name, 1) for name in NAMES]
    by_example = MLPClassifier((5,), random_state=0, max_iter=5).fit(FLOWERS, NAMES, sample_weight=of_each)
    np.testing.assert_array_equal(by_class.model_.state.parameters, by_example.model_.state.parameters)
    rare = np.r_[0:50, 50:60, 100:130]
    balanced = MLPClassifier((5,), class_weight="balanced", random_state=0).fit(FLOWERS[rare], NAMES[rare])
    named = {"setosa": 90 / 150, "versicolor": 90 / 30, "virginica": 90 / 90}
    same = MLPClassifier((5,), class_weight=named, random_state=0).fit(FLOWERS[rare], NAMES[rare])
    np.testing.assert_allclose(balanced.model_.state.parameters, same.model_.state.parameters)


@pytest.mark.parametrize("weight", [np.array(2.0), Decimal(2), Fraction(2), np.float32(2)])
def test_a_class_weight_is_any_number(weight: Any) -> None:
    fitted = [
        MLPClassifier((5,), max_iter=2, random_state=0, class_weight={"setosa": given}) for given in (weight, 2.0)
    ]
    one, same = (network.fit(FLOWERS, NAMES).predict_proba(FLOWERS) for network in fitted)
    assert np.array_equal(one, same)


@pytest.mark.parametrize("scale", [1, 1e-3])
def test_balanced_classes_count_the_same_also_with_sample_weights(scale: float) -> None:
    times = np.repeat([1, 2, 4], 50)
    common: dict[str, Any] = dict(solver="sgd", alpha=0, random_state=0, max_iter=5)
    network = MLPClassifier((5,), class_weight="balanced", batch_size=350, **common)
    repeated = clone(network).fit(FLOWERS.repeat(times, axis=0), NAMES.repeat(times))
    weighted = network.set_params(batch_size=150).fit(FLOWERS, NAMES, sample_weight=times * scale)
    plain = MLPClassifier((5,), batch_size=150, **common).fit(FLOWERS, NAMES)
    for other in (repeated, plain):
        np.testing.assert_allclose(weighted.model_.state.parameters, other.model_.state.parameters, atol=1e-9)


def test_partial_fit_takes_class_weights_as_they_are() -> None:
    network = MLPClassifier((), solver="sgd", momentum=0, alpha=0, random_state=0)
    network.partial_fit(FLOWERS[:1], NAMES[:1], classes=np.unique(NAMES))
    steps = []
    for weights in (None, {"virginica": 5}):
        other = copy.deepcopy(network).set_params(class_weight=weights)
        other.partial_fit(FLOWERS[149:], NAMES[149:], sample_weight=[3])
        steps.append(other.model_.state.parameters - network.model_.state.parameters)
    np.testing.assert_allclose(steps[1], 5 * steps[0], atol=1e-12)
    of_mean_1 = {"setosa": 0.5, "versicolor": 1.5}
    common: dict[str, Any] = dict(class_weight=of_mean_1, alpha=20, solver="sgd", batch_size=150, random_state=0)
    call = MLPClassifier((5,), **common).partial_fit(FLOWERS, NAMES, classes=np.unique(NAMES))
    whole = MLPClassifier((5,), **common, max_iter=1).fit(FLOWERS, NAMES)
    np.testing.assert_allclose(call.model_.state.parameters, whole.model_.state.parameters, atol=1e-12)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_weight_does_what_repeating_the_example_does(estimator: Any) -> None:
    X, y = (FLOWERS, NAMES) if estimator is MLPClassifier else (PATIENTS[:150], COURSE[:150])
    times = np.tile([1, 3, 5], 50)
    network = estimator(
        (5,), solver="sgd", learning_rate_init=0.05, alpha=20, batch_size=450, max_iter=30, random_state=0
    )
    repeated = clone(network).fit(X.repeat(times, axis=0), y.repeat(times))
    weighted = network.set_params(batch_size=150).fit(X, y, sample_weight=times)
    np.testing.assert_allclose(weighted.model_.state.parameters, repeated.model_.state.parameters, atol=1e-9)
    assert weighted.loss_ == pytest.approx(repeated.loss_)


def test_an_example_of_weight_zero_is_as_if_it_were_not_there() -> None:
    weights = np.tile([0, 1, 2], 50)
    network = MLPClassifier((5,), random_state=0, max_iter=5).fit(FLOWERS, NAMES, sample_weight=weights)
    kept = weights > 0
    without = MLPClassifier((5,), random_state=0, max_iter=5).fit(
        FLOWERS[kept], NAMES[kept], sample_weight=weights[kept]
    )
    np.testing.assert_array_equal(network.model_.state.parameters, without.model_.state.parameters)
    assert network.t_ == 5 * 100
