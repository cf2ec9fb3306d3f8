"""A link for the class hides controls and presents the page; what it asks for in vain is said once."""

import pytest

from tests.ui.scripts import app_of
from ui.parts.classroom import BOUNDARY_CONTROLS, LONGEST_QUESTION, TRAIN_CONTROLS, Classroom
from ui.parts.state import Key


def page() -> None:
    import streamlit as st

    from ui.classroom.view import apply_classroom
    from ui.parts.classroom import classroom, write_classroom

    apply_classroom(st.session_state.get("controls", {}))
    write_classroom()
    st.session_state.room = classroom()


def page_with_bound_control() -> None:
    import streamlit as st

    from ui.classroom.view import apply_classroom
    from ui.parts.classroom import write_classroom

    apply_classroom({})
    st.toggle("Show the code", key="code", bind="query-params", persist_state="session")
    write_classroom()


def test_a_page_whose_control_is_in_the_address_by_itself_stays_one_for_the_class() -> None:
    app = app_of(page_with_bound_control)
    app.query_params |= {"hide": "preset", "code": "true"}
    app.run()
    app.query_params.clear()  # as after another page
    app.query_params["code"] = "true"
    app.run()
    assert not app.exception
    assert app.query_params == {"hide": "preset", "code": "true"}


def test_a_control_that_nobody_knows_is_named_once() -> None:
    app = app_of(page)
    app.query_params["hide"] = "nonsense"
    app.run()
    assert ["'nonsense'" in toast.value for toast in app.toast] == [True]
    app.run()
    assert len(app.toast) == 0


def test_of_many_unknown_controls_the_first_are_named() -> None:
    app = app_of(page)
    app.query_params["hide"] = ".".join(f"nosuch{number}" for number in range(60))
    app.run()
    assert [toast.value for toast in app.toast][-1] == "And 56 more."
    assert len(app.toast) == 5


def test_hidden_controls_stay_hidden_when_an_address_does_not_say() -> None:
    app = app_of(page)
    app.query_params["hide"] = "preset.nonsense"
    app.query_params["present"] = "yes"
    app.run()
    assert app.session_state.room == Classroom(("preset",), presenting=True)
    assert app.query_params == {"hide": "preset", "present": "yes"}
    app.query_params.clear()
    app.run()
    assert app.session_state.room == Classroom(("preset",), presenting=True)
    assert app.query_params == {"hide": "preset", "present": "yes"}


def test_a_message_that_was_sent_before_exit_was_pressed_does_not_present_the_page_again() -> None:
    app = app_of(page)
    app.query_params["present"] = "yes"
    app.run()
    assert app.session_state.room == Classroom((), presenting=True)
    app.session_state[Key.CLASSROOM] = Classroom((), presenting=False)  # as Exit does
    app.query_params["present"] = "yes"  # as the browser has it until it learns of the new address
    app.run()
    assert app.session_state.room == Classroom((), presenting=False)
    assert app.query_params == {}


def test_an_exercise_travels_with_the_address() -> None:
    app = app_of(page)
    app.query_params["question"] = "Why?" + "!" * 1000
    app.query_params["goal"] = "95.5"
    app.run()
    room = app.session_state.room
    assert (room.question[:5], len(room.question), room.goal, room.has_exercise) == (
        "Why?!",
        LONGEST_QUESTION,
        "95.5",
        True,
    )
    app.query_params.clear()
    app.run()
    assert app.query_params == {"question": room.question, "goal": "95.5"}


def test_an_exercise_stays_on_the_page_that_its_link_has_opened_also_if_another_one_is_loaded_again() -> None:
    app = app_of(page)
    app.query_params["question"] = "Why?"
    app.session_state["controls"] = TRAIN_CONTROLS
    app.run()
    assert app.query_params == {"question": "Why?", "exercise": "train"}
    again = app_of(page)  # a new session, with the address of another page
    again.query_params |= {"question": "Why?", "exercise": "train"}
    again.session_state["controls"] = BOUNDARY_CONTROLS
    again.run()
    assert again.session_state.room.page == "train"


def test_a_page_that_has_no_exercises_is_named() -> None:
    app = app_of(page)
    app.query_params |= {"question": "Why?", "exercise": "learn"}
    app.run()
    assert app.toast[0].value.replace("\\", "") == "There is no page for an exercise 'learn'. Known: train, boundary."


@pytest.mark.parametrize("goal", ["all", "0", "101", "nan", "-5"])
def test_a_goal_is_a_percentage(goal: str) -> None:
    app = app_of(page)
    app.query_params["goal"] = goal
    app.run()
    assert [f"The goal is '{goal}'" in toast.value.replace("\\", "") for toast in app.toast] == [True]
    assert not app.session_state.room.has_exercise
