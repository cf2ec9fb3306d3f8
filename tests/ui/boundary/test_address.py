"""The Boundary page reads its address when it opens, and when the class gives it another one."""

from typing import Any
from urllib.parse import parse_qs

from tests.ui.scripts import app_of
from ui.boundary.settings import BOUNDARY_SETTINGS, DEFAULTS, _by_name
from ui.parts.address import read, written
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


def opened(query: dict[str, list[str]]) -> tuple[dict[str, Any], list[str]]:
    return read(_by_name(query), BOUNDARY_SETTINGS, DEFAULTS)


def test_a_link_opens_the_settings_it_was_copied_from() -> None:
    changed = {
        "task": "regression",
        "surface": "waves",
        "noise": 0.2,
        "points_seed": 7,
        "features": ("x", "xy"),
        "hidden": (8, 3, 1),
        "activation": "relu",
        "learning_rate": 0.05,
        "pace": "max",
        "discrete": True,
    }
    for values in (DEFAULTS | changed, DEFAULTS | {"features": (), "hidden": ()}):
        query = {name: [text] for name, text in written(values, BOUNDARY_SETTINGS, DEFAULTS).items()}
        assert opened(query) == (values, [])


def test_a_link_copied_from_an_earlier_version_opens_the_same_experiment() -> None:
    link = "task=Regression&surface=Waves&layers=3&units1=8&seed=3.0&noise=0.2&activation=ReLU&discrete=true"
    link += "&features=x&features=x²&features=sin 6x&plane_pace=as fast as possible"
    values, complaints = opened(parse_qs(link))
    assert complaints == []
    assert {name: value for name, value in values.items() if value != DEFAULTS[name]} == {
        "task": "regression",
        "surface": "waves",
        "noise": 0.2,
        "features": ("x", "xx", "sinx"),
        "hidden": (8, 4, 4),
        "activation": "relu",
        "seed": 3,
        "pace": "max",
        "discrete": True,
    }
    assert opened({"units2": ["1"]})[0]["hidden"] == (4, 1)
    assert opened({"layers": ["0"]})[0]["hidden"] == ()
    for layers in ("-3", "9" * 5000, "x"):
        values, complaints = opened({"layers": [layers], "units1": ["7"], "points": ["40"]})
        assert values == DEFAULTS | {"points": 40}
        assert len(complaints) == 1
