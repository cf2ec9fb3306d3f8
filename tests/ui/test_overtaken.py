"""What a press does is done though another message from the browser arrives before the page is drawn again."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from mlp.datasets import roots
from mlp.datasets.own.stored import own_datasets
from mlp.export import ExportedRun
from mlp.inspection.diagnostics.case import Finding
from mlp.store import Store
from tests.datasets.own.made import store_people
from tests.models import model_of
from tests.store.training import Training
from tests.stored_runs import SMALL
from tests.ui.scripts import app_of
from ui.classroom.school_class import SchoolClass
from ui.data import sets
from ui.parts import notices
from ui.parts.state import Key
from ui.runs import actions
from ui.train import diagnosis

OVERTAKEN = "overtaken"


def give_way() -> None:
    """At the start of a page's script: when a press is to be overtaken, end here, and draw for the next message."""
    context = get_script_run_ctx()
    if st.session_state.pop(OVERTAKEN, False) and context and context.script_requests:
        context.script_requests.request_rerun(RerunData())
        st.empty()


def press(app: AppTest, label: str, in_dialog: bool = False) -> None:
    """Press a button of which the page's script will not see that it was pressed."""
    app.session_state[OVERTAKEN] = True
    [button for button in app.button if button.label == label][-1 if in_dialog else 0].click().run()
    assert not app.exception


def opened(view: Callable[[], None]) -> AppTest:
    app = app_of(view).run()
    assert not app.exception
    return app


@pytest.fixture
def used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of data sets that were opened on the Train page. There is one, *Mine*."""
    names: list[str] = []
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    monkeypatch.setattr(sets, "browser_token", lambda: "me")
    monkeypatch.setattr(sets, "store", lambda: SimpleNamespace(runs=list))
    monkeypatch.setattr(sets, "school_class", SchoolClass)
    monkeypatch.setattr(sets, "use", names.append)
    store_people(label="Mine", token="me")
    return names


def data_page() -> None:
    from tests.ui.test_overtaken import give_way
    from ui.data.sets import own_sets
    from ui.parts.dialogs import show_dialog

    give_way()
    own_sets()
    show_dialog()


def test_a_data_set_is_used_renamed_and_deleted(used: list[str]) -> None:
    app = opened(data_page)
    press(app, "Use")
    assert used == [info.name for info in own_datasets("me")]
    press(app, "Details")
    assert app.markdown[-1].value.startswith("**Mine**: 5 inputs")
    press(app, "Rename")
    app.text_input[0].set_value("Ours")
    press(app, "Save")
    assert [info.label for info in own_datasets("me")] == ["Ours"]
    assert len(app.text_input) == 0, "the dialog is closed"
    press(app, "Delete")
    press(app, "Delete", in_dialog=True)
    assert own_datasets("me") == []


def test_a_refused_name_leaves_its_dialog_open(used: list[str]) -> None:
    app = opened(data_page)
    press(app, "Rename")
    app.text_input[0].set_value(" ")
    press(app, "Save")
    assert "name" in app.error[0].value
    assert app.text_input[0].value == " "
    assert [info.label for info in own_datasets("me")] == ["Mine"]


def runs_page() -> None:
    from tests.ui.test_overtaken import give_way
    from ui.parts.dialogs import show_dialog
    from ui.runs import actions

    give_way()
    runs = actions.store().runs()  # type: ignore[attr-defined]
    actions.toolbar(runs, {run.id: "A run" for run in runs}, len(runs))
    show_dialog()


def test_a_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        monkeypatch.setattr(actions, "store", lambda: store)
        monkeypatch.setattr(actions, "may_steer", lambda _: True)
        monkeypatch.setattr(actions, "_open", lambda *_: None)  # links to pages, which this one has not
        Training().begin(store).train(2).save()
        app = opened(runs_page)
        press(app, "Edit")
        app.text_input[0].set_value("The best")
        app.text_area[0].set_value("So far")
        press(app, "Save")
        assert [(run.name, run.notes) for run in store.runs()] == [("The best", "So far")]
        assert len(app.text_input) == 0, "the dialog is closed"


def teaching_page() -> None:
    from tests.ui.test_overtaken import exported_run, give_way
    from ui.classroom.view import toolbar
    from ui.parts.keys import TRAIN_KEYS

    give_way()
    toolbar({"preset": "Preset"}, TRAIN_KEYS, exported_run)


def exported_run() -> ExportedRun:
    return ExportedRun(model_of(SMALL))


def test_the_dialogs_of_the_corner_open_and_stay() -> None:
    app = opened(teaching_page)
    press(app, "Download")
    assert "after 0 steps" in app.caption[0].value
    press(app, "The run (.json)")
    assert app.session_state[Key.DOWNLOAD].name == "digits-8-8-step-0.json"
    press(app, "Keys")
    assert "train, pause or resume" in app.markdown[0].value
    app.run()
    assert "train, pause or resume" in app.markdown[0].value
    press(app, "For the classroom")
    assert app.pills[0].label == "Hide from the class"


def page_with_a_finding() -> None:
    from tests.ui.test_overtaken import FINDING, give_way
    from ui.train import diagnosis

    give_way()
    diagnosis._card("session", "case", "too_fast", FINDING, 7)  # type: ignore[arg-type]


FINDING = Finding("Too fast", "It jumps.", "Go slower.", "A paper", {"learning_rate": 0.1})


def test_a_cure_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []
    monkeypatch.setattr(diagnosis, "_what_is_tried", lambda *_: "learning rate 1 → 0.1")
    monkeypatch.setattr(diagnosis, "_try_cure", lambda *arguments: tried.append(arguments))
    press(opened(page_with_a_finding), "Try the cure")
    assert tried == [("session", "case", FINDING, 7)]


def page_without_its_data() -> None:
    from tests.ui.test_overtaken import give_way
    from ui.parts.notices import offer_download

    give_way()
    offer_download("fashion-mnist")


def test_a_data_set_is_downloaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    downloaded: list[str] = []
    monkeypatch.setattr(notices, "download", lambda name, show: downloaded.append(name))
    monkeypatch.setattr(notices, "size_to_download", lambda name: 31e6)
    app = opened(page_without_its_data)
    press(app, "Download 31 MB")
    app.run()
    assert downloaded == ["fashion-mnist"]
