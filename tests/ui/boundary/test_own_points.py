"""Points that were added by hand on the Boundary page, some of them perhaps for other classes or another task."""

import pytest
import streamlit as st

from mlp.datasets import OwnPoint
from tests.ui.scripts import app_of
from ui.boundary.settings import DEFAULTS, own_points, put_own_points, remove_last_point

A, B, C = (OwnPoint(0.1 * value, 0.0, value) for value in range(3))


def test_the_last_point_that_can_be_seen_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    circles = DEFAULTS | {"shape": "circles"}  # of classes A and B alone
    put_own_points((A, B, A, C))
    left = []
    for _ in range(5):
        remove_last_point(circles)
        left.append(own_points().points)
    assert left == [(A, B, C), (A, C), (C,), (), ()], "a second press finds none"


def sidebar() -> None:
    import streamlit as st

    from mlp.datasets import OwnPoint
    from ui.boundary.controls import controls
    from ui.boundary.session import PlaneSession
    from ui.boundary.settings import open_address, put_own_points

    open_address(PlaneSession())
    put_own_points(tuple(OwnPoint(0.0, 0.0, value) for value in st.session_state["values"]))
    controls()


@pytest.mark.parametrize(
    ("task", "values", "sentence"),
    [
        ("classification", (0, 1), []),
        ("classification", (0, 1, 2), ["Ignored for now: 1 added point of none of these classes."]),
        ("classification", (-1, -1), ["Ignored for now: 2 added points of none of these classes."]),
        ("regression", (1, 2), ["Ignored for now: 1 added point without a height from −1 to 1."]),
    ],
)
def test_the_page_says_how_many_points_are_ignored_and_why(
    task: str, values: tuple[int, ...], sentence: list[str]
) -> None:
    app = app_of(sidebar)
    app.query_params["task"] = task
    app.session_state["values"] = values
    app.run()
    assert not app.exception
    assert [caption.value for caption in app.caption if "gnored" in caption.value] == sentence
