"""A verdict says which setting is better, by how much, and how sure that is; the numbers behind it are right."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig
from mlp.comparison.groups import Group, by_settings
from mlp.comparison.verdict import holm, network_sentence, paired_test, verdict
from mlp.datasets import REGRESSION
from mlp.inspection.metrics import mcnemar
from mlp.store import RunRecord
from tests.stored_runs import run_record

BASE = RunConfig(dataset="digits")


def rate(value: float, *accuracies: float, first_seed: int = 0, **fields: Any) -> list[RunRecord]:
    """Runs with this learning rate and seeds 0, 1, …, that ended with these accuracies."""
    return [
        run_record(
            replace(BASE, learning_rate=value, seed=first_seed + seed),
            id=f"{value}-{first_seed + seed}",
            validation_score=accuracy,
            **fields,
        )
        for seed, accuracy in enumerate(accuracies)
    ]


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ((0.40, 0.45, 0.50), (0.461, 0.510, 0.562), "0.3 is better than 0.1 by 0.061 in R² (0.059 to 0.063)."),
        (
            (0.5, 0.6, 0.7),
            (0.5017, 0.6031, 0.7043),
            "No clear difference between 0.3 and 0.1: 0.003 in R² (0.000 to 0.006).",
        ),
        ((0.5, 0.5, 0.5), (0.45, 0.45, 0.45), "0.1 scored 0.050 higher in R² than 0.3 with every one of 3 seeds."),
        (
            (0.5, -0.2),
            (0.6, -0.1),
            "0.3 scored 0.100 higher in R² than 0.1, but 2 seeds in common can't show whether that is luck. "
            "Run both with at least 3 seeds, preferably 5.",
        ),
        (
            (0.5,),
            (0.6,),
            "0.3 scored higher with R² 0.600, but one seed can't show whether that is luck. "
            "Run each with at least 3 seeds, preferably 5.",
        ),
        (
            (0.6,),
            (0.6,),
            "0.1 and 0.3 scored the same, R² 0.600, but one seed can't show that they are equally good. "
            "Run each with at least 3 seeds, preferably 5.",
        ),
    ],
)
def test_of_a_regression_it_compares_r_squared(
    first: tuple[float, ...], second: tuple[float, ...], sentence: str
) -> None:
    assert sentences(rate(0.1, *first, task=REGRESSION), rate(0.3, *second, task=REGRESSION)) == [sentence]


def sentences(*runs: list[RunRecord]) -> list[str]:
    return verdict(by_settings([run for some in runs for run in some])).sentences


# ── What it says ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("runs", "sentence"),
    [
        # Each seed moves both rates by far more than they differ: separate averages would overlap.
        (
            [rate(0.1, 0.80, 0.85, 0.90), rate(0.3, 0.861, 0.910, 0.962)],
            "0.3 is better than 0.1 by 6.1 points (5.9 to 6.3).",
        ),
        (
            [rate(0.1, 0.9801, 0.9803, 0.9802), rate(0.3, 0.9807, 0.9810, 0.9808)],
            "0.3 is better than 0.1 by 0.06 points (0.05 to 0.08).",
        ),
        (
            [rate(0.1, 0.90, 0.92, 0.91), rate(0.3, 0.92, 0.91, 0.93)],
            "No clear difference between 0.3 and 0.1: 1.0 point (−3.3 to 5.3).",
        ),
        ([rate(0.1, 1.0, 1.0, 1.0), rate(0.3, 1.0, 1.0, 1.0)], "0.1 and 0.3 scored the same with each of 3 seeds."),
        (
            [rate(0.1, 0.5, 0.5, 0.5), rate(0.3, 1.0, 1.0, 1.0)],
            "0.3 scored 50.0 points higher than 0.1 with every one of 3 seeds.",
        ),
        (
            [rate(0.1, 0.9), rate(0.3, 0.96), rate(1, 0.8)],
            "0.3 scored highest with 96.0\u202f%, but one seed can't show whether that is luck. "
            "Run each with at least 3 seeds, preferably 5.",
        ),
        (
            [rate(0.1, 0.9, 0.91), rate(0.3, 0.96, 0.95)],
            "0.3 scored 5.0 points higher than 0.1, but 2 seeds in common can't show whether that is luck. "
            "Run both with at least 3 seeds, preferably 5.",
        ),
        (
            [rate(0.1, 0.9, 0.91, 0.92), rate(0.3, 0.96, 0.95, 0.94, first_seed=7)],
            "0.3 and 0.1 share no seed. Run both with the same seeds, at least 3 seeds, preferably 5.",
        ),
    ],
)
def test_two_settings_are_compared_in_one_sentence(runs: list[list[RunRecord]], sentence: str) -> None:
    assert sentences(*runs) == [sentence]


def test_the_best_is_compared_with_each_other_setting_and_all_pairs_are_listed() -> None:
    runs = [
        rate(value, *(top + step for step in (0, 0.011, 0.02))) for value, top in ((0.1, 0.8), (0.3, 0.9), (1, 0.7))
    ]
    found = verdict(by_settings([run for some in runs for run in some]))
    assert len(found.comparisons) == 3
    assert [(pair.better, pair.other) for pair in found.comparisons] == [("0.3", "0.1"), ("0.3", "1"), ("0.1", "1")]
    assert len(found.sentences) == 2
    assert all(sentence.startswith("0.3 scored") for sentence in found.sentences)  # each seed differs by the same


def test_among_many_comparisons_one_must_be_clearer() -> None:
    one, other = rate(0.3, 0.95, 0.96, 0.97), rate(0.1, 0.940, 0.945, 0.95)
    assert sentences(one, other) == ["0.3 is better than 0.1 by 1.5 points (0.3 to 2.7)."]
    found = verdict(by_settings([*one, *other, *rate(1.0, 0.93, 0.95, 0.92)]))
    assert found.comparisons[0].corrected > 0.05
    assert found.sentences[0] == (
        "0.3 may be better than 0.1 by 1.5 points (0.3 to 2.7), but one of 3 comparisons can look like this by chance. "
        "Run more seeds to find out."
    )


def test_what_still_trains_is_not_judged() -> None:
    done, under_way = [rate(0.1, 0.9, 0.91, 0.92), rate(1.0, 0.5, 0.6, 0.5)], rate(0.3, 0.1, 0.2, 0.3, status="running")
    found = verdict(by_settings([*done[0], *done[1], *under_way]))
    assert found.training == ["0.3"]
    assert [(pair.better, pair.other) for pair in found.comparisons] == [("0.1", "1")]


def test_what_has_paused_or_was_never_started_is_not_compared_with_what_has_finished() -> None:
    done = [*rate(0.1, 0.9, 0.91, 0.92), *rate(1.0, 0.5, 0.6, 0.5)]
    paused, ready = rate(0.3, 0.1, 0.2, 0.3, status="paused"), rate(0.5, math.nan, status="ready")
    found = verdict(by_settings([*done, *paused, *ready]))
    assert (found.training, found.waiting) == ([], ["0.3", "0.5"])
    assert [(pair.better, pair.other) for pair in found.comparisons] == [("0.1", "1")]


def test_a_run_that_was_paused_and_then_trained_again_to_its_end_is_compared() -> None:
    paused = rate(0.1, 0.3, status="paused", step=9)
    assert len(sentences(paused, rate(0.1, 0.9, 0.91, 0.92), rate(1.0, 0.5, 0.6, 0.5))) == 1


def test_only_runs_on_the_same_data_are_compared_and_unmeasured_ones_are_not() -> None:
    moons = Group("Moons", tuple(run_record(RunConfig(dataset="moons", seed=seed)) for seed in range(3)))
    sgd, new = Group("SGD", tuple(rate(0.1, 0.9, 0.91, 0.93))), Group("New", tuple(rate(0.2, math.nan)))
    adam = Group("Adam", tuple(rate(0.3, 0.96, 0.95, 0.94)))
    assert [(pair.better, pair.other) for pair in verdict([sgd, moons, new, adam]).comparisons] == [("Adam", "SGD")]
    assert verdict([]).sentences == verdict([moons]).sentences == []


def test_a_setting_is_called_by_its_value_or_as_people_named_it() -> None:
    units = [run_record(replace(BASE, hidden=hidden, seed=seed)) for hidden in ((), (16,)) for seed in range(3)]
    assert sentences(units)[0].startswith("no hidden layer and 16 units scored the same")
    named = rate(0.3, 0.94, 0.95, 0.96, name="Mine")
    assert sentences(rate(0.1, 0.9, 0.91, 0.921), named)[0].startswith("Mine is better than 0.1 by")
    one_named = [named[0], *rate(0.3, 0.94, 0.95, 0.96)[1:]]  # so the name is not the setting's
    assert sentences(rate(0.1, 0.9, 0.91, 0.921), one_named)[0].startswith("0.3 is better than 0.1 by")


# ── The numbers behind it ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_paired_t_test_is_the_one_in_books() -> None:
    # By hand: differences 1, 2, 6; mean 3, s² = 7; t = 3 / √(7/3); t₀.₉₇₅ with 2 degrees of freedom is 4.303.
    found = paired_test([2, 4, 9], [1, 2, 3])
    assert found.mean == pytest.approx(3)
    assert found.t == pytest.approx(3 / math.sqrt(7 / 3))
    assert found.high - found.mean == pytest.approx(4.3027 * math.sqrt(7 / 3), rel=1e-4)
    assert 0.1 < found.p < 0.2


@pytest.mark.parametrize("seeds", [3, 5])
def test_the_interval_holds_the_true_difference_95_times_in_100(seeds: int) -> None:
    """Accuracies of two settings on 1,000 shared examples, which are easier or harder with each seed."""
    rng, held, trials = np.random.default_rng(seeds), 0, 1000
    for _ in range(trials):
        of_seed = rng.normal(0, 0.02, seeds)
        one, other = (100 * rng.binomial(1000, np.clip(top + of_seed, 0, 1)) / 1000 for top in (0.92, 0.90))
        found = paired_test(one.tolist(), other.tolist())
        held += found.low <= 2 <= found.high
    assert 0.93 < held / trials < 0.97


def test_holms_correction_is_his() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_two_networks_are_compared_on_the_examples_that_one_alone_gets_right() -> None:
    first, second = np.ones(100, bool), np.ones(100, bool)
    first[:2] = second[2:12] = False
    assert network_sentence("A", "B", mcnemar(first, second)) == (
        "As trained here, A is better than B: of 100 validation examples, A alone gets 10 right, B alone 2."
    )
    assert "no clear difference" in network_sentence("A", "B", mcnemar(first, np.roll(first, 1)))
    assert network_sentence("A", "B", mcnemar(first, first)) == (
        "These two trained networks get the same of 100 validation examples right."
    )


def test_of_three_that_ran_once_those_that_tie_share_the_first_place() -> None:
    (sentence,) = sentences(rate(0.1, 0.9), rate(0.2, 0.8), rate(0.3, 0.9))
    assert sentence.startswith("0.1 and 0.3 scored highest with 90.0\u202f%, but one seed can't show")
