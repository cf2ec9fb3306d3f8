"""Each class is in all three splits if it can be, and the seed alone decides which rows."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.datasets import Dataset, DatasetError
from mlp.datasets.own.examples import TEST, TRAIN, VALIDATION
from mlp.datasets.own.splitting import given_split, notes_on_split, split_rows


def counts_of(classes: np.ndarray, rows: Sequence[np.ndarray]) -> list[list[int]]:
    """How many rows of each class are in each split."""
    return [np.bincount(classes[part], minlength=classes.max() + 1).tolist() for part in rows]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((60, 40), [[42, 28], [9, 6], [9, 6]]),
        ((600, 10), [[420, 6], [90, 2], [90, 2]]),  # proportional, to the row
        ((30, 1), [[20, 1], [5, 0], [5, 0]]),
        ((30, 2), [[21, 1], [4, 1], [5, 0]]),
        ((30, 3), [[22, 1], [4, 1], [4, 1]]),
    ],
)
def test_each_class_has_its_share_of_each_split(sizes: tuple[int, ...], expected: list[list[int]]) -> None:
    classes = np.repeat(np.arange(len(sizes)), sizes)
    assert counts_of(classes, split_rows(classes, 0.15, 0.15)) == expected


def test_each_class_is_learned_from_however_large_the_shares() -> None:
    classes = np.repeat([0, 1, 2], 3)
    assert min(counts_of(classes, split_rows(classes, 0.4, 0.4))[TRAIN]) == 1


def test_thirty_rows_of_one_class_then_one_of_another() -> None:
    classes = np.repeat([0, 1], [30, 1])
    rows = split_rows(classes, 0.15, 0.15)
    assert rows[VALIDATION].size == rows[TEST].size == 5
    assert (classes[rows[VALIDATION]] == 0).all()
    assert 30 in rows[TRAIN]
    assert notes_on_split(classes, ("A", "B"), rows) == ("Class B has a single row, which is for training.",)


@given(
    classes=st.lists(st.integers(0, 8), min_size=3, max_size=200).map(np.array),
    validation=st.floats(0.01, 0.4),
    test=st.floats(0.01, 0.4),
    seed=st.integers(0, 9),
)
def test_each_row_is_in_one_split_and_none_is_empty(
    classes: np.ndarray, validation: float, test: float, seed: int
) -> None:
    try:
        rows = split_rows(classes, validation, test, seed)
    except DatasetError:
        assert len(classes) < 10  # no share is large enough to leave nothing of more
        return
    assert np.array_equal(np.sort(np.concatenate(rows)), np.arange(len(classes)))
    assert all(map(len, rows))
    if len(np.unique(classes)) == 1:
        assert [len(part) for part in rows[1:]] == [max(1, round(share * len(classes))) for share in (validation, test)]


def test_the_seed_alone_decides() -> None:
    classes = np.arange(100) % 3
    first, again, other = (split_rows(classes, 0.15, 0.15, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(*pair) for pair in zip(first, again, strict=True))
    assert not np.array_equal(first[TRAIN], other[TRAIN])


def test_rows_are_shuffled_within_a_split() -> None:
    classes = np.random.default_rng(0).integers(0, 10, 5000)
    for part in split_rows(classes, 0.15, 0.15):
        for rows in (part[:100], part[-100:]):
            counts = np.bincount(classes[rows], minlength=10)
            assert 1 <= counts.min() <= counts.max() <= 25
        assert abs(np.corrcoef(part, np.arange(len(part)))[0, 1]) < 0.1


def test_a_given_test_set_is_kept_and_the_rest_is_divided() -> None:
    given = np.repeat([TRAIN, TEST], [80, 20]).astype(np.int8)
    rows = split_rows(np.arange(100) % 2, 0.25, 0.15, given=given)
    assert np.array_equal(np.sort(rows[TEST]), np.arange(80, 100))
    assert rows[VALIDATION].size == 20
    assert rows[VALIDATION].max() < 80


def test_given_splits_stay_as_they_are() -> None:
    given = np.repeat([TRAIN, VALIDATION, TEST], [3, 2, 5]).astype(np.int8)
    rows = split_rows(np.zeros(10, int), 0.15, 0.15, given=given)
    assert [sorted(part.tolist()) for part in rows] == [[0, 1, 2], [3, 4], [5, 6, 7, 8, 9]]


def test_classes_that_are_all_rare_still_fill_three_splits() -> None:
    classes = np.arange(5)
    rows = split_rows(classes, 0.15, 0.15)
    assert [len(part) for part in rows] == [3, 1, 1]
    (note,) = notes_on_split(classes[rows[TRAIN]], "abcde", (np.arange(3), np.arange(0), np.arange(0)))
    assert note.endswith("have a single row each, which is for training.")
    assert "have no row for training, so can't be learned." in notes_on_split(classes, "abcde", rows)[-1]


@pytest.mark.parametrize(
    ("rows", "validation", "test", "sentence"),
    [
        (2, 0.15, 0.15, "only 2 examples"),
        (9, 0.0, 0.2, "validation is 0"),
        (10, 0.5, 0.5, "leave"),
    ],
)
def test_what_leaves_a_split_empty_is_refused(rows: int, validation: float, test: float, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        split_rows(np.zeros(rows, int), validation, test)


def test_a_column_names_the_splits() -> None:
    values = ("Train", " TEST ", "val")
    assert given_split("part", np.array([0, 1, 2, 0]), values).tolist() == [TRAIN, TEST, VALIDATION, TRAIN]


@pytest.mark.parametrize(
    ("codes", "values", "sentence"),
    [
        ([0, 1], ("train", "fold <3>"), "the value 'fold <3>', which names no split. Use train"),
        ([0, -1, -1], ("train",), "is empty in 2 rows"),
        ([0, 0], ("test", "train"), "names no training rows"),
    ],
)
def test_a_column_that_names_no_splits_is_refused(codes: list[int], values: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        given_split("part", np.array(codes), values)


def test_many_rare_classes_are_named_in_one_sentence() -> None:
    classes = np.concatenate([np.zeros(80, int), np.arange(1, 9)])
    (note,) = notes_on_split(classes, "abcdefghi", split_rows(classes, 0.15, 0.15))
    assert note == "Classes b, c, d, e, f and 3 more have a single row each, which is for training."


def test_arrays_of_a_script_are_split_in_the_same_way() -> None:
    labels = np.repeat(["A", "B"], [50, 3])
    made = Dataset.from_arrays(np.arange(53)[:, None], labels, seed=7)
    for split, rows in zip(
        (made.train, made.validation, made.test), split_rows(labels == "B", 0.15, 0.15, 7), strict=True
    ):
        assert split.inputs[:, 0].tolist() == rows.tolist()
        assert 1 in split.labels
