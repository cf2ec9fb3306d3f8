"""What numpy applies is what scikit-learn fitted, and nothing of the other rows is in it."""

from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlp.datasets import DatasetError
from mlp.datasets.own.fitting import fit_categories, fit_numbers, fits_float32
from mlp.datasets.preprocessing import CategoryColumn, NumberColumn, Preprocessing

RNG = np.random.default_rng(0)
CITIES = ("Bonn", "Lima", "Nice", "Oslo", "Paris")


def numbers_and_cities() -> tuple[np.ndarray, np.ndarray]:
    """Wine's 13 numbers, a tenth of those in the first five columns missing, and a city for each row."""
    numbers = load_wine().data.copy()
    holes = RNG.random((len(numbers), 5)) < 0.1
    numbers[:, :5][holes] = np.nan
    return numbers, RNG.choice([0, 1, 2, 3, 4, -1], len(numbers), p=[0.5, 0.3, 0.01, 0.01, 0.15, 0.03])


def fitted(numbers: np.ndarray, cities: np.ndarray) -> Preprocessing:
    columns = [fit_numbers(f"x{index}", column) for index, column in enumerate(numbers.T)]
    return Preprocessing((*columns, fit_categories("city", cities, CITIES)))


def raw_of(preprocessing: Preprocessing, numbers: np.ndarray, cities: np.ndarray) -> np.ndarray:
    city = preprocessing.columns[-1]
    assert isinstance(city, CategoryColumn)
    return np.column_stack([numbers, [city.position(CITIES[code]) if code >= 0 else np.nan for code in cities]])


def as_scikit_learn_does_it(numbers: np.ndarray, cities: np.ndarray, new: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The same with scikit-learn's own tools: what it makes of new rows."""
    one_number = FeatureUnion(
        [
            ("value", Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])),
            ("missing", MissingIndicator(features="missing-only", error_on_new=False)),
        ]
    )
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=2, max_categories=100, sparse_output=False
    )
    steps: list[Any] = [(f"x{index}", one_number, [index]) for index in range(numbers.shape[1])]
    whole = ColumnTransformer([*steps, ("city", one_hot, [numbers.shape[1]])], sparse_threshold=0)
    # A missing city is one that the encoder never saw.
    known = cities >= 0
    whole.fit(np.column_stack([numbers, cities])[known])
    for name, step in list(whole.named_transformers_.items()):
        if name.startswith("x"):  # their numbers come from all rows
            step.fit(numbers[:, [int(name[1:])]])
    return whole.transform(np.column_stack(new))


def test_the_same_as_scikit_learn() -> None:
    numbers, cities = numbers_and_cities()
    train, new = slice(0, 120), slice(120, None)
    preprocessing = fitted(numbers[train], cities[train])
    raw = raw_of(preprocessing, numbers[new], cities[new]).astype(np.float32)
    expected = as_scikit_learn_does_it(numbers[train], cities[train], (numbers[new], cities[new]))
    found = preprocessing.transform(raw)
    assert found.dtype == np.float32
    assert found.shape == (58, preprocessing.width)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("middle", "deviation", "fits"),
    [(0.9967, 0.0019, True), (36.8, 0.4, True), (48.1, 0.1, True), (100_000, 5, False), (500_000, 100, False)],
)
def test_numbers_far_from_zero_keep_more_digits(middle: float, deviation: float, fits: bool) -> None:
    values = (middle + deviation * np.random.default_rng(0).normal(size=500)).round(5)
    assert fits_float32(fit_numbers("x", values), values) == fits


def test_it_is_json_there_and_back() -> None:
    numbers, cities = numbers_and_cities()
    preprocessing = fitted(numbers, cities)
    again = Preprocessing.from_json(preprocessing.to_json())
    assert again == preprocessing
    raw = raw_of(preprocessing, numbers, cities)
    assert np.array_equal(again.transform(raw), preprocessing.transform(raw))


def test_parts_name_the_inputs_of_each_column() -> None:
    age, city = NumberColumn("age", 0, 0, 1, 0, 1, flag=True), CategoryColumn("city", ("Bonn",), other=True)
    table = Preprocessing((age, city, NumberColumn("x", 0, 0, 1, 0, 1)))
    assert table.parts == (slice(0, 2), slice(2, 4), slice(4, 5))
    assert table.names == ("age", "age missing", "city = Bonn", "city = other", "x")


def test_rare_values_share_an_input_and_keep_their_names() -> None:
    codes = np.repeat([0, 1, 2, 3], [60, 30, 1, 1])
    column = fit_categories("city", codes, CITIES)
    assert column == CategoryColumn("city", ("Bonn", "Lima"), other=True, rare=("Nice", "Oslo"))
    assert [column.position(name) for name in ("Bonn", "Oslo")] == [0, 3]
    inputs = Preprocessing((column,)).transform(np.array([[0], [1], [2], [3], [np.nan]], np.float32))
    assert inputs.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]


def test_without_rare_values_an_unknown_one_is_no_input_at_all() -> None:
    column = fit_categories("city", np.repeat([0, 1, -1], [60, 30, 5]), CITIES)
    assert (column.categories, column.other) == (("Bonn", "Lima"), False)
    assert Preprocessing((column,)).transform(np.array([[np.nan]], np.float32)).tolist() == [[0, 0]]


def test_a_column_that_is_constant_or_empty_gives_finite_inputs() -> None:
    columns = (fit_numbers("constant", np.full(9, 7.0)), fit_numbers("empty", np.full(9, np.nan)))
    nothing = fit_categories("nothing", np.full(9, -1), CITIES)
    table = Preprocessing((*columns, nothing))
    assert table.transform(np.array([[7, np.nan, np.nan], [8, 5, np.nan]], np.float32)).tolist() == [
        [0, 0, 1],
        [1, 5, 0],
    ]


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_numbers_beyond_float32_are_refused(value: float) -> None:
    with pytest.raises(DatasetError, match=r"Column 'x' has the value .*; numbers must be between -3.4e38 and 3.4e38"):
        fit_numbers("x", np.array([1.0, value, np.nan]))


def test_too_many_values_for_a_category_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"'id' has 1,001 different values; a category may have up to 1,000"):
        fit_categories("id", np.arange(1001), [str(value) for value in range(1001)])
