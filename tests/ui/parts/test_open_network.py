"""A network from a file becomes a run; what is wrong with a file is a sentence in the dialog, which stays."""

import io
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import streamlit as st
from streamlit.testing.v1 import AppTest

from mlp import Model, RunConfig
from mlp.datasets import Recipe
from mlp.engine import Run
from mlp.engine.pool import WorkerDied
from mlp.export import FORMATS, ExportedRun
from tests.models import model_of
from tests.stored_runs import SMALL
from tests.tables import regression_model
from tests.ui.scripts import app_of
from ui.parts import datasets, open_network
from ui.parts.server import engine, store
from ui.parts.state import Key

TRAINED = model_of(SMALL, 30)


def page() -> None:
    from ui.parts.dialogs import show_dialog
    from ui.parts.open_network import open_button

    open_button()
    show_dialog()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Train was opened with."""
    opened: list[Any] = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: opened.append(query_params["run"]))
    return opened


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    for room in (open_network, datasets):
        monkeypatch.setattr(room, "browser_token", lambda: "me")
    return app_of(page).run().button[0].click().run()


def bring(app: AppTest, name: str, content: bytes) -> None:
    app.file_uploader[0].set_value((name, content, "")).run()
    assert not app.exception


def file_of(model: Model) -> bytes:
    out = io.BytesIO()
    FORMATS["safetensors"].write(ExportedRun(model), out)
    return out.getvalue()


def alien() -> bytes:
    draws = np.random.default_rng(0)
    arrays = {"a.weight": draws.normal(size=(16, 64)), "b.weight": draws.normal(size=(10, 16)), "b.bias": np.zeros(10)}
    return safetensors.numpy.save({name: array.astype(np.float16) for name, array in arrays.items()})


def press_open(app: AppTest) -> None:
    [button] = [button for button in app.button if button.label == "Open"]
    button.click().run()


def shown(run_id: str) -> Model:
    run = engine().resume(run_id)
    assert isinstance(run, Run)
    return run.view().model


def test_a_file_from_here_becomes_a_run_with_its_settings(app: AppTest, opened: list[Any]) -> None:
    bring(app, "Mine.safetensors", file_of(TRAINED))
    assert "**Mine**: network 64–8–10, trained on Digits, 8 × 8 for 30 steps" in app.markdown[0].value.replace("\\", "")
    assert [box.label for box in app.selectbox] == ["Data set"]
    app.text_input[0].set_value("Mine again")
    press_open(app)
    [run_id] = opened
    assert store().run(run_id).name == "Mine again"
    assert len(store().load(run_id).history) == 1, "measured as it came"
    model = shown(run_id)
    assert np.array_equal(model.state.parameters, TRAINED.state.parameters)
    assert (model.config, model.state.step) == (SMALL, 0)
    assert [store().may_steer(run_id, token) for token in ("me", "you")] == [True, False]
    assert len(app.file_uploader) == 0, "the dialog is closed"


def test_what_a_file_from_elsewhere_does_not_say_is_said_and_asked(app: AppTest, opened: list[Any]) -> None:
    bring(app, "alien.safetensors", alien())
    notes = app.caption[1].value
    assert "F16" in notes
    assert "no biases" in notes
    app.selectbox[1].set_value("tanh")
    press_open(app)
    assert shown(opened[0]).config.activation == "tanh"


def test_a_file_that_is_no_network_is_refused_with_its_name_and_another_one_can_follow(app: AppTest) -> None:
    for name, said in (("ev*il.onnx", "'ev_il.onnx' can't be opened."), ("../../x", "'_.._x' can't be opened.")):
        bring(app, name, b"\x08\x07 no network")
        assert app.error[0].value.replace("\\", "").startswith(said)
        assert len(app.selectbox) == 0
    bring(app, "Mine.safetensors", file_of(TRAINED))
    assert len(app.error) == 0
    assert len(app.selectbox) == 1


def test_a_network_for_which_there_is_no_data_is_shown_but_not_opened(app: AppTest) -> None:
    bring(app, "table.safetensors", file_of(regression_model(3)))
    assert "10 inputs and 1 output, and no data set here has as many" in app.warning[0].value
    assert [button.label for button in app.button] == ["Open a network"]


def test_a_network_of_the_plane_is_offered_its_own_points_first(app: AppTest, opened: list[Any]) -> None:
    name = Recipe("circles", points=120, noise=0.3).name
    bring(app, "plane.safetensors", file_of(model_of(RunConfig(dataset=name, hidden=(4,)), 5)))
    assert app.selectbox[0].value == name
    press_open(app)
    assert shown(opened[0]).config.dataset == name


def test_a_name_that_is_too_long_leaves_the_dialog_open(app: AppTest, opened: list[Any]) -> None:
    bring(app, "Mine.safetensors", file_of(TRAINED))
    app.text_input[0].set_value("x" * 500)
    press_open(app)
    assert "500 characters" in app.error[0].value
    assert (opened, len(app.file_uploader)) == ([], 1)


def test_a_file_that_brings_its_worker_down_is_refused(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def compute(self, *_: object) -> Future[None]:
            died: Future[None] = Future()
            died.set_exception(WorkerDied("The worker exited with code 3"))
            return died

    monkeypatch.setattr(open_network, "engine", Broken)
    bring(app, "Mine.safetensors", file_of(TRAINED))
    assert "The worker exited with code 3 while reading the file" in app.error[0].value
    assert Key.OPENED not in app.session_state
