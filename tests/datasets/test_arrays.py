"""A person's own arrays make a data set that trains like any other, and arrays that make none are refused in words."""

import copy
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp import Dataset, DatasetError, RunConfig, advance, evaluate, initial_state, load_dataset
from mlp.datasets import SPLITS, Split

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(100, 3))
IMAGES = RNG.integers(0, 256, (40, 4, 5), dtype=np.uint8)


@given(st.integers(3, 200), st.floats(0.01, 0.3), st.floats(0.01, 0.3), st.integers(0, 99))
def test_every_example_is_in_exactly_one_split_with_its_own_label(
    count: int, validation: float, test: float, seed: int
) -> None:
    rows = np.arange(count)
    made = Dataset.from_arrays(rows[:, None], 3 * rows, task="regression", validation=validation, test=test, seed=seed)
    splits = [made.split(name) for name in SPLITS]
    assert sorted(np.concatenate([split.inputs[:, 0] for split in splits])) == rows.tolist()
    for name, split in zip(SPLITS, splits, strict=True):
        assert np.array_equal(split.labels, 3 * split.inputs[:, 0])
        assert getattr(made.info, name) == len(split.labels) >= 1
        assert not split.inputs.flags.writeable
        assert not split.labels.flags.writeable
    assert abs(made.info.validation - validation * count) <= 1


def test_the_seed_alone_decides_the_split() -> None:
    first, again, other = (Dataset.from_arrays(TABLE, TABLE[:, 0] > 0, seed=seed).train.inputs for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_without_a_seed_each_split_is_another() -> None:
    one, other = (Dataset.from_arrays(TABLE, TABLE[:, 0] > 0, seed=None).train.inputs for _ in range(2))
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("labels", "names", "classes"),
    [
        ([7, 3, 7, 9], ("3", "7", "9"), [1, 0, 1, 2]),
        ([0.0, 1.0, 0.0, 2.0], ("0", "1", "2"), [0, 1, 0, 2]),
        (["cat", "ant", "cat", "bee"], ("ant", "bee", "cat"), [2, 0, 2, 1]),
        ([True, False, True, True], ("False", "True"), [1, 0, 1, 1]),
        (pd.Series(["cat", "ant", "cat", "bee"]), ("ant", "bee", "cat"), [2, 0, 2, 1]),
        (pd.Categorical(["b", "a", "b", "b"]), ("a", "b"), [1, 0, 1, 1]),
        (np.array(["b", "a", "b", "b"], np.dtypes.StringDType()), ("a", "b"), [1, 0, 1, 1]),
        (np.array([2, 1, 2, 2], object), ("1", "2"), [1, 0, 1, 1]),
        (np.array([True, np.False_, True, True], object), ("False", "True"), [1, 0, 1, 1]),
        (pd.Series([True, False, True, True], dtype="boolean"), ("False", "True"), [1, 0, 1, 1]),
    ],
)
def test_classes_are_numbered_in_order_and_named_after_their_labels(
    labels: Any, names: tuple[str, ...], classes: list[int]
) -> None:
    made = Dataset.from_arrays(np.arange(4)[:, None], labels)
    assert made.info.class_names == names
    for split in (made.train, made.validation, made.test):
        assert split.labels.tolist() == [classes[int(row)] for row in split.inputs[:, 0]]


def test_named_classes_need_not_all_occur() -> None:
    made = Dataset.from_arrays(TABLE, np.zeros(100, int), class_names=("no", "yes"))
    assert (made.info.class_names, made.info.classes) == (("no", "yes"), 2)


@pytest.mark.parametrize("names", [[0, 1], np.array([0, 1]), pd.Index(["0", "1"])])
def test_names_of_classes_are_texts(names: Any) -> None:
    made = Dataset.from_arrays(TABLE, np.arange(100) % 2, class_names=names)
    assert made.info.class_names == ("0", "1")
    assert {type(name) for name in made.info.class_names} == {str}


def test_a_data_frame_of_several_types_is_rows_of_numbers() -> None:
    frame = pd.DataFrame({"a": np.arange(9), "b": np.arange(9) / 2, "c": np.arange(9) > 4})
    for table in (frame, frame.assign(b=frame["b"].astype("Float64"))):
        rows = np.concatenate([split.inputs for split in splits_of(Dataset.from_arrays(table, np.arange(9) % 2))])
        assert sorted(rows.tolist()) == frame.to_numpy(float).tolist()


def splits_of(dataset: Dataset) -> list[Split]:
    return [dataset.split(name) for name in SPLITS]


def test_more_classes_than_a_byte_can_number() -> None:
    made = Dataset.from_arrays(np.arange(600)[:, None], np.arange(600) % 300)
    assert np.array_equal(made.train.labels, made.train.inputs[:, 0] % 300)


@pytest.mark.parametrize(
    ("inputs", "labels", "options", "kind"),
    [
        (TABLE, TABLE[:, 0] > 0, {}, "table"),
        (IMAGES, IMAGES[:, 0, 0] > 127, {}, "images"),
        (IMAGES / 255, IMAGES[:, 0, 0] > 127, {}, "images"),
        (TABLE, TABLE @ [1, 2, 3], {"task": "regression"}, "table"),
    ],
    ids=["table", "bytes", "floats", "regression"],
)
def test_a_network_learns_it_and_has_a_weight_for_each_input(
    inputs: Any, labels: Any, options: dict[str, Any], kind: str
) -> None:
    made = Dataset.from_arrays(inputs, labels, **options)
    assert made.info.kind == kind
    assert np.max(made.train.inputs * made.info.scale) <= max(1.0, TABLE.max())
    config = RunConfig(hidden=(16,), batch_size=8, epochs=100, optimizer="adam", learning_rate=0.01)
    start = initial_state(config, made)
    inputs_, outputs = made.info.inputs, made.info.classes
    assert len(start.parameters) == 16 * (inputs_ + 1) + outputs * 17
    state, _ = advance(config, made, start, 200)
    assert evaluate(config, made, state, "train").loss < 0.5 * evaluate(config, made, start, "train").loss


@pytest.mark.parametrize(
    ("inputs", "labels", "options", "sentence"),
    [
        (TABLE, [0, 1], {}, r"labels has the shape \(2,\), but there are 100 examples"),
        (TABLE[0], [0, 1, 2], {}, r"inputs has the shape \(3,\); it must be \[examples, columns\]"),
        (TABLE[:0], [], {}, r"inputs has the shape \(0, 3\)"),
        ([["a", "b"]], [0], {}, "inputs are of type <U1; they must be numbers"),
        ([[np.nan], [1], [2]], [0, 1, 0], {}, "inputs has numbers that are NaN"),
        ([[1e300], [1], [2]], [0, 1, 0], {}, "beyond float32"),
        (TABLE, TABLE[:, 0], {}, 'To predict any number, set task to "regression"'),
        (TABLE, [None] * 100, {}, "labels has numbers that are NaN"),
        (TABLE, ["a", None] * 50, {}, "labels has words and 50 missing values"),
        (TABLE, ["a", np.nan, "b", "b"] * 25, {}, "labels has words and 25 missing values"),
        (TABLE, pd.Series(["a", pd.NA, "b", "b"] * 25, dtype="string"), {}, "labels has words and 25 missing values"),
        (TABLE, pd.Categorical(["a", None, "b", "b"] * 25), {}, "labels has words and 25 missing values"),
        ([["a", None]] * 2, [0, 1], {}, "inputs are of type object; they must be numbers"),
        (TABLE, ["1.5", None] * 50, {"task": "regression"}, "labels has numbers that are NaN"),
        (TABLE, [0, np.inf] * 50, {}, "labels has numbers that are NaN, infinite"),
        (TABLE, np.array([0, np.inf] * 50, np.float16), {}, "labels has numbers that are NaN, infinite"),
        (TABLE, [1e20, 2e20] * 50, {}, "beyond 2⁵³"),
        ([[1, 2], [3]], [0, 1], {}, "inputs has rows of different lengths"),
        (np.array([["a", 1]], object), [0], {}, "inputs are of type object; they must be numbers"),
        (TABLE, [np.nan] * 100, {"task": "regression"}, "labels has numbers that are NaN"),
        (TABLE, ["a"] * 100, {"task": "regression"}, "labels are of type <U1; they must be numbers"),
        (TABLE, [5] * 100, {}, "only one class"),
        (TABLE, [5] * 100, {"class_names": ("a", "b")}, "labels go from 5 to 5; with 2 class names .* from 0 to 1"),
        (TABLE, ["a"] * 100, {"class_names": ("a", "b")}, "labels go from a to a"),
        (TABLE, [0, 1] * 50, {"task": "clustering"}, "task is 'clustering'; choose one of: classification, regression"),
        (TABLE, [0, 1] * 50, {"validation": 0}, "validation is 0 and test 0.15 of 100 examples: each"),
        (TABLE, [0, 1] * 50, {"validation": np.nan}, "validation is nan; it must be a share"),
        (TABLE, [0, 1] * 50, {"test": "0.2"}, "test is '0.2'; it must be a share"),
        (TABLE, [0, 1] * 50, {"seed": -1}, "seed is -1; it must be a whole number from 0"),
        (TABLE, [0, 1] * 50, {"seed": "x"}, "seed is 'x'; it must be a whole number from 0"),
        (TABLE, [0, 1] * 50, {"class_names": "ab"}, "class_names is 'ab'; it must be a list"),
        (TABLE, [0, 1] * 50, {"class_names": "ab", "task": "regression"}, "class_names is 'ab'"),
        (TABLE, [0, 1] * 50, {"class_names": ["a", "b"], "task": "regression"}, "class_names has 2 names; a regress"),
        (TABLE, [0, 1] * 50, {"validation": 0.5, "test": 0.5}, "leave some for training"),
        (TABLE[:2], [0, 1], {}, "only 2 examples to divide; training, validation and test need"),
    ],
)
def test_arrays_that_make_no_data_set_are_refused(
    inputs: Any, labels: Any, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DatasetError, match=sentence):
        Dataset.from_arrays(inputs, labels, **options)


def test_a_copy_leaves_the_arrays_that_it_is_of_writable() -> None:
    made = Dataset.from_arrays(TABLE, TABLE[:, 0] > 0)
    mine = replace(made, train=Split(*(array.copy() for array in made.train)))
    copied = copy.copy(mine)
    assert np.shares_memory(copied.train.inputs, mine.train.inputs)
    assert not copied.train.inputs.flags.writeable
    assert all(array.flags.writeable for array in mine.train)


def test_a_data_set_travels_by_its_name_if_it_was_loaded_by_that_and_whole_otherwise() -> None:
    digits, made = load_dataset("digits"), Dataset.from_arrays(TABLE, TABLE[:, 0] > 0)
    assert pickle.loads(pickle.dumps(digits)) is digits  # noqa: S301
    assert len(pickle.dumps(digits)) < 100
    for whole in (made, replace(digits, train=digits.test)):
        arrived = pickle.loads(pickle.dumps(whole))  # noqa: S301
        assert arrived.info == whole.info
        for name in SPLITS:
            for before, after in zip(whole.split(name), arrived.split(name), strict=True):
                np.testing.assert_array_equal(before, after)
                assert not after.flags.writeable
