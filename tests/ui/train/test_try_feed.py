"""The feed of Try it: an answer for every changed row, or a sentence why there is none."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig
from mlp.datasets import roots
from mlp.datasets.dataset import Target
from mlp.engine import Run
from mlp.inspection.dependence import answers, partial_dependence
from mlp.training import Model
from tests.datasets.own.made import store_people
from tests.tables import mixed, mixed_model
from tests.ui.asking import Answer, ask
from ui.train.session import TrainSession
from ui.train.try_feed import MOST_BYTES, NO_ANSWER, NOT_VALID, answer, feed_address

AMOUNT, CITY = 0, 1


def question(row: int = 2, changed: dict[int, float | None] | None = None, column: int = AMOUNT) -> bytes:
    return json.dumps({"row": row, "changed": changed or {}, "column": column}).encode()


def answered(model: Model, body: bytes) -> Any:
    return json.loads(json.dumps(answer(model, body), allow_nan=False))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_row_is_answered_as_it_is_and_as_it_is_changed(task: str) -> None:
    model, raw = mixed_model(task), mixed(task).raw[2].copy()
    found = answers(model, mixed(task).preprocessing, raw[None])[0]
    np.testing.assert_allclose(answered(model, question())["answers"], found, rtol=1e-4, atol=5e-4)
    raw[AMOUNT], raw[CITY] = 7.5, math.nan
    told = answered(model, question(changed={AMOUNT: 7.5, CITY: None}))
    found = answers(model, mixed(task).preprocessing, raw[None])[0]
    np.testing.assert_allclose(told["answers"], found, rtol=1e-4, atol=5e-4)
    assert told["chart"]["layout"]["shapes"][0]["x0"] == 7.5


def test_a_large_number_is_answered_to_its_units() -> None:
    model = mixed_model("regression")
    info = replace(model.dataset.info, target=Target("price", mean=250_000, scale=51_000))
    model = replace(model, dataset=replace(model.dataset, info=info))
    [exact] = answers(model, mixed("regression").preprocessing, mixed("regression").raw[2:3])[0]
    assert answered(model, question())["answers"] == [round(exact)]


def test_the_chart_is_of_the_column_under_the_hand_over_training_rows() -> None:
    model = mixed_model("regression")
    table = model.dataset.table
    assert table is not None
    told = answered(model, question(changed={CITY: 3}, column=CITY))["chart"]
    assert told["layout"]["xaxis"]["title"]["text"] == "city"
    assert told["layout"]["xaxis"]["ticktext"] == ["Bonn", "Paris", "Oslo", "other"]
    assert told["layout"]["shapes"][0]["x0"] == 3
    expected = partial_dependence(model, table.preprocessing, table.train, CITY).answers[:, 0]
    assert told["layout"]["meta"]["summary"].startswith(f"Mean answer over city: value from {expected.min():.3g} ")
    assert answered(model, question(changed={AMOUNT: None}))["chart"]["layout"]["shapes"] == [], "missing has no place"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        question(row=-1),
        question(row=10**9),
        question(column=3),
        question(column=-1),
        question(changed={7: 1}),
        b'{"row": 1, "changed": {"-1": 1}, "column": 0}',
        b'{"row": 1, "changed": {"0": NaN}, "column": 0}',
        b'{"row": 1, "changed": {"0": 1e39}, "column": 0}',
        b'{"row": 1, "changed": {"0": "5"}, "column": 0}',
        b'{"row": 1, "changed": {"0": [5]}, "column": 0}',
        question(changed={CITY: 4}),
        question(changed={CITY: 0.5}),
    ],
)
def test_what_is_no_question_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=NOT_VALID):
        answer(mixed_model(), body)


def test_a_diverged_network_has_no_answer() -> None:
    model = mixed_model()
    lost = replace(model, state=replace(model.state, parameters=np.full_like(model.state.parameters, np.nan)))
    with pytest.raises(ValueError, match=NO_ANSWER):
        answer(lost, question())


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainSession:
    """A session with a run of an imported table."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    session = TrainSession()
    session.show(Run(RunConfig(dataset=store_people(), hidden=(4,))))
    return session


def asked(session: TrainSession, body: bytes, step: int | None = None) -> Answer:
    return ask(feed_address(session, step), body)


def test_the_route_says_of_which_step_its_answer_is_and_whether_the_network_trains(session: TrainSession) -> None:
    told = asked(session, question()).json()
    assert (told["step"], told["running"], len(told["answers"])) == (0, False, 2)
    assert isinstance(session.run, Run)
    session.run.start()
    assert asked(session, question()).json()["running"]


def test_the_route_refuses_with_a_sentence(session: TrainSession) -> None:
    refused = asked(session, b"?")
    assert (refused.status, refused.json()["error"]) == (400, NOT_VALID)
    assert asked(session, b" " * (MOST_BYTES + 1)).status == 413
    assert asked(TrainSession(), question()).status == 404
    session.show(Run(RunConfig(dataset="moons", hidden=(4,))))
    assert asked(session, question()).json()["error"] == NOT_VALID
