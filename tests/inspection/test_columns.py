"""What columns do to the answer, against scikit-learn's own permutation importance and partial dependence."""

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sklearn.inspection
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from mlp import Model, RunConfig
from mlp.datasets import REGRESSION
from mlp.datasets.preprocessing import CategoryColumn, Preprocessing
from mlp.inspection import importance
from mlp.inspection.dependence import answers, column_values, partial_dependence
from mlp.inspection.importance import permutation_importance
from tests.models import with_parameters
from tests.tables import mixed, trained

AMOUNT, CITY, NOISE = range(3)
BOTH = ("classification", REGRESSION)


@functools.cache
def model_of(task: str) -> Model:
    config = RunConfig(hidden=(16,), learning_rate=0.1, batch_size=16)
    return trained(config, mixed(task).dataset, steps=400)


class Estimator(BaseEstimator):  # type: ignore[misc]
    """A network as scikit-learn sees it: it takes the table's rows as they are before preprocessing."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.fitted_ = True

    def fit(self, rows: np.ndarray, labels: np.ndarray) -> "Estimator":
        raise NotImplementedError

    def outputs(self, rows: np.ndarray) -> np.ndarray:
        return answers(self.model, mixed(self.model.dataset.info.task).preprocessing, rows)


class Classifier(ClassifierMixin, Estimator):  # type: ignore[misc]
    classes_ = np.arange(2)

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        return self.outputs(rows)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.outputs(rows).argmax(axis=1)


class Regressor(RegressorMixin, Estimator):  # type: ignore[misc]
    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.outputs(rows)[:, 0]


def estimator(task: str) -> Any:
    return (Regressor if task == REGRESSION else Classifier)(model_of(task))


@pytest.mark.parametrize("task", BOTH)
def test_importance_is_scikit_learns(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importance, "REPEATS", 60)
    table, model = mixed(task), model_of(task)
    ours = permutation_importance(model, table.preprocessing.parts)
    labels = table.dataset.validation.labels
    theirs = sklearn.inspection.permutation_importance(estimator(task), table.raw, labels, n_repeats=60, random_state=0)
    assert ours.score == pytest.approx(estimator(task).score(table.raw, labels), abs=1e-6)
    assert ours.score > 0.85
    # Other permutations: means of 60 differ by a few of their standard errors.
    spread = theirs.importances_std
    np.testing.assert_allclose(ours.means, theirs.importances_mean, atol=5 * spread.max() / np.sqrt(60))
    np.testing.assert_allclose(ours.spreads, spread, rtol=0.5)
    assert ours.means[AMOUNT] > 0.1
    assert ours.means[CITY] > 0.1
    assert abs(ours.means[NOISE]) < 0.02


def test_a_column_that_the_network_ignores_has_no_importance() -> None:
    table, model = mixed(), model_of("classification")
    parameters = model.state.parameters.copy()
    weights = parameters[: model.sizes[0] * model.sizes[1]].reshape(model.sizes[:2])
    weights[table.preprocessing.parts[CITY]] = 0
    found = permutation_importance(with_parameters(model, parameters), table.preprocessing.parts)
    assert (found.drops[CITY] == 0).all()
    assert (found.drops[AMOUNT] > 0).all()


def test_importance_is_the_same_each_time_and_changes_nothing() -> None:
    table, model = mixed(), model_of("classification")
    columns = table.preprocessing.parts
    before = table.dataset.validation.inputs.copy()
    found = permutation_importance(model, columns)
    np.testing.assert_array_equal(found.drops, permutation_importance(model, columns).drops)
    np.testing.assert_array_equal(found.drops[:1], permutation_importance(model, columns[:1]).drops)
    np.testing.assert_array_equal(table.dataset.validation.inputs, before)


def test_a_large_split_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    table, model = mixed(), model_of("classification")
    whole = permutation_importance(model, table.preprocessing.parts)
    monkeypatch.setattr(importance, "MOST_ROWS", 100)
    sampled = permutation_importance(model, table.preprocessing.parts)
    assert (100 * sampled.score).is_integer()
    assert sampled.score == pytest.approx(whole.score, abs=0.1)


def test_a_diverged_network_has_no_importance() -> None:
    model = model_of("classification")
    lost = with_parameters(model, np.full_like(model.state.parameters, np.nan))
    with pytest.raises(ValueError, match="NaN or infinite"):
        permutation_importance(lost, [slice(0, 1)])


@pytest.mark.parametrize("task", BOTH)
@pytest.mark.parametrize("column", [AMOUNT, NOISE])
def test_partial_dependence_is_scikit_learns(task: str, column: int) -> None:
    table = mixed(task)
    columns = list(table.preprocessing.columns)
    known = table.raw[np.isfinite(table.raw).all(axis=1)][:250]  # all of these are used
    # scikit-learn's range is that of the rows it is given.
    columns[column] = replace(columns[column], low=known[:, column].min(), high=known[:, column].max())
    ours = partial_dependence(model_of(task), replace(table.preprocessing, columns=tuple(columns)), known, column)
    theirs = sklearn.inspection.partial_dependence(
        estimator(task), known, [column], grid_resolution=25, percentiles=(0, 1), method="brute"
    )
    np.testing.assert_allclose(ours.values, theirs["grid_values"][0], atol=1e-5)
    of_one = ours.answers[:, -1]  # of two classes, scikit-learn gives the second
    np.testing.assert_allclose(of_one, theirs["average"][0], atol=1e-5)


@pytest.mark.parametrize("task", BOTH)
def test_categories_are_set_one_after_the_other(task: str) -> None:
    table, model = mixed(task), model_of(task)
    found = partial_dependence(model, table.preprocessing, table.raw, CITY)
    assert found.values.tolist() == [0, 1, 2, 3], "three cities, and any other"
    rows = table.raw.copy()
    rows[:, CITY] = 1  # Paris, which makes a low answer likely
    everywhere = answers(model, table.preprocessing, rows).mean(axis=0)
    np.testing.assert_allclose(found.answers[1], everywhere, atol=0.02)  # of 320 rows, 300 are used
    assert found.answers[1, -1] < found.answers[[0, 2, 3], -1].min()
    assert column_values(Preprocessing((CategoryColumn("city", ("Bonn", "Paris")),)), 0).tolist() == [0, 1]


def test_a_single_rows_curve_goes_through_its_answer() -> None:
    table, model = mixed(), model_of("classification")
    row = np.array([[2.5, 2, 0]])  # from Oslo
    found = partial_dependence(model, table.preprocessing, row, AMOUNT)
    (place,) = np.flatnonzero(found.values == 2.5)
    np.testing.assert_allclose(found.answers[place], answers(model, table.preprocessing, row)[0], atol=1e-6)
