"""Comparing runs: what they are called, which repeat one experiment, and whether they differ by more than chance."""

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig
from mlp.comparison import (
    LONGEST_LABEL,
    Group,
    band,
    by_settings,
    curves_csv,
    differing,
    judge,
    judgements,
    label_of,
    one_by_one,
    row_of,
    runs_csv,
    runs_json,
    title_of,
    welch,
)
from mlp.config import FIELDS
from mlp.history import COLUMNS, HistoryView
from mlp.store import RunRecord, Store
from tests.stored_runs import SMALL, keep, run_record

TUTORIAL = RunConfig(dataset="digits")


def seeds(config: RunConfig, *accuracies: float, **fields: Any) -> list[RunRecord]:
    """The same experiment with seeds 0, 1, …, that ended with these accuracies."""
    return [
        run_record(replace(config, seed=seed), id=f"{config.optimizer}{seed}", validation_accuracy=accuracy, **fields)
        for seed, accuracy in enumerate(accuracies)
    ]


def labels(runs: list[RunRecord]) -> list[str]:
    return [group.label for group in one_by_one(runs)]


# ── What runs are called ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_nobody_has_named_is_called_after_its_settings() -> None:
    assert label_of(TUTORIAL) == "100–200 · SGD 0.1 · seed 42"
    assert label_of(replace(TUTORIAL, hidden=(), optimizer="adam", learning_rate=0.001)) == (
        "no hidden layer · Adam 0.001 · seed 42"
    )
    assert title_of(run_record(TUTORIAL, name="Mine")) == "Mine"


def test_in_a_chart_a_label_holds_only_what_tells_runs_apart() -> None:
    adam = replace(TUTORIAL, optimizer="adam", learning_rate=0.001)
    assert labels([run_record(TUTORIAL), run_record(adam)]) == ["SGD 0.1", "Adam 0.001"]
    assert labels([run_record(TUTORIAL), run_record(replace(TUTORIAL, learning_rate=1))]) == ["rate 0.1", "rate 1"]
    assert labels([run_record(TUTORIAL), run_record(replace(TUTORIAL, dropout=0.5))]) == ["dropout 0", "dropout 0.5"]
    assert labels([run_record(TUTORIAL, name="Mine"), run_record(adam)]) == ["Mine", "Adam 0.001"]


def test_where_much_differs_a_label_names_only_what_departs_from_most() -> None:
    others = [
        replace(TUTORIAL, hidden=(512, 512, 512)),
        replace(TUTORIAL, activation="tanh", dropout=0.3),
        replace(TUTORIAL, optimizer="adam", learning_rate=0.001),
        replace(TUTORIAL, batch_size=8),
    ]
    assert labels([run_record(config) for config in (TUTORIAL, *others)]) == [
        "the usual settings",
        "512–512–512",
        "Tanh · dropout 0.3",
        "Adam 0.001",
        "batch 8",
    ]


def test_no_two_lines_have_one_label_and_none_is_too_long() -> None:
    assert labels([run_record(TUTORIAL), run_record(TUTORIAL)]) == [
        "100–200 · SGD 0.1 (1)",
        "100–200 · SGD 0.1 (2)",
    ]
    long = labels([run_record(TUTORIAL, name="x" * 80), run_record(TUTORIAL, name="x" * 80 + "y")])
    assert len(set(long)) == 2
    assert all(len(label) <= LONGEST_LABEL + 4 for label in long)


def test_every_setting_has_words() -> None:
    names = ("learning_rate", "momentum", "beta2", "epsilon", "weight_decay", "l1", "l2", "dropout")
    halves: dict[str, Any] = dict.fromkeys(names, 0.5)
    other = RunConfig(
        dataset="moons",
        hidden=(5,),
        activation="tanh",
        initializer="he",
        optimizer="adamw",
        batch_size=2,
        epochs=2,
        schedule="cosine",
        evaluate_train=True,
        seed=1,
        **halves,
    )
    first = RunConfig(dataset="digits")
    assert set(differing([first, other])) == set(FIELDS)
    for name in FIELDS:
        changed = replace(replace(first, batch_size=2), **{name: getattr(other, name)})
        assert len(set(labels([run_record(replace(first, batch_size=3)), run_record(changed)]))) == 2


# ── Groups ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_runs_that_differ_in_the_seed_alone_are_one_group() -> None:
    adam = replace(TUTORIAL, optimizer="adam", learning_rate=0.001)
    groups = by_settings([*seeds(TUTORIAL, 0.9, 0.92, 0.94), *seeds(adam, 0.95, 0.96)])
    assert [(group.label, group.seeds) for group in groups] == [("SGD 0.1", 3), ("Adam 0.001", 2)]
    assert groups[0].finals == (0.9, 0.92, 0.94)


def test_a_run_that_was_changed_on_the_way_or_forked_repeats_nothing() -> None:
    first, second = seeds(TUTORIAL, 0.9, 0.92)
    began_otherwise = replace(second, initial_config_json=replace(TUTORIAL, learning_rate=1.0, seed=1).to_json())
    assert len(by_settings([first, began_otherwise])) == 2
    assert len(by_settings([first, replace(second, parent=first.id, parent_step=7)])) == 2


def test_a_seed_that_was_run_twice_counts_once() -> None:
    first, second = seeds(TUTORIAL, 0.9, 0.92)
    again = replace(first, id="again", step=7, validation_accuracy=0.5)  # not as far as the first
    (group,) = by_settings([first, second, again])
    assert group.seeds == 2
    assert sorted(group.finals) == [0.9, 0.92]


def test_the_mean_of_lines_is_a_line_and_the_band_holds_them_all() -> None:
    x = np.array([0.0, 1, 2, 4])
    other = np.array([0.0, 3, 5])  # reports come at other moments, and go farther
    found = band([(x, 2 * x), (other, 4 * other)], "min–max")
    np.testing.assert_array_equal(found.x, [0, 1, 2, 3, 4])
    np.testing.assert_allclose(found.mean, 3 * found.x)
    np.testing.assert_allclose(found.low, 2 * found.x)
    np.testing.assert_allclose(found.high, 4 * found.x)
    deviation = band([(x, 2 * x), (other, 4 * other)], "± standard deviation")
    np.testing.assert_allclose(deviation.high - deviation.mean, math.sqrt(2) * found.x)


def test_a_band_is_bounded_and_empty_where_runs_have_no_moment_in_common() -> None:
    x = np.linspace(0, 1, 5000)
    assert len(band([(x, x), (x, -x)], "min–max").x) <= 300
    assert len(band([(x, x), (x + 2, x)], "min–max").x) == 0


# ── Noise ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def group(label: str, *accuracies: float) -> Group:
    return Group(label, tuple(seeds(TUTORIAL, *accuracies)))


def test_welchs_test_is_his() -> None:
    # Worked by hand: means 2 and 5, variances 1 and 4, three each: t = −3/√(5/3), ν = (5/3)² / ((1/3)²/2 + (4/3)²/2).
    found = welch([1, 2, 3], [3, 5, 7])
    assert found.t == pytest.approx(-3 / math.sqrt(5 / 3))
    assert found.freedom == pytest.approx((5 / 3) ** 2 / ((1 / 3) ** 2 / 2 + (4 / 3) ** 2 / 2))
    assert 0.05 < found.p < 0.15


def test_a_clear_difference_exceeds_the_noise_and_a_small_one_does_not() -> None:
    low, high = group("SGD", 0.90, 0.91, 0.92), group("Adam", 0.96, 0.97, 0.98)
    clear = judge(low, high)
    assert "difference of 6.00 points exceeds the noise" in clear
    assert "Welch's t-test" in clear
    assert "SGD with 91.00 ± 1.00\u202f% (n = 3)" in clear
    assert "Adam with 97.00 ± 1.00\u202f% (n = 3)" in clear
    assert f"p = {welch(low.finals, high.finals).p:.2g} < 0.05" in clear
    small = judge(group("SGD", 0.90, 0.91, 0.92), group("Adam", 0.905, 0.915, 0.925))
    assert "difference of 0.50 points does not exceed the noise" in small
    assert "≥ 0.05" in small


def test_among_many_pairs_a_difference_must_be_clearer() -> None:
    one, other = group("SGD", 0.900, 0.910, 0.920), group("Adam", 0.930, 0.935, 0.945)
    assert 0.01 < welch(one.finals, other.finals).p < 0.05
    assert " exceeds the noise" in judge(one, other)
    assert "does not exceed the noise" in judge(one, other, pairs=5)
    assert "0.05 / 5 pairs = 0.01" in judge(one, other, pairs=5)


def test_without_a_second_seed_it_says_what_is_needed() -> None:
    sentence = judge(group("SGD", 0.9), group("Adam", 0.96, 0.97))
    assert "SGD needs at least 2 seeds" in sentence
    assert "exceeds the noise (" not in sentence


def test_where_no_seed_makes_a_difference_nothing_is_tested() -> None:
    assert "can't be tested" in judge(group("SGD", 0.9, 0.9), group("Adam", 0.96, 0.96))


def test_only_runs_on_the_same_data_are_judged_and_each_pair_once() -> None:
    moons = Group("Moons", tuple(seeds(RunConfig(dataset="moons"), 0.9, 0.91)))
    unmeasured = group("New", math.nan)
    sgd, adam, other = group("SGD", 0.9, 0.91), group("Adam", 0.96, 0.97), group("Momentum", 0.94, 0.95)
    sentences = judgements([sgd, moons, adam, unmeasured, other])
    assert len(sentences) == 3
    assert all("3 pairs" in sentence and "Moons" not in sentence for sentence in sentences)


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path}/runs.sqlite3")


def test_files_hold_what_was_set_and_what_came_of_it(store: Store) -> None:
    ids = [keep(store, SMALL, "token"), keep(store, replace(SMALL, hidden=(), seed=1), "token", name="=SUM(A1)")]
    store.flush()
    runs, histories = [store.run(run_id) for run_id in ids], store.histories(ids)
    store.close()
    rows = list(csv.DictReader(io.StringIO(runs_csv(runs))))
    assert [row["id"] for row in rows] == ids
    assert [row["hidden"] for row in rows] == ["8", "none"]
    assert float(rows[0]["validation_accuracy"]) == pytest.approx(runs[0].validation_accuracy)
    assert rows[1]["name"] == "'=SUM(A1)", "a spreadsheet must not take a name for a formula"

    reports = list(csv.DictReader(io.StringIO(curves_csv(runs, histories))))
    assert len(reports) == sum(len(history) for history in histories.values())
    first = [float(row["validation_loss"]) for row in reports if row["id"] == ids[0]]
    np.testing.assert_allclose(first, histories[ids[0]]["validation_loss"], rtol=1e-9)

    told = json.loads(runs_json(runs, histories))
    assert [RunConfig(**{name: run[name] for name in FIELDS}) for run in told] == [run.config for run in runs]
    assert told[0]["history"]["step"] == histories[ids[0]]["step"].tolist()


def test_what_was_not_measured_is_left_empty() -> None:
    run = run_record(validation_accuracy=math.nan)
    history = {run.id: HistoryView(np.full((len(COLUMNS), 1), math.nan))}
    assert row_of(run)["validation_accuracy"] is None
    assert next(csv.DictReader(io.StringIO(runs_csv([run]))))["validation_accuracy"] == ""
    assert json.loads(runs_json([run], history))[0]["history"]["train_loss"] == [None]
    assert runs_csv([]) == ""
