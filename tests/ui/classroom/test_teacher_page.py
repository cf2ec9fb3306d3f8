"""A tile's dialog acts on the run that it shows, whatever the student has done since."""

import pytest
from streamlit.testing.v1 import AppTest

from mlp.engine import Run, Status
from tests.ui.classroom.trained import session_with, trained, training
from tests.ui.scripts import app_of
from ui.classroom import teacher_page
from ui.classroom.school_class import SchoolClass, Student
from ui.parts.session import Session


def page() -> None:
    import streamlit as st

    from ui.classroom.teacher_page import _student
    from ui.parts.dialogs import open_dialog, show_dialog

    if student := st.session_state.pop("chosen", None):
        open_dialog(_student, student, student.glance, st.session_state.best)
    show_dialog()


class Deleting:
    """A store that notes what is deleted, and an engine with the runs that are in memory."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.handed_over: dict[str, str] = {}
        self.runs: dict[str, Run] = {}

    def find(self, run_id: str) -> Run | None:
        return self.runs.get(run_id)

    def hand_over(self, run_id: str, token: str) -> None:
        self.handed_over[run_id] = token

    def delete(self, run_id: str) -> None:
        self.deleted.append(run_id)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Deleting:
    store = Deleting()
    monkeypatch.setattr(teacher_page, "store", lambda: store)
    monkeypatch.setattr(teacher_page, "engine", lambda: store)
    return store


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> SchoolClass:
    room = SchoolClass()
    monkeypatch.setattr(teacher_page, "school_class", lambda: room)
    return room


def opened(room: SchoolClass, student: Student, best: str = "") -> AppTest:
    room.students()
    app = app_of(page)
    app.session_state["chosen"], app.session_state["best"] = student, best
    return app.run()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


@pytest.mark.parametrize("later", ["second", ""])
def test_the_run_that_was_shown_is_removed_and_no_other(room: SchoolClass, store: Deleting, later: str) -> None:
    session = session_with(training(run_id="first"))
    student = room.meet("a", session)
    app = opened(room, student)
    run = training(run_id=later)  # without an id, as on the Boundary page
    session.show(run)
    room.students()
    press(app, "Remove this run")
    assert store.deleted == [], "one press next to another button removes nothing"
    assert "No. 1" in app.markdown[0].value
    assert "Digits" in app.markdown[0].value
    press(app, "Remove the run")
    assert store.deleted == ["first"]
    assert labels(app) == []
    assert (run.status, session.own, session.is_removed) == (Status.RUNNING, run, False)


def test_a_run_is_removed_for_good_also_if_its_tab_is_closed_or_could_bring_it_back(
    room: SchoolClass, store: Deleting
) -> None:
    """Else it trains on for a minute, and what trains is back in the list."""
    run = store.runs["first"] = training(run_id="first")
    session = session_with(run)
    app = opened(room, room.meet("a", session))
    session.show(training(run_id="second"))
    session.earlier = run
    press(app, "Remove this run")
    press(app, "Remove the run")
    assert (run.status, store.deleted) == (Status.READY, ["first"])
    assert len(store.handed_over["first"]) > 20
    assert session.earlier is None


def test_the_settings_that_were_shown_are_given(room: SchoolClass) -> None:
    run = trained(1, run_id="a")
    session = session_with(run)
    app = opened(room, room.meet("a", session))
    session.show(Run(run.checkpoint().config.__class__(dataset="moons", hidden=(3,))))
    room.students()
    press(app, "Give everyone these settings")
    assert room.given
    assert room.given.words.startswith("Digits")


def test_a_network_that_has_not_trained_gives_its_settings_and_one_on_boundary_does_not(room: SchoolClass) -> None:
    sessions: list[Session] = [session_with(Run(trained(0).checkpoint().config)), session_with(training())]
    app = opened(room, room.meet("a", sessions[0], page=""))
    assert labels(app) == ["Give everyone these settings", "Take off the wall"]
    assert len(app.caption) == 0
    app = opened(room, room.meet("b", sessions[1], page="boundary"))
    assert labels(app) == ["Take off the wall"]
    assert app.caption[0].value == teacher_page.ON_BOUNDARY


def test_a_run_with_a_place_in_a_challenge_is_opened_if_it_is_another_one(
    room: SchoolClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens: list[object] = []
    monkeypatch.setattr("streamlit.switch_page", lambda file, query_params: opens.append(query_params))
    session = session_with(training(run_id="now"))
    student = room.meet("a", session)
    assert "Open the best run, read only" not in labels(opened(room, student, best="now"))
    press(opened(room, student, best="best"), "Open the best run, read only")
    assert opens == [{"run": "best"}]
