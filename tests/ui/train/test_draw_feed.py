"""The feed of the drawing canvas: a prediction for every drawing, or a sentence why there is none."""

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig, load_dataset
from mlp.datasets.drawing import prepare
from mlp.engine import Run
from mlp.inspection.predictions import Predictions
from mlp.network.layers import Array
from mlp.store import StoreError
from mlp.training import Model
from tests.datasets.test_drawing import seven
from tests.ui.asking import Answer, ask
from ui.train import draw_feed
from ui.train.draw import Drawing, read
from ui.train.draw_feed import MOST_BYTES, NO_ANSWER, feed_address
from ui.train.draw_view import summary
from ui.train.session import TrainSession

CONFIG = RunConfig(dataset="digits", hidden=(8,))
EMPTY = np.zeros((112, 112), np.uint8)


def opened(config: RunConfig = CONFIG) -> TrainSession:
    session = TrainSession()
    session.show(Run(config))
    return session


def shown_to(session: TrainSession, ink: Array, step: int | None = None) -> Answer:
    return ask(feed_address(session, step), ink.tobytes())


def answered(session: TrainSession, ink: Array, step: int | None = None) -> Any:
    answer = shown_to(session, ink, step)
    assert answer.status == 200, answer.body
    return answer.json()


def test_it_tells_the_probabilities_and_what_the_network_sees() -> None:
    told = answered(opened(), seven())
    assert len(told["probabilities"]) == 10
    assert sum(told["probabilities"]) == pytest.approx(1, abs=0.01)
    assert told["shape"] == [8, 8]
    picture = np.frombuffer(base64.b64decode(told["picture"]), np.uint8)
    expected = prepare(seven(), load_dataset("digits")) * (255 / 16)
    assert np.abs(picture - expected).max() <= 0.5
    assert (told["doubt"], told["running"]) == ("", False)


def test_it_says_while_the_network_trains_on() -> None:
    session = opened()
    assert isinstance(session.run, Run)
    session.run.start()
    assert answered(session, seven())["running"]


def test_an_earlier_moment_is_answered_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    session = opened()
    assert session.run is not None
    state = session.run.view().state
    then = replace(state, parameters=-state.parameters, step=7)

    def model_at(run_id: str, step: int) -> Model:
        if step != 7:
            raise StoreError("That moment is not kept.")
        return Model(CONFIG, load_dataset(CONFIG.dataset), then)

    monkeypatch.setattr(draw_feed, "model_at", model_at)
    now, earlier = answered(session, seven()), answered(session, seven(), 7)
    assert (now["step"], earlier["step"]) == (0, 7)
    assert now["probabilities"] != earlier["probabilities"]
    gone = shown_to(session, seven(), 8)
    assert (gone.status, gone.json()["error"]) == (409, "That moment is not kept.")


def test_of_an_empty_sheet_nothing_is_said() -> None:
    told = answered(opened(), EMPTY)
    assert told["probabilities"] == []
    assert not any(base64.b64decode(told["picture"]))


def test_weights_that_are_nan_are_told() -> None:
    session = opened()
    assert session.run is not None
    session.run.view().state.parameters[:] = np.nan
    answer = shown_to(session, seven())
    assert (answer.status, answer.json()["error"]) == (409, NO_ANSWER)


def test_points_are_told() -> None:
    answer = shown_to(opened(RunConfig(dataset="moons", hidden=(4,))), seven())
    assert answer.status == 409
    assert "points, not pictures" in answer.json()["error"]


@pytest.mark.parametrize(
    ("size", "status"),
    [(MOST_BYTES, 200), (MOST_BYTES + 1, 413), (50 * MOST_BYTES, 413), (0, 400), (2, 400), (112 * 112 - 1, 400)],
)
def test_what_is_too_large_or_no_square_is_refused(size: int, status: int) -> None:
    assert shown_to(opened(), np.zeros(size, np.uint8)).status == status


def test_nobody_is_told_of_a_session_that_is_not_theirs_or_has_left_its_run() -> None:
    session = opened()
    assert ask("draw/guessed", seven().tobytes()).status == 404
    session.leave()
    assert shown_to(session, seven()).status == 404


def packed(ink: Array) -> str:
    return base64.b64encode(ink.tobytes()).decode()


def test_a_drawing_that_was_named_is_read() -> None:
    assert read({"ink": packed(seven()), "truth": "7"}, "0123456789") == Drawing(seven().tobytes(), "7")


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"ink": 5, "truth": "7"},
        {"ink": packed(seven()), "truth": "seven"},
        {"ink": packed(seven()), "truth": ["7"]},
        {"ink": packed(EMPTY), "truth": "7"},
        {"ink": packed(seven())[:-4], "truth": "7"},
        {"ink": "ü" * 400, "truth": "7"},
        {"ink": packed(np.ones((600, 600), np.uint8)), "truth": "7"},
    ],
)
def test_what_else_a_browser_may_send_is_no_drawing(told: object) -> None:
    assert read(told, tuple("0123456789")) is None


def test_own_drawings_are_counted() -> None:
    sure = np.eye(3, dtype=np.float32)
    assert summary(Predictions(sure, np.array([0, 1, 1]))) == "**2 of 3** drawings are answered correctly."
    assert summary(Predictions(sure[:1], np.array([0]))) == "Your drawing is answered **correctly**."
    assert summary(Predictions(sure[:1], np.array([2]))) == "Your drawing is **misclassified**."
    lost = np.full((2, 3), np.nan, np.float32)
    assert summary(Predictions(lost, np.array([0, 1]))).startswith("**0 of 2**")
