"""What a student's page shows of the class: a name to type, an offer, a challenge, and a request to look."""

import pytest
from streamlit.testing.v1 import AppTest

from mlp import RunConfig
from mlp.datasets import Recipe
from mlp.engine import Status
from tests.ui.asking import ask
from tests.ui.classroom.trained import session_with, training
from tests.ui.scripts import app_of
from ui.classroom.challenge import Place
from ui.classroom.school_class import Gift, SchoolClass, Student
from ui.classroom.student import _message, news_route
from ui.parts.state import Key


def page() -> None:
    from ui.classroom.student import student_part

    student_part(None, "")


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> SchoolClass:
    room = SchoolClass()
    monkeypatch.setattr("ui.classroom.student.school_class", lambda: room)
    monkeypatch.setattr("ui.classroom.student.browser_token", lambda: "a")
    return room


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def test_a_name_is_asked_for_once(room: SchoolClass) -> None:
    app = app_of(page).run()
    app.text_input[0].set_value(" Ada ").run()
    assert room.meet("a").label == "Ada"
    assert (len(app.text_input), labels(app)) == (0, [])


def test_nobody_needs_a_name(room: SchoolClass) -> None:
    app = app_of(page).run()
    press(app, "Rather not")
    assert (len(app.text_input), room.meet("a").label) == (0, "No. 1")


def test_an_offer_is_taken_or_left(room: SchoolClass, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, object]] = []
    monkeypatch.setattr("streamlit.switch_page", lambda file, query_params: opened.append((file, query_params)))
    session = session_with(training())
    room.meet("a", session).call("")
    app = app_of(page).run()
    app.session_state[Key.CLASSROOM] = "what was hidden before"
    room.give(Gift("boundary", {"shape": "xor"}, "XOR"))
    app.run()
    assert "Your teacher gives you settings: XOR" in app.markdown[0].value
    press(app, "Use them")
    assert opened == [("pages/boundary.py", {"shape": "xor"})]
    assert (Key.OPENS_ADDRESS in app.session_state, Key.CLASSROOM in app.session_state) == (True, False)
    assert session.own
    assert session.own.status is Status.READY
    assert labels(app) == []
    room.give(Gift("", {"dataset": "digits"}, "Digits"))
    app.run()
    press(app, "Keep mine")
    assert (len(opened), labels(app)) == (1, [])
    room.start_together("digits", None, 5)
    app.run()
    press(app, "Not now")
    room.end_challenge()
    app.run()
    assert labels(app) == [], "what was answered before a challenge is not offered again after it"


def test_data_that_was_deleted_leads_nowhere_and_pauses_nothing(
    room: SchoolClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr("streamlit.switch_page", lambda file, query_params: opened.append(query_params))
    run = training()
    session = session_with(run)
    student = room.meet("a", session)
    student.call("Ada")
    gone = {"dataset": "own:0123456789ab"}
    for query in (gone, {"dataset": [gone["dataset"]]}):
        room.give(Gift("", query, "Mine"))
        app = app_of(page).run()
        press(app, "Use them")
        assert [toast.value for toast in app.toast] == ["This data set was deleted. Ask your teacher for another one."]
    room.start_together("digits", None, 5)
    assert room.challenge
    room.challenge.dataset = gone["dataset"]
    app = app_of(page).run()
    press(app, "Take part")
    assert len(app.toast) == 1
    assert (run.status, opened, room.challenge.joined) == (Status.RUNNING, [], set())


def test_a_challenge_comes_before_settings(room: SchoolClass, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr("streamlit.switch_page", lambda file, query_params: opened.append((file, query_params)))
    room.meet("a").call("Ada")
    room.give(Gift("", {"dataset": "digits"}, "Digits"))
    room.start_together("digits", None, 5)
    app = app_of(page).run()
    assert labels(app) == ["Take part", "Not now"]
    press(app, "Take part")
    assert opened == [("pages/train.py", {"dataset": "digits", "epochs": "5"})]
    assert labels(app) == []
    room.clear_challenge()
    app.run()
    assert labels(app) == ["Use them", "Keep mine"]


def test_a_challenge_can_still_be_joined_after_not_now_and_after_its_data_were_left(
    room: SchoolClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamlit.switch_page", lambda file, query_params: None)
    session = session_with(training())
    student = room.meet("a", session)
    student.call("Ada")
    room.start_together("digits", None, 5)
    app = app_of(page).run()
    press(app, "Not now")
    assert labels(app) == ["Take part"]
    press(app, "Take part")
    assert labels(app) == []
    session.show(training(RunConfig(dataset="moons", hidden=(3,))))
    boundary = session_with(training())
    room.meet("a", boundary, "boundary")
    app.session_state[Key.OPENS_ADDRESS] = True
    assert labels(app.run()) == [], "the page is about to open the challenge's network"
    del app.session_state[Key.OPENS_ADDRESS]
    assert labels(app.run()) == ["Take part"]


def test_the_page_hears_when_it_leaves_a_challenges_data(room: SchoolClass) -> None:
    session = session_with(training())
    student = room.meet("a", session)
    room.start_together("digits", None, 5)
    assert room.challenge
    room.join(student, room.challenge)

    def heard(seen: str) -> int:
        return ask(f"class_news/{student.key}?seen={seen}", routes=[news_route()]).status

    assert [heard("1"), heard("1.in")] == [200, 204]
    session.show(training(RunConfig(dataset="moons", hidden=(3,))))
    assert [heard("1"), heard("1.in")] == [204, 200]


def test_a_page_whose_student_was_taken_off_the_wall_is_back_with_its_run(room: SchoolClass) -> None:
    session = session_with(training(run_id="run"))

    def shown() -> None:
        import streamlit as st

        from ui.classroom.student import _news

        _news(st.session_state["session"], "")

    app = app_of(shown)
    app.session_state["session"] = session
    app.run()
    room.remove(1)
    app.run()
    assert [run.id for run in room.meet("a").runs()] == ["run"]


def test_the_page_says_how_a_challenge_stands(room: SchoolClass, monkeypatch: pytest.MonkeyPatch) -> None:
    student = room.meet("a")
    assert _message(room, student) == ("", None)
    room.start_together("digits", 300.0, None)
    words, left = _message(room, student)
    assert words == "Challenge: Digits, 8 × 8, 5:00 minutes. The best accuracy on the validation set wins."
    assert left is not None
    assert 290 < left <= 300
    room.end_challenge()
    monkeypatch.setattr(
        "ui.classroom.student.ranking", lambda _: [Place(1, 9, "a", 0.99, 0.9), Place(2, 1, "b", 0.9, 0.8)]
    )
    assert _message(room, student) == (
        "The challenge is over. You reached 90.0\u202f% on the validation set: place 2 of 2 students.",
        None,
    )
    assert _message(room, Student(7))[0] == "The challenge is over."
    room.clear_challenge()
    room.start_together(Recipe("hills", task="regression").name, 300.0, None)
    assert _message(room, student)[0].endswith("The best R² on the validation set wins.")
    room.end_challenge()
    assert "You reached R² 0.900 on the validation set: place 2" in _message(room, student)[0]


def test_a_run_that_was_removed_leaves_each_tab_with_a_sentence(room: SchoolClass) -> None:
    run = training(run_id="bad")
    sessions = [session_with(run), session_with(run)]
    for session in sessions:
        room.meet("a", session)
    room.take_run("bad")

    def shown() -> None:
        import streamlit as st

        from ui.classroom.student import student_part

        student_part(st.session_state["session"], "")

    assert len(app_of(page).run().toast) == 0, "another page, such as Learn, leaves it to Train"
    for session in sessions:
        app = app_of(shown)
        app.session_state["session"] = session
        assert [toast.value for toast in app.run().toast] == ["Your teacher removed the run that was here."]
        assert not session.is_removed


def test_after_a_look_at_the_teacher_the_page_follows_what_trains_again(room: SchoolClass) -> None:
    room.look_here()
    app = app_of(page).run()
    assert app.session_state[Key.LOOKED]
    room.go_on()
    app.run()
    assert not app.session_state[Key.LOOKED]
