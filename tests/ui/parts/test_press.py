"""A press acts with what was set before it, though the page has not heard of that yet."""

from tests.ui.scripts import app_of


def page() -> None:
    import streamlit as st

    from tests.ui.test_overtaken import give_way
    from ui.parts.press import press

    give_way()
    name = st.text_input("Name", "first")
    press("Keep", (lambda: st.session_state.update(kept=name)) if name else None, key="keep")


def test_a_press_on_a_busy_server_acts_with_what_was_typed_before_it() -> None:
    app = app_of(page).run()
    app.text_input[0].set_value("second")
    app.button[0].click().run()
    assert app.session_state["kept"] == "second"


def test_a_press_is_answered_once_also_if_another_message_ends_its_run() -> None:
    app = app_of(page).run()
    app.session_state["overtaken"] = True
    app.button[0].click().run()
    assert app.session_state["kept"] == "first"
    app.text_input[0].set_value("second").run()
    assert app.session_state["kept"] == "first"


def test_a_press_is_forgotten_if_what_was_typed_before_it_leaves_nothing_to_do() -> None:
    app = app_of(page).run()
    app.text_input[0].set_value("")
    app.button[0].click().run()
    assert app.button[0].disabled
    app.text_input[0].set_value("second").run()
    assert "kept" not in app.session_state
