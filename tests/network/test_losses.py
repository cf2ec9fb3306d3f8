"""The loss against fifty decimal digits, for any logits that training may meet."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlp.lessons.walk import central_differences
from mlp.network.losses import (
    grad_softmax_crossentropy_with_logits,
    log_softmax,
    softmax,
    softmax_crossentropy_with_logits,
)
from mlp.network.training_losses import SoftmaxCrossEntropy

Array = np.ndarray
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
LARGEST = 1e4

any_logits = arrays(np.float32, (3, 4), elements=st.floats(-LARGEST, LARGEST, width=32))
any_labels = arrays(np.uint8, 3, elements=st.integers(0, 3))


def exact_losses(logits: Array, labels: Array) -> list[float]:
    """−log softmax(z)_y as the formula says, with no trick: decimals have room for e¹⁰⁰⁰⁰."""
    with localcontext() as context:
        context.prec = 50
        rows = [[Decimal(float(z)) for z in row] for row in logits]
        return [
            float(sum((z.exp() for z in row), Decimal(0)).ln() - row[y]) for row, y in zip(rows, labels, strict=True)
        ]


@given(any_logits, any_labels)
@settings(max_examples=50)
def test_probabilities_are_probabilities_and_the_loss_is_exact(logits: Array, labels: Array) -> None:
    probabilities = softmax(logits)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    exact = exact_losses(logits, labels)
    wide = logits.astype(DOUBLE)
    np.testing.assert_allclose(softmax_crossentropy_with_logits(wide, labels), exact, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(softmax_crossentropy_with_logits(logits, labels), exact, rtol=1e-6, atol=1e-6)
    buffered = SoftmaxCrossEntropy(3, 4, SINGLE)(logits, labels)
    assert buffered.loss == pytest.approx(sum(exact), rel=1e-5, abs=1e-5)


@given(any_logits, any_labels)
def test_each_rows_gradient_sums_to_zero_and_pulls_only_the_right_class_up(logits: Array, labels: Array) -> None:
    buffered = SoftmaxCrossEntropy(3, 4, SINGLE)
    buffered(logits, labels)
    for gradient in (grad_softmax_crossentropy_with_logits(logits, labels), buffered.grad_logits):
        np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-6)
        right = np.eye(4, dtype=bool)[labels]
        assert (gradient[right] <= 0).all()
        assert (gradient[~right] >= 0).all()


def test_of_equal_logits_the_first_class_is_the_answer() -> None:
    logits = np.zeros((3, 3), np.float32)
    assert SoftmaxCrossEntropy(3, 3, SINGLE)(logits, np.array([0, 0, 2])).correct == 2


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("weights", [None, np.array([2.0, 1.0, 0.0])])
def test_an_example_without_an_answer_is_not_correct(value: float, weights: Array | None) -> None:
    logits = np.zeros((3, 3), np.float32)
    logits[0] = value
    with np.errstate(invalid="ignore"):
        outcome = SoftmaxCrossEntropy(3, 3, SINGLE)(logits, np.array([0, 0, 2]), weights)
    assert outcome.correct == 1
    assert not np.isfinite(outcome.loss)


def test_the_losss_gradient_is_its_slope() -> None:
    rng = np.random.default_rng(6)
    logits, labels = rng.normal(size=(4, 5)), rng.integers(0, 5, 4)
    slope = central_differences(lambda: float(softmax_crossentropy_with_logits(logits, labels).mean()), logits)
    gradient = grad_softmax_crossentropy_with_logits(logits, labels)
    np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("size", [1.0, 1e4])
def test_training_uses_the_same_loss(size: float) -> None:
    rng = np.random.default_rng(7)
    logits = (size * rng.normal(size=(9, 5))).astype(SINGLE)
    labels = rng.integers(0, 5, 9).astype(np.uint8)
    buffered = SoftmaxCrossEntropy(9, 5, SINGLE)
    for _ in range(2):  # its buffers keep nothing from the batch before
        outcome = buffered(logits, labels)
        assert outcome.loss == pytest.approx(softmax_crossentropy_with_logits(logits, labels).sum(), rel=1e-5)
        assert outcome.correct == (logits.argmax(axis=1) == labels).sum()
        expected = grad_softmax_crossentropy_with_logits(logits, labels)
        np.testing.assert_allclose(buffered.grad_logits, expected, atol=1e-7)


def test_the_weighted_gradient_is_the_weighted_losss_slope() -> None:
    rng = np.random.default_rng(8)
    logits, labels, weights = rng.normal(size=(6, 3)), rng.integers(0, 3, 6), rng.uniform(0.5, 3.0, 6)
    weighted = SoftmaxCrossEntropy(6, 3, DOUBLE)
    rows = softmax_crossentropy_with_logits(logits, labels)
    outcome = weighted(logits, labels, weights)
    assert outcome.loss == pytest.approx((weights * rows).sum())
    assert outcome.correct == (logits.argmax(axis=1) == labels).sum()
    gradient = outcome.grad_logits.copy()
    slope = central_differences(lambda: weighted(logits, labels, weights).loss / 6, logits)
    np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-9)


def test_smoothed_labels_cost_the_cross_entropy_with_their_mixture_and_that_has_its_slope() -> None:
    rng = np.random.default_rng(10)
    logits, labels = rng.normal(size=(6, 4)), rng.integers(0, 4, 6)
    smoothed = SoftmaxCrossEntropy(6, 4, DOUBLE, smoothing=0.2)
    targets = 0.8 * np.eye(4)[labels] + 0.2 / 4
    outcome = smoothed(logits, labels)
    assert outcome.loss == pytest.approx(-(targets * log_softmax(logits)).sum())
    gradient = outcome.grad_logits.copy()
    slope = central_differences(lambda: smoothed(logits, labels).loss / 6, logits)
    np.testing.assert_allclose(gradient, slope, rtol=1e-6, atol=1e-9)


def test_a_row_of_weight_three_counts_as_three_rows() -> None:
    rng = np.random.default_rng(9)
    logits, labels, times = rng.normal(size=(5, 3)), np.array([0, 1, 2, 1, 0]), np.array([1, 2, 3, 2, 1])
    weighted = SoftmaxCrossEntropy(5, 3, DOUBLE)(logits, labels, times)
    plain = SoftmaxCrossEntropy(times.sum(), 3, DOUBLE)(np.repeat(logits, times, axis=0), np.repeat(labels, times))
    assert weighted.loss == pytest.approx(plain.loss)
    summed = times.sum() * np.add.reduceat(plain.grad_logits, np.r_[0, times.cumsum()[:-1]])
    np.testing.assert_allclose(5 * weighted.grad_logits, summed)
