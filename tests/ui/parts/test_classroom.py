"""A link for the class hides controls and presents the page; what it asks for in vain is said once."""

from streamlit.testing.v1 import AppTest

from ui.parts.classroom import Classroom
from ui.parts.state import Key


def page() -> None:
    import streamlit as st

    from ui.classroom.view import apply_classroom
    from ui.parts.classroom import classroom

    apply_classroom({})
    st.session_state.room = classroom()


def test_a_control_that_nobody_knows_is_named_once() -> None:
    app = AppTest.from_function(page)
    app.query_params["hide"] = "nonsense"
    app.run(timeout=20)
    assert ["'nonsense'" in toast.value for toast in app.toast] == [True]
    app.run()
    assert len(app.toast) == 0


def test_hidden_controls_stay_hidden_when_an_address_does_not_say() -> None:
    app = AppTest.from_function(page)
    app.query_params["hide"] = "preset.nonsense"
    app.query_params["present"] = "yes"
    app.run()
    assert app.session_state.room == (("preset",), True)
    assert app.query_params == {"hide": "preset", "present": "yes"}
    app.query_params.clear()
    app.run()
    assert app.session_state.room == (("preset",), True)
    assert app.query_params == {"hide": "preset", "present": "yes"}


def test_a_message_that_was_sent_before_exit_was_pressed_does_not_present_the_page_again() -> None:
    app = AppTest.from_function(page)
    app.query_params["present"] = "yes"
    app.run()
    assert app.session_state.room == ((), True)
    app.session_state[Key.CLASSROOM] = Classroom((), presenting=False)  # as Exit does
    app.query_params["present"] = "yes"  # as the browser has it until it learns of the new address
    app.run()
    assert app.session_state.room == ((), False)
    assert app.query_params == {}
