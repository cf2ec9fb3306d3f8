"""Comparing runs: what they are called, which repeat one experiment, and the files they can be saved to."""

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig
from mlp.comparison.files import curves_csv, row_of, runs_csv, runs_json
from mlp.comparison.groups import (
    LONGEST_LABEL,
    RESULTS,
    band,
    by_settings,
    differing,
    label_of,
    names_of,
    numbered_names,
    one_by_one,
    results_of,
    title_of,
)
from mlp.config import SETTINGS
from mlp.datasets import REGRESSION
from mlp.inspection.regression import TargetScale
from mlp.run_settings import AUGMENTATION
from mlp.store import RunRecord, Store
from mlp.training.history import COLUMNS, HistoryView
from tests.stored_runs import SMALL, keep, run_record

TUTORIAL = RunConfig(dataset="digits")


def seeds(config: RunConfig, *accuracies: float, **fields: Any) -> list[RunRecord]:
    """The same experiment with seeds 0, 1, …, that ended with these accuracies."""
    return [
        run_record(replace(config, seed=seed), id=f"{config.optimizer}{seed}", validation_score=accuracy, **fields)
        for seed, accuracy in enumerate(accuracies)
    ]


def labels(runs: list[RunRecord]) -> list[str]:
    return [group.label for group in one_by_one(runs)]


# ── What runs are called ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_unnamed_run_is_called_after_its_settings() -> None:
    assert label_of(TUTORIAL) == "100–200 · SGD 0.1 · seed 42"
    assert label_of(replace(TUTORIAL, hidden=(), optimizer="adam", learning_rate=0.001)) == (
        "no hidden layer · Adam 0.001 · seed 42"
    )
    assert title_of(run_record(TUTORIAL, name="Mine")) == "Mine"


def test_names_in_a_list_show_how_its_runs_differ() -> None:
    rates = [replace(TUTORIAL, learning_rate=rate, seed=seed) for rate in (0.1, 0.3) for seed in (42, 43)]
    assert names_of([run_record(config) for config in rates]) == [
        "learning rate 0.1 · seed 42",
        "learning rate 0.1 · seed 43",
        "learning rate 0.3 · seed 42",
        "learning rate 0.3 · seed 43",
    ]
    assert names_of([run_record(TUTORIAL), run_record(TUTORIAL)]) == ["100–200 · SGD 0.1 (1)", "100–200 · SGD 0.1 (2)"]
    others = [replace(TUTORIAL, dropout=0.3), replace(TUTORIAL, hidden=(16,), optimizer="adam"), TUTORIAL]
    named = names_of([run_record(config) for config in others] + [run_record(TUTORIAL, name="Mine")])
    assert named == ["100–200 · SGD · dropout 30\u202f%", "16 units · Adam", "100–200 · SGD", "Mine"]
    moons = replace(TUTORIAL, dataset="moons")
    assert names_of([run_record(TUTORIAL), run_record(moons)]) == ["Digits", "Moons"]


def test_in_a_chart_a_label_holds_only_what_differs() -> None:
    adam = replace(TUTORIAL, optimizer="adam", learning_rate=0.001)
    assert labels([run_record(TUTORIAL), run_record(adam)]) == ["SGD 0.1", "Adam 0.001"]
    assert labels([run_record(TUTORIAL), run_record(replace(TUTORIAL, learning_rate=1))]) == [
        "learning rate 0.1",
        "learning rate 1",
    ]
    assert labels([run_record(TUTORIAL), run_record(replace(TUTORIAL, dropout=0.5))]) == [
        "dropout 0\u202f%",
        "dropout 50\u202f%",
    ]
    assert labels([run_record(TUTORIAL, name="Mine"), run_record(adam)]) == ["Mine", "Adam 0.001"]
    other = replace(TUTORIAL, dataset="moons", hidden=(16, 16), learning_rate=0.01, batch_size=8, epochs=40)
    assert labels([run_record(TUTORIAL), run_record(other)])[1] == "Moons · 16–16 · learning rate 0.01"
    race = [replace(TUTORIAL, learning_rate=rate, batch_size=size) for rate in (0.01, 0.3) for size in (8, 128)]
    assert labels([run_record(config) for config in race]) == [
        f"learning rate {rate} · batch size {size}" for rate in (0.01, 0.3) for size in (8, 128)
    ], "a race over two settings names both"


def test_if_much_differs_a_label_names_only_what_is_unusual() -> None:
    others = [
        replace(TUTORIAL, hidden=(512, 512, 512)),
        replace(TUTORIAL, activation="tanh", dropout=0.3),
        replace(TUTORIAL, optimizer="adam", learning_rate=0.001),
        replace(TUTORIAL, batch_size=8),
    ]
    assert labels([run_record(config) for config in (TUTORIAL, *others)]) == [
        "the usual settings",
        "512–512–512",
        "Tanh · dropout 30\u202f%",
        "Adam 0.001",
        "batch size 8",
    ]
    trials = [replace(TUTORIAL, hidden=(n, n), learning_rate=n / 1000, batch_size=n, epochs=n) for n in (91, 92, 93)]
    assert [label[:25] for label in labels([run_record(config) for config in trials])] == [
        f"{n}–{n} · learning rate 0.0" for n in (91, 92, 93)
    ], "where all differ, nothing is usual"


def test_in_a_table_a_label_keeps_its_main_settings_also_where_they_are_the_usual_ones() -> None:
    few = [replace(TUTORIAL, learning_rate=rate, epochs=4) for rate in (0.01, 0.1, 0.3)]
    others = [
        replace(TUTORIAL, learning_rate=0.01, epochs=60, hidden=(16, 16, 16), activation="tanh"),
        replace(TUTORIAL, learning_rate=0.01, epochs=60),
    ]
    runs = [run_record(config, id=f"run{n}") for n, config in enumerate([*few, *others])]
    whole = [group.label for group in by_settings(runs, whole=True)]
    assert whole == names_of(runs), "as the runs are called that have no others with their setting"
    assert whole[0] == "100–200 · learning rate 0.01"


def test_no_two_lines_have_one_label_and_none_is_too_long() -> None:
    assert labels([run_record(TUTORIAL), run_record(TUTORIAL)]) == [
        "100–200 · SGD 0.1 (1)",
        "100–200 · SGD 0.1 (2)",
    ]
    newest_first = [run_record(TUTORIAL, created=2.0), run_record(TUTORIAL, created=1.0)]
    assert labels(newest_first) == names_of(newest_first) == ["100–200 · SGD 0.1 (2)", "100–200 · SGD 0.1 (1)"]
    long = labels([run_record(TUTORIAL, name="x" * 80), run_record(TUTORIAL, name="x" * 80 + "y")])
    assert len(set(long)) == 2
    assert all(len(label) <= LONGEST_LABEL + 4 for label in long)


def test_a_name_that_several_runs_have_is_numbered_also_for_one_alone() -> None:
    stored = [
        run_record(TUTORIAL, id=f"run{n}", name=name, created=float(n)) for n, name in enumerate(("A", "B", "A", ""))
    ]
    numbered = numbered_names(stored)
    assert numbered == {"run0": "A (1)", "run1": "B", "run2": "A (2)"}
    for grouped in (one_by_one, by_settings):
        assert [grouped([run], names=numbered)[0].label for run in stored] == [
            "A (1)",
            "B",
            "A (2)",
            "100–200 · SGD 0.1",
        ]
    seeds = [replace(run, config_json=replace(TUTORIAL, seed=n).to_json()) for n, run in enumerate(stored[::2])]
    assert [group.label for group in by_settings(seeds, names=numbered)] == ["A"], "all of its runs are called so"


def test_every_setting_has_words() -> None:
    names = ("learning_rate", "momentum", "beta2", "epsilon", "weight_decay", "l1", "l2", "dropout")
    more = ("clip_norm", "averaging", "input_dropout", "max_norm", "label_smoothing")
    halves: dict[str, Any] = dict.fromkeys((*names, *more, *AUGMENTATION), 0.5) | {
        "flip": True,
        "elastic_smoothness": 2,
    }
    other = RunConfig(
        dataset="moons",
        hidden=(5,),
        activation="tanh",
        initializer="he",
        optimizer="adamw",
        batch_size=2,
        epochs=2,
        schedule="cosine",
        class_weights="balanced",
        batch_norm=True,
        plateau_patience=2,
        early_stopping="loss",
        patience=2,
        smallest_gain=0.5,
        evaluate_train=True,
        seed=1,
        **halves,
    )
    first = RunConfig(dataset="digits")
    assert set(differing([first, other])) == set(SETTINGS)
    for name in SETTINGS:
        changed = replace(replace(first, batch_size=2), **{name: getattr(other, name)})
        assert len(set(labels([run_record(replace(first, batch_size=3)), run_record(changed)]))) == 2


# ── Groups ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_runs_that_differ_only_in_the_seed_are_one_group() -> None:
    adam = replace(TUTORIAL, optimizer="adam", learning_rate=0.001)
    groups = by_settings([*seeds(TUTORIAL, 0.9, 0.92, 0.94), *seeds(adam, 0.95, 0.96)])
    assert [(group.label, group.seeds) for group in groups] == [("SGD 0.1", 3), ("Adam 0.001", 2)]
    assert groups[0].finals == {0: 0.9, 1: 0.92, 2: 0.94}


def test_a_run_that_was_changed_on_the_way_or_forked_repeats_nothing() -> None:
    first, second = seeds(TUTORIAL, 0.9, 0.92)
    began_otherwise = replace(second, initial_config_json=replace(TUTORIAL, learning_rate=1.0, seed=1).to_json())
    assert len(by_settings([first, began_otherwise])) == 2
    assert len(by_settings([first, replace(second, parent=first.id, parent_step=7)])) == 2


def test_a_seed_that_was_run_twice_counts_once() -> None:
    first, second = seeds(TUTORIAL, 0.9, 0.92)
    again = replace(first, id="again", step=7, validation_score=0.5)  # not as far as the first
    (group,) = by_settings([first, second, again])
    assert group.seeds == 2
    assert group.finals == {0: 0.9, 1: 0.92}


def test_the_mean_of_lines_is_a_line_and_the_band_holds_them_all() -> None:
    x = np.array([0.0, 1, 2, 4])
    other = np.array([0.0, 3, 5])  # reports come at other times, and go farther
    found = band([(x, 2 * x), (other, 4 * other)], "min–max")
    np.testing.assert_array_equal(found.x, [0, 1, 2, 3, 4])
    np.testing.assert_allclose(found.mean, 3 * found.x)
    np.testing.assert_allclose(found.low, 2 * found.x)
    np.testing.assert_allclose(found.high, 4 * found.x)
    deviation = band([(x, 2 * x), (other, 4 * other)], "± standard deviation")
    np.testing.assert_allclose(deviation.high - deviation.mean, math.sqrt(2) * found.x)


def test_a_band_is_bounded_and_empty_if_its_runs_overlap_nowhere() -> None:
    x = np.linspace(0, 1, 5000)
    assert len(band([(x, x), (x, -x)], "min–max").x) <= 300
    assert len(band([(x, x), (x + 2, x)], "min–max").x) == 0


# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path}/runs.sqlite3")


def rows_in(text: str) -> Iterator[dict[str, str]]:
    assert text.startswith("\ufeff"), "a spreadsheet knows by the mark how to read names such as Müller"
    return csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))


def test_files_hold_settings_and_results(store: Store) -> None:
    ids = [keep(store, SMALL, "token"), keep(store, replace(SMALL, hidden=(), seed=1), "token", name="=SUM(A1)")]
    store.flush()
    runs, histories = [store.run(run_id) for run_id in ids], store.histories(ids)
    store.close()
    rows = list(rows_in(runs_csv(runs)))
    assert [row["id"] for row in rows] == ids
    assert [row["hidden"] for row in rows] == ["8", "none"]
    assert float(rows[0]["validation_accuracy"]) == pytest.approx(runs[0].validation_score)
    assert rows[1]["name"] == "'=SUM(A1)", "a spreadsheet must not read a name as a formula"

    reports = list(rows_in(curves_csv(runs, histories)))
    assert len(reports) == sum(len(history) for history in histories.values())
    first = [float(row["validation_loss"]) for row in reports if row["id"] == ids[0]]
    np.testing.assert_allclose(first, histories[ids[0]]["validation_loss"], rtol=1e-9)

    saved = json.loads(runs_json(runs, histories))
    assert [RunConfig(**{name: run[name] for name in SETTINGS}) for run in saved] == [run.config for run in runs]
    assert saved[0]["history"]["step"] == histories[ids[0]]["step"].tolist()


@pytest.mark.parametrize("formula", ["=A1", "+A1", "-A1", "@A1", "＝A1", "\t=A1", "  =A1"])
@pytest.mark.parametrize("before", ["", "x;", 'x"', 'x"; ', "x\n", "x\t"])
def test_no_cell_is_a_formula_whatever_separates_a_spreadsheets_cells(before: str, formula: str) -> None:
    text = runs_csv([run_record(name=before + formula, notes=before + formula, tags=(before + formula,))])
    for cell in re.split(r'[,;"\t\n]', text):
        assert not cell.strip().startswith(("=", "+", "@", "-", "＝")), cell


def test_a_name_without_a_formula_is_written_as_it_is() -> None:
    name = "a-b; c = d, e+f @ 1e-3"
    assert next(rows_in(runs_csv([run_record(name=name)])))["name"] == name


def test_what_was_not_measured_is_left_empty() -> None:
    run = run_record(validation_score=math.nan)
    history = {run.id: HistoryView(np.full((len(COLUMNS), 1), math.nan))}
    assert row_of(run)["validation_accuracy"] is None
    assert next(rows_in(runs_csv([run])))["validation_accuracy"] == ""
    assert json.loads(runs_json([run], history))[0]["history"]["train_loss"] == [None]
    assert runs_csv([]) == ""


def test_files_hold_r_squared_and_rmse_of_a_regression_and_no_accuracy() -> None:
    run = run_record(task=REGRESSION, validation_score=0.5, best_validation_score=0.625, validation_loss=0.125)
    history = {run.id: HistoryView(np.full((len(COLUMNS), 1), 0.125))}
    scales = {run.id: {"train": TargetScale(1.0, 10.0), "validation": TargetScale(0.5, 10.0)}}
    (row,) = rows_in(runs_csv([run], scales))
    assert (row["validation_r_squared"], row["best_validation_r_squared"]) == ("0.5", "0.625")
    assert (row["validation_loss"], row["validation_rmse"]) == ("0.125", "5")
    (report,) = rows_in(curves_csv([run], history, scales))
    assert (report["train_r_squared"], report["train_rmse"], report["train_loss"]) == ("0.75", "5", "0.125")
    assert (report["validation_r_squared"], report["evaluated_train_r_squared"]) == ("0.5", "0.75")
    (saved,) = json.loads(runs_json([run], history, scales))
    assert (saved["validation_rmse"], saved["history"]["validation_rmse"]) == (5, [5])
    assert not [name for name in (*row, *report, *saved, *saved["history"]) if "accuracy" in name]
    (unknown,) = rows_in(curves_csv([run], history))
    assert (unknown["validation_rmse"], unknown["validation_loss"]) == ("", "0.125"), "its data is gone"


def test_a_table_of_both_tasks_has_the_columns_of_both() -> None:
    runs = [run_record(id="a"), run_record(id="b", task=REGRESSION)]
    classes, numbers = rows_in(runs_csv(runs))
    assert (classes["validation_accuracy"], classes["validation_r_squared"]) == ("0.89", "")
    assert (numbers["validation_accuracy"], numbers["validation_r_squared"]) == ("", "0.89")
    histories = {run.id: HistoryView(np.full((len(COLUMNS), 1), 0.25)) for run in runs}
    classes, numbers = rows_in(curves_csv(runs, histories))
    assert (classes["validation_accuracy"], numbers["validation_accuracy"]) == ("0.25", "")
    assert (classes["validation_loss"], numbers["validation_loss"]) == ("0.25", "0.25")


def test_only_results_that_some_run_may_have_are_offered() -> None:
    classes, numbers = run_record(), run_record(task=REGRESSION)
    assert "validation_r_squared" not in results_of([classes])
    assert "validation_accuracy" not in results_of([numbers])
    assert results_of([classes, numbers]) == list(RESULTS)
