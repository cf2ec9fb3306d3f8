"""Neighbors predict what scikit-learn's do."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from mlp import load_dataset
from mlp.datasets import REGRESSION, Recipe
from mlp.inspection.neighbors import MOST, NEAREST, neighbors_predict


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("digits", KNeighborsClassifier),
        (Recipe("waves", task=REGRESSION).name, KNeighborsRegressor),
    ],
)
def test_neighbors_predict_what_scikit_learns_do(name: str, theirs: type) -> None:
    dataset = load_dataset(name)
    rows = np.unique(np.linspace(0, dataset.info.train - 1, MOST).astype(int))
    predicted, labels = neighbors_predict(dataset)
    fitted = theirs(NEAREST).fit(dataset.train.inputs[rows].astype("f4"), dataset.train.labels[rows])
    np.testing.assert_array_equal(labels, dataset.validation.labels)
    np.testing.assert_allclose(predicted, fitted.predict(dataset.validation.inputs.astype("f4")), atol=1e-6)
