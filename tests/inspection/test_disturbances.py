"""Disturbances change numbers by as much as they say, and leave alone what they should."""

import numpy as np
import pytest

from mlp.inspection.disturbances import KINDS, MISSING, NOISE, disturb, fragility
from mlp.inspection.predictions import predict
from tests.tables import mixed, mixed_model

PREPROCESSING, RAW = mixed().preprocessing, mixed().raw
MANY = np.tile(RAW, (30, 1))
AMOUNT, CITY, NOISY = range(3)


def test_noise_is_in_standard_deviations_of_each_column_and_categories_have_none() -> None:
    changed = disturb(PREPROCESSING, MANY, NOISE, 0.5)
    np.testing.assert_array_equal(changed[:, CITY], MANY[:, CITY])
    np.testing.assert_array_equal(np.isnan(changed), np.isnan(MANY))
    assert abs(np.nanstd(changed[:, AMOUNT] - MANY[:, AMOUNT]) - 0.5 * 3) < 0.05
    assert abs(np.std(changed[:, NOISY] - MANY[:, NOISY]) - 0.5 * 1) < 0.02


def test_each_value_is_missing_with_the_same_probability() -> None:
    changed = disturb(PREPROCESSING, MANY, MISSING, 0.3)
    gone = np.isnan(changed)
    np.testing.assert_array_equal(changed[~gone], MANY[~gone])
    assert abs(gone[:, [CITY, NOISY]].mean(axis=0) - 0.3).max() < 0.02


def test_no_strength_changes_nothing_and_the_seed_decides_the_rest() -> None:
    before = RAW.copy()
    for kind in KINDS:
        np.testing.assert_array_equal(disturb(PREPROCESSING, RAW, kind, kind.strengths[0]), RAW)
        first, again, other = (disturb(PREPROCESSING, RAW, kind, 0.5, seed) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other, equal_nan=True)
    np.testing.assert_array_equal(RAW, before)


def test_a_column_breaks_the_network_by_as_much_as_the_answer_depends_on_it() -> None:
    model = mixed_model()
    found = fragility(model, noise=0.0, missing=1.0)
    amount, city, noise = found.means
    assert min(amount, city) > 0.1 > abs(noise)
    assert found.score == pytest.approx(predict(model).correct.mean())
    np.testing.assert_array_equal(fragility(model, 0.0, 0.0).drops, 0)
    assert fragility(model, noise=1.0, missing=0.0).means[CITY] == 0, "categories have no noise"
