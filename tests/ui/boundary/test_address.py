"""The Boundary page reads its address when it opens, and when the class gives it another one."""

from urllib.parse import parse_qs

import pytest

from tests.ui.scripts import app_of
from ui.boundary.settings import BOUNDARY_SETTINGS, DEFAULTS, from_query
from ui.parts.address import written
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
        assert from_query(query) == (values, [])


def test_a_link_copied_from_an_earlier_version_opens_the_same_experiment() -> None:
    link = "task=Regression&surface=Waves&layers=3&units1=8&seed=3.0&noise=0.2&activation=ReLU&discrete=true"
    link += "&features=x&features=x²&features=sin 6x&plane_pace=as fast as possible"
    values, complaints = from_query(parse_qs(link))
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
    assert from_query({"units2": ["1"]})[0]["hidden"] == (4, 1)
    assert from_query({"layers": ["0"]})[0]["hidden"] == ()
    for layers in ("-3", "9" * 5000, "x"):
        values, complaints = from_query({"layers": [layers], "units1": ["7"], "points": ["40"]})
        assert values == DEFAULTS | {"points": 40}
        assert len(complaints) == 1
        assert "Hidden layers is" in complaints[0]


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("hidden=4-4-4-4-4-4-4", "Hidden layers has 7 layers; 0 to 6 are allowed. Leave some out."),
        ("hidden=9", "Hidden layers is 9; it must be a whole number from 1 to 8."),
        ("training=100", "Training share (%) is 100; it must be a whole number from 10 to 90."),
        ("shape=plane", "There are no points 'plane'. Known: moons, circles, spirals, gaussians, xor, empty."),
    ],
)
def test_nonsense_is_left_out_with_a_sentence_in_the_pages_words(link: str, sentence: str) -> None:
    values, complaints = from_query(parse_qs(f"{link}&points=40"))
    assert values == DEFAULTS | {"points": 40}
    assert len(complaints) == 1
    assert complaints[0].startswith(sentence)


def test_an_empty_plane_has_any_batch_size() -> None:
    assert from_query(parse_qs("shape=empty&batch_size=64")) == (DEFAULTS | {"shape": "empty", "batch_size": 64}, [])
