"""The Decision boundary page's session and feed: weights set by hand, changing points, and what is sent."""

import base64
import json
import threading
from collections import UserDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import streamlit as st

from mlp import ConfigError, Model, RunConfig, load_dataset
from mlp.datasets import OwnPoint, Recipe, dataset_info
from mlp.engine import Run, RunView, Status
from mlp.inspection.plane import outputs_on_plane
from mlp.inspection.regression import predict_numbers, regression_scores
from mlp.network.network import split_parameters
from mlp.text import score
from mlp.training.quantum import train_quantum
from tests.ui.asking import ask
from ui.boundary import session as boundary_session
from ui.boundary.feed import feed_address
from ui.boundary.panel import SIDE, SMALL_SIDE, _class_levels, content
from ui.boundary.session import MOST_KEPT, PlaneSession
from ui.boundary.settings import add_clicked, own_points
from ui.parts.answer_times import BUSY, AnswerTimes
from ui.parts.levels import levels

NAME = Recipe("circles", points=100).name
CONFIG = RunConfig(dataset=NAME, hidden=(8,), activation="tanh", batch_size=16, evaluate_train=True, seed=0)


class Idle:
    """An engine that never trains."""

    def open(self, config: RunConfig, token: str, keep: bool) -> Run:
        assert not keep
        return Run(config)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> PlaneSession:
    monkeypatch.setattr(boundary_session, "engine", Idle)
    session = PlaneSession()
    session.follow(CONFIG)
    return session


def run_of(session: PlaneSession) -> Run:
    assert session.own is not None
    return session.own


def answered(address: str) -> Any:
    answer = ask(address)
    assert answer.status == 200, answer.body
    return answer.json()


def test_a_weight_is_set_by_hand(session: PlaneSession) -> None:
    before = run_of(session).view().state.parameters.copy()
    session.edit_weight(1, 1, 3, "−2,5")
    session.edit_weight(2, -1, 1, " 7 ")
    (weights, _), (_, biases) = split_parameters(
        run_of(session).view().state.parameters, CONFIG.sizes(dataset_info(CONFIG.dataset))
    )
    assert weights[1, 3] == -2.5
    assert biases[1] == 7
    assert np.count_nonzero(run_of(session).view().state.parameters != before) == 2


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ((1, 0, 0, "1e30"), "from -100 to 100. The weight was not changed"),
        ((1, 0, 0, "nan"), "from -100 to 100"),
        ((1, 0, 0, "many"), "A weight is 'many'; it must be a number"),
        ((1, 0, 0, ""), "must be a number"),
        ((1, 2, 0, "1"), "no longer exists"),
        ((3, 0, 0, "1"), "no longer exists"),
        ((0, 0, 0, "1"), "no longer exists"),
    ],
)
def test_an_invalid_weight_changes_nothing(
    session: PlaneSession, what: tuple[int, int, int, str], sentence: str
) -> None:
    before = run_of(session).view().state
    with pytest.raises(ConfigError, match=sentence):
        session.edit_weight(*what)
    assert run_of(session).view().state is before


def test_new_points_keep_a_trained_network_and_a_new_network_restarts(session: PlaneSession) -> None:
    session.edit_weight(1, 0, 0, "3")
    run_of(session)._set(status=Status.PAUSED)
    noisy = replace(CONFIG, dataset=Recipe("circles", points=200, noise=0.3).name)
    session.follow(noisy)
    assert run_of(session).view().config == noisy
    assert run_of(session).view().state.parameters[0] == 3
    wider = replace(noisy, hidden=(9,))
    session.follow(wider)
    assert run_of(session).view().config == wider
    assert run_of(session).view().status is Status.READY
    squared = replace(wider, dataset=Recipe("circles", features=("x", "y", "xx")).name)
    session.follow(squared)
    config = run_of(session).view().config
    assert config.sizes(dataset_info(config.dataset)) == (3, 9, 2)


def test_a_new_network_is_not_one_whose_weights_were_set_by_hand(session: PlaneSession) -> None:
    session.edit_weight(1, 0, 0, "3")
    session.leave()
    session.follow(CONFIG)
    assert not session.edited
    assert session.exported().started_with == CONFIG


def test_a_stored_run_cannot_be_edited(session: PlaneSession) -> None:
    run = run_of(session)
    run._listener.id = "abc"
    with pytest.raises(ConfigError, match="can't be edited"):
        run.edit(CONFIG)


def test_the_feed_returns_what_is_shown_and_no_more(session: PlaneSession) -> None:
    shown = answered(feed_address(session))
    assert len(json.dumps(shown)) < 60_000
    assert shown["sizes"] == [2, 8, 2]
    assert shown["inputs"] == ["x", "y"]
    assert shown["outputs"] == ["A", "B"]
    assert len(base64.b64decode(shown["small"])) == 12 * SMALL_SIDE**2
    state = run_of(session).view().state
    plane = np.frombuffer(base64.b64decode(shown["plane"]), np.uint8)
    shares = outputs_on_plane(Model(CONFIG, load_dataset(NAME), state), SIDE)
    np.testing.assert_array_equal(plane // 127, shares.argmax(axis=0).ravel())
    sent = np.frombuffer(base64.b64decode(shown["parameters"]), "<f4")
    np.testing.assert_array_equal(sent, state.parameters)
    assert ask(f"{feed_address(session)}?seen={shown['version']}").status == 204
    large = answered(f"{feed_address(session)}?unit=1.7")["large"]
    assert large["unit"] == [1, 7]
    assert len(base64.b64decode(large["map"])) == SIDE**2
    for nonsense in ("9.9", "1.8", "x.y", "1", "-1.0"):
        assert answered(f"{feed_address(session)}?unit={nonsense}")["large"] is None
    assert ask("plane/nobody").status == 404
    session.leave()
    assert ask(feed_address(session)).status == 204


def test_a_panel_of_a_run_that_trains_says_that_the_server_is_busy(
    session: PlaneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = AnswerTimes(iter(range(1000)).__next__)
    monkeypatch.setattr("ui.boundary.panel.answer_times", times)
    for _ in range(30):
        times.note(0.6)
    assert answered(feed_address(session))["trouble"] == ""
    run_of(session).start()
    assert answered(feed_address(session))["trouble"] == BUSY


def test_nan_is_shown_as_no_prediction() -> None:
    assert levels(np.array([-2, 0, 2, np.nan, np.inf], np.float32), 2.0).tolist() == [0, 127, 254, 255, 254]
    probabilities = np.array([[0.5, 1, 0, np.nan], [0.5, 0, 1, np.nan]], np.float32)
    assert _class_levels(probabilities[:, None]).tolist() == [[0, 126, 253, 255]]


def test_a_regression_shows_heights() -> None:
    session = PlaneSession()
    config = replace(CONFIG, dataset=Recipe("hills", points=100, task="regression").name)
    session.show(Idle().open(config, "", keep=False))
    view = run_of(session).view()
    shown = content(view, (2, 0))
    assert shown["sizes"] == [2, 8, 1]
    assert not shown["classes"]
    assert shown["outputs"] == ["height"]
    numbers = shown["status"]["numbers"]
    assert "within 0.1 (validation)" in numbers
    scores = regression_scores(predict_numbers(view.model))
    assert numbers["R² (validation)"] == score(scores.r_squared), "which an exercise asks for"


def test_the_path_is_kept_evenly_and_within_bounds(session: PlaneSession) -> None:
    run = run_of(session)
    for step in range(5_000):
        object.__setattr__(run._model.state, "step", step)
        session.view()
    assert MOST_KEPT / 2 - 2 <= len(session.path) <= MOST_KEPT
    steps = [step for step, _ in session._path]
    assert steps[0] == 0
    assert steps[-1] > 4_900
    assert max(np.diff(steps)) <= 4 * min(np.diff(steps))


def trained(run: Run, quanta: int = 3) -> None:
    """Train some quanta that end in the middle of an epoch."""
    run.start()
    for _ in range(quanta):
        quantum = run.next_quantum(0.1)
        run.receive(quantum, train_quantum(quantum.model, 5, validate=False), 0.0)
    run.pause()


def figures(shown: dict[str, Any]) -> dict[str, str]:
    """What the panel writes, without the unit."""
    return {name: text.split("\u202f")[0] for name, text in shown["status"]["numbers"].items()}


def curve_ends(shown: dict[str, Any], chart: str) -> dict[str, str]:
    """The last point of each curve, written as in the panel."""
    ends = {}
    for trace in shown["curves"]["charts"][chart]["data"]:
        if "name" in trace:
            last = np.frombuffer(base64.b64decode(trace["y"]["bdata"]), trace["y"]["dtype"])[-1]
            ends[trace["name"]] = f"{last:.3f}" if chart == "loss" else f"{last:.1f}"
    return ends


@pytest.mark.parametrize("act", ["pause", "weight", "points"])
def test_the_curves_end_at_the_panels_numbers_and_each_number_is_written_once(session: PlaneSession, act: str) -> None:
    run = run_of(session)
    trained(run)
    if act == "weight":
        session.edit_weight(1, 0, 0, "50")
    if act == "points":
        session.follow(replace(CONFIG, dataset=Recipe("circles", 100, own=(OwnPoint(0, 0, 0),)).name))
    answer = answered(feed_address(session))
    shown = figures(answer)
    for chart, quantity in (("loss", "loss"), ("accuracy", "accuracy")):
        ends = curve_ends(answer, chart)
        assert ends == {"train": shown[f"training {quantity}"], "validation": shown[f"validation {quantity}"]}
        labels = answer["curves"]["charts"][chart]["layout"]["annotations"]
        assert [label["text"] for label in labels if "<b>" in label["text"]] == ["<b>train</b>", "<b>validation</b>"]
    if act != "pause":  # the jump stays on the curve when training goes on
        trained(run, 1)
        history = run.view().history
        assert shown["training loss"] in [f"{loss:.3f}" for loss in history["evaluated_train_loss"][:-1]]
        assert (np.diff(history["progress"]) >= 0).all()
        assert len(run.view().changes) == 1


def test_before_the_first_step_the_curves_have_their_place_and_first_point(session: PlaneSession) -> None:
    answer = answered(feed_address(session))
    assert curve_ends(answer, "loss")["train"] == figures(answer)["training loss"]


def test_an_edits_marker_says_what_changed_and_those_at_one_step_are_one(session: PlaneSession) -> None:
    def with_points(*own: OwnPoint, noise: float = 0.05) -> RunConfig:
        return replace(CONFIG, dataset=Recipe("circles", 100, noise, own=own).name)

    run = run_of(session)
    trained(run)
    words = []
    for wanted in (
        with_points(OwnPoint(0, 0, 1)),
        with_points(OwnPoint(0, 0, 1), OwnPoint(0.5, 0, 0)),
        with_points(OwnPoint(0, 0, 1), OwnPoint(0.5, 0, 0), noise=0.3),
        CONFIG,
    ):
        session.follow(wanted)
        words.append([change.description for change in run.view().changes])
    session.edit_weight(1, 0, 0, "3")
    words.append([change.description for change in run.view().changes])
    assert words == [
        ["1 point added"],
        ["2 points added"],
        ["noise 0.05 → 0.3, 2 points added"],
        ["points added and removed"],
        ["weights set by hand"],
    ]
    trained(run, 1)
    session.follow(with_points(OwnPoint(0, 0, 1)))
    trained(run, 1)
    session.follow(CONFIG)
    assert [change.description for change in run.view().changes][1:] == ["1 point added", "1 point removed"]


class Interrupted(UserDict[str, Any]):
    """A session state at one of whose accesses Streamlit stops the script."""

    left = 0  # accesses until then

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise InterruptedError

    def __getitem__(self, key: str) -> Any:
        self.count()
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.count()
        super().__setitem__(key, value)

    def __contains__(self, key: object) -> bool:
        self.count()
        return super().__contains__(key)


def test_clicks_that_interrupt_each_other_all_become_points_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clicks = [[1, 0.1, 0, 1], [2, 0.2, 0, 1], [3, 0.3, 0, 1]]
    stops = 0
    for stop in range(1, 20):
        state = Interrupted()
        monkeypatch.setattr(st, "session_state", state)
        state.left = stop
        try:
            add_clicked(clicks[:1])
        except InterruptedError:
            stops += 1
        state.left = 0
        heard = own_points().click
        add_clicked([click for click in clicks if click[0] > heard])  # the browser repeats what was not confirmed
        add_clicked(clicks)
        assert [point.x for point in own_points().points] == [0.1, 0.2, 0.3]
    assert stops >= 2


def test_a_look_during_a_restart_leaves_no_old_network_in_the_new_path(
    session: PlaneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, restart = run_of(session), threading.Thread(target=lambda: session.reset(replace(CONFIG, hidden=(3,))))
    view = run.view

    def view_and_restart() -> RunView:
        before = view()
        restart.start()
        restart.join(0.1)
        return before

    monkeypatch.setattr(run, "view", view_and_restart)
    session.view()
    restart.join()
    monkeypatch.undo()
    found = session.view()
    assert found is not None
    np.testing.assert_array_equal(session.path, [found.state.parameters])


def test_a_look_just_after_the_last_point_was_removed_finds_no_run(session: PlaneSession) -> None:
    session.leave()
    assert session.view() is None


class AtOnce(Idle):
    """An engine that computes at once."""

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future


def test_a_landscape_is_begun_once_for_each_press_and_a_press_cannot_be_interrupted(
    session: PlaneSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boundary_session, "engine", AtOnce)
    monkeypatch.setattr(st, "session_state", None)  # Streamlit can stop a script or a callback at any access to it
    assert session.landscape(True, 0) is None
    session.want_landscape()
    first = session.landscape(False, 1)
    assert first is not None
    assert first.step == 0
    assert first.future.result().losses.shape == (31, 31)
    assert session.landscape(False, 2) is session.landscape(True, 1) is None, "it is shown for its own slice alone"
    assert session.landscape(False, 1) is first
    session.want_landscape()
    along = session.landscape(True, 2)
    assert along is not first
    assert session.landscape(True, 3) is along, "a path has no seed"


@pytest.mark.parametrize(
    "act",
    [
        lambda session: session.reset(CONFIG),
        lambda session: session.follow(replace(CONFIG, hidden=(3,))),
        lambda session: session.follow(replace(CONFIG, dataset=Recipe("circles", points=100, noise=0.3).name)),
        lambda session: session.edit_weight(1, 0, 0, "3"),
        lambda session: (session.leave(), session.follow(CONFIG)),
    ],
    ids=["restart", "network", "points", "weight", "all points"],
)
def test_another_network_or_other_points_have_no_landscape_yet(
    session: PlaneSession, monkeypatch: pytest.MonkeyPatch, act: Callable[[PlaneSession], None]
) -> None:
    monkeypatch.setattr(boundary_session, "engine", AtOnce)
    session.want_landscape()
    assert session.landscape(False, 1) is not None
    run_of(session)._set(status=Status.PAUSED)
    act(session)
    assert session.landscape(False, 1) is None
