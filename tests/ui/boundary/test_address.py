"""The Boundary page reads its address when it opens, and when the class gives it another one."""

from tests.ui.scripts import app_of
from ui.parts.state import Key


def page() -> None:
    import streamlit as st

    from ui.boundary.session import PlaneSession
    from ui.boundary.settings import boundary_controls, open_address

    open_address(PlaneSession())
    st.session_state["shape"] = boundary_controls().value("shape")


def test_settings_that_are_given_replace_those_that_were_set() -> None:
    app = app_of(page)
    app.query_params["shape"] = "spirals"
    app.run()
    app.query_params["shape"] = "xor"  # as a late message from the browser may have it
    app.run()
    assert app.session_state["shape"] == "spirals"
    app.session_state[Key.OPENS_ADDRESS] = True
    app.run()
    assert app.session_state["shape"] == "xor"
    assert Key.OPENS_ADDRESS not in app.session_state
