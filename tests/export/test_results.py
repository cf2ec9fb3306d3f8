"""A run's settings, changes, curves, data and versions are all in one JSON file; its curves are in a table."""

import csv
import io
import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig, load_dataset
from mlp.export import FORMATS, ExportedRun
from mlp.export.description import empty_dataset
from mlp.export.results import hashes, write_curves, write_run
from mlp.inspection.regression import predict_numbers, regression_scores
from mlp.machine import made_with
from mlp.training import initial_state
from mlp.training.history import COLUMNS, History
from mlp.training.quantum import train_quantum
from tests.models import model_of
from tests.stored_runs import train_on
from tests.stories import story
from tests.tables import regression_model

START = RunConfig(dataset="digits", hidden=(8,), epochs=2)


def trained() -> ExportedRun:
    history = History()
    state = train_on(history, START, initial_state(START, load_dataset("digits")), 20)
    run = ExportedRun(replace(model_of(START), state=state), history=history.view(), name="Mine", started_with=START)
    slower = replace(run, model=replace(run.model, config=replace(START, learning_rate=0.01)))
    return replace(slower, changes=(slower.mark("learning rate 0.1 → 0.01"),))


def written(run: ExportedRun) -> Any:
    out = io.BytesIO()
    write_run(run, out)

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(out.getvalue(), parse_constant=refuse)


def test_the_run_is_there_with_all_that_decides_about_its_numbers() -> None:
    run = trained()
    found = written(run)
    assert (found["name"], found["sizes"], found["trained"]["step"]) == ("Mine", [64, 8, 10], 20)
    assert RunConfig.from_json(json.dumps(found["settings"])) == run.config
    assert RunConfig.from_json(json.dumps(found["started_with"])) == START
    assert [(change["step"], change["settings"]["learning_rate"]) for change in found["changes"]] == [(20, 0.01)]
    reports = found["reports"]
    assert list(reports) == list(COLUMNS)
    assert reports["step"] == run.history["step"].tolist()
    assert found["data"]["license"] == "CC BY 4.0"
    assert found["exported_with"] == made_with()
    assert found["exported_with"]["blas"]


def test_the_best_epoch_is_there_by_each_measure_that_the_data_has() -> None:
    assert written(trained())["best"] == {"accuracy": None, "loss": None}
    run = story(replace(START, learning_rate=0.5, epochs=9), load_dataset("digits"), [9 * 38])
    found = written(run)["best"]
    for best in found.values():
        row = run.history["step"].tolist().index(best["step"])
        assert best["epoch"] == best["step"] / 38 == run.history["epoch"][row]
        assert [best[name] for name in found] == [run.history[f"validation_{name}"][row] for name in found]
    assert found["loss"]["loss"] == min(run.history["validation_loss"])
    model = regression_model(1)
    only = written(
        story(replace(model.config, epochs=1), model.dataset, [model.config.steps_per_epoch(model.dataset.info)])
    )
    assert list(only["best"]) == ["loss"]
    best, reports = only["best"]["loss"], only["reports"]
    assert list(best) == ["step", "epoch", "loss", "r_squared", "rmse"]
    row = reports["step"].index(best["step"])
    assert [best[name] for name in ("r_squared", "rmse")] == [
        reports[f"validation_{name}"][row] for name in ("r_squared", "rmse")
    ]


def test_other_data_has_another_hash() -> None:
    digits = load_dataset("digits")
    assert written(trained())["data"]["sha256"] == hashes(digits)
    assert len(set(hashes(digits).values())) == 3
    labels = digits.test.labels.copy()
    labels[0] ^= 1
    other = replace(digits, test=digits.test._replace(labels=labels))
    assert hashes(other) == hashes(digits) | {"test": hashes(other)["test"]}
    assert hashes(other)["test"] != hashes(digits)["test"]
    turned = replace(digits, test=digits.test._replace(inputs=np.asfortranarray(digits.test.inputs)))
    assert hashes(turned) == hashes(digits), "not the place in memory"


def test_a_network_that_comes_without_data_has_no_hashes_and_no_curves() -> None:
    run = trained()
    alone = ExportedRun(replace(run.model, dataset=empty_dataset(run.model.dataset.info, "uint8")))
    found = written(alone)
    assert (found["data"]["train"], found["data"]["sha256"]) == (
        1197,
        {"train": None, "validation": None, "test": None},
    )
    assert not any(found["reports"].values())
    refusal = FORMATS["csv"].why_not(alone)
    assert refusal == "There are no curves: no training of this network is known. Train it first."
    assert FORMATS["csv"].why_not(run) == ""


def test_curves_are_a_table_with_a_row_for_each_report() -> None:
    run, out = trained(), io.BytesIO()
    write_curves(run, out)
    heading, *rows = csv.reader(io.StringIO(out.getvalue().decode()))
    assert heading == list(COLUMNS)
    assert [float(row[0]) for row in rows] == run.history["step"].tolist()
    assert rows[0][heading.index("train_loss")] == "", "not measured"


def test_a_regression_has_r_squared_and_rmse_and_no_accuracies() -> None:
    model, history = regression_model(1), History()
    result = train_quantum(model, 3, True)
    for report in result.reports:
        history.append(report)
    run, out = ExportedRun(replace(model, state=result.state), history=history.view()), io.BytesIO()
    found = written(run)
    reports, scores = found["reports"], regression_scores(predict_numbers(run.model))
    assert not [name for name in reports if "accuracy" in name]
    assert reports["validation_r_squared"][-1] == pytest.approx(scores.r_squared)
    assert reports["validation_rmse"][-1] == pytest.approx(scores.rmse)
    write_curves(run, out)
    heading, *_, last = csv.reader(io.StringIO(out.getvalue().decode()))
    assert heading == list(reports)
    assert float(last[heading.index("validation_rmse")]) == pytest.approx(scores.rmse)
    assert found["started_with"] is None
    assert asdict(model.config)["hidden"] == tuple(found["settings"]["hidden"])
