"""Metrics, against examples that are counted by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, f1_score

from mlp import RunConfig, evaluate, load_dataset
from mlp.inspection.metrics import calibration, class_scores, confusion_matrix, mcnemar, wilson
from mlp.inspection.predictions import (
    Predictions,
    least_confident_correct,
    most_confident_mistakes,
    predict,
    sample_rows,
)
from tests.models import model_of

NAN = float("nan")
# Six examples of three classes: right, right, wrong, right, wrong, no answer.
HAND = Predictions(
    np.array(
        [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.9, 0.05, 0.05], [0.5, 0.3, 0.2], [0.3, 0.4, 0.3], [NAN] * 3], np.float32
    ),
    np.array([0, 1, 1, 0, 2, 2], np.uint8),
)


def test_the_confusion_matrix_counts_truth_down_and_predictions_across() -> None:
    assert confusion_matrix(HAND).tolist() == [[2, 0, 0], [1, 1, 0], [0, 1, 0]]


def test_precision_recall_and_f1() -> None:
    scores = class_scores(HAND)
    np.testing.assert_allclose(scores.precision, [2 / 3, 1 / 2, NAN])
    np.testing.assert_allclose(scores.recall, [1, 1 / 2, 0])
    np.testing.assert_allclose(scores.f1, [4 / 5, 1 / 2, 0])


def test_the_surest_mistakes_and_the_least_confident_correct() -> None:
    assert most_confident_mistakes(HAND, 5).tolist() == [2, 4]
    assert most_confident_mistakes(HAND, 1).tolist() == [2]
    assert least_confident_correct(HAND, 2).tolist() == [3, 1]


def test_rows_that_are_kept_for_others_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        sample_rows(load_dataset("digits"))[:] = 0


def test_calibration_by_hand() -> None:
    found = calibration(HAND, bins=2)  # below a half: one, wrong; from a half on: four, three of them right
    assert found.counts.tolist() == [1, 4]
    np.testing.assert_allclose(found.accuracy, [0, 3 / 4])
    np.testing.assert_allclose(found.confidence, [0.4, (0.8 + 0.7 + 0.9 + 0.5) / 4])
    assert found.error == pytest.approx(1 / 5 * 0.4 + 4 / 5 * abs(0.75 - 0.725))


@given(st.integers(1, 200), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_scores_add_up_for_any_predictions(count: int, classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    predictions = Predictions(
        rng.dirichlet(np.ones(classes), count).astype(np.float32), rng.integers(0, classes, count).astype(np.uint8)
    )
    matrix, scores = confusion_matrix(predictions), class_scores(predictions)
    assert matrix.sum() == count
    assert np.trace(matrix) == predictions.correct.sum()
    np.testing.assert_array_equal(matrix.sum(axis=1), np.bincount(predictions.labels, minlength=classes))
    with np.errstate(invalid="ignore"):
        harmonic = 2 * scores.precision * scores.recall / (scores.precision + scores.recall)
    both = np.isfinite(harmonic)
    np.testing.assert_allclose(scores.f1[both], harmonic[both])
    assert calibration(predictions).counts.sum() == count
    assert 0 <= calibration(predictions).error <= 1
    wrong, right = most_confident_mistakes(predictions, count), least_confident_correct(predictions, count)
    assert len(wrong) + len(right) == count
    assert (np.diff(predictions.confidence[wrong]) <= 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_means_over_classes_are_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.r_[0, 1, 2, rng.choice(5, 60, p=[0.6, 0.3, 0.1, 0, 0])]  # 3 is answered, 4 is neither
    predictions = Predictions(rng.dirichlet([2, 1, 1, 0.8, 1e-9], len(labels)).astype(np.float32), labels)
    scores, answers = class_scores(predictions), predictions.classes
    assert set(answers) == {0, 1, 2, 3}
    assert scores.macro_f1 == pytest.approx(f1_score(labels, answers, average="macro", zero_division=0))
    known = answers < 3  # scikit-learn warns of answers that no example has
    scores = class_scores(Predictions(predictions.probabilities[known], labels[known]))
    assert scores.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels[known], answers[known]))


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_predictions_agree_with_the_evaluation(split: str) -> None:
    model = model_of(RunConfig(dataset="digits", hidden=(16,)), 200)
    predictions = predict(model, split)
    measured = evaluate(model.config, model.dataset, model.state, split)
    assert predictions.correct.mean() == pytest.approx(measured.accuracy)
    picked = predictions.probabilities[np.arange(len(predictions.labels)), predictions.labels]
    assert -np.log(picked).mean() == pytest.approx(measured.loss, rel=1e-4)


def test_a_network_without_an_answer_has_no_scores() -> None:
    lost = Predictions(np.full((4, 2), NAN, np.float32), np.array([0, 0, 1, 1], np.uint8))
    assert confusion_matrix(lost).sum() == 0
    assert np.isnan(class_scores(lost).precision).all()
    assert class_scores(lost).recall.tolist() == [0, 0]
    assert calibration(lost).error == 0
    assert math.isnan(calibration(lost).accuracy[0])
    assert len(most_confident_mistakes(lost, 3)) == len(least_confident_correct(lost, 3)) == 0


def test_wilsons_interval_is_scipys() -> None:
    for correct, count in ((8, 10), (0, 10), (10, 10), (9765, 10_000)):
        scipys = binomtest(correct, count).proportion_ci(method="wilson")
        assert wilson(correct, count) == pytest.approx(tuple(scipys), abs=1e-4)


@pytest.mark.parametrize(
    ("better", "worse", "chance"), [(0, 0, 1), (5, 5, 1), (15, 5, 0.0414), (1, 9, 0.0215), (9, 0, 0.0039)]
)
def test_mcnemars_test_is_the_one_in_the_books(better: int, worse: int, chance: float) -> None:
    before = np.array([True] * worse + [False] * better + [True] * 30 + [False] * 3)
    after = np.array([False] * worse + [True] * better + [True] * 30 + [False] * 3)
    found = mcnemar(before, after)
    assert found.p == pytest.approx(chance, abs=1e-4)
    assert (found.first_only, found.second_only, found.examples) == (worse, better, len(before))
    assert mcnemar(after, before).p == found.p
