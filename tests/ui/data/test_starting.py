"""An import starts if there is room for its data set."""

import io
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mlp.limits import MB, Limits
from tests.ui.scripts import app_of
from ui.data import looking, preview
from ui.data.session import DataSession

ROWS = "age,rooms,city,class\n" + "".join(
    f"{20 + row / 7},{row / 3},{'xyz'[row % 3]},{'AB'[row % 2]}\n" for row in range(60)
)
LEAST = 60 * 4 * (3 + 2)  # three columns, and the two numbers among them as inputs


def view() -> None:
    import streamlit as st

    from ui.data.preview import preview

    session = st.session_state.session
    preview(session, session.upload)


def use(app: AppTest) -> None:
    next(button for button in app.button if button.label == "Use it").click()
    app.run()
    assert not app.exception


def test_more_rows_than_there_is_room_for_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    room, started = 0, set[Any]()
    monkeypatch.setattr(looking, "_asked", lambda function, *arguments: function(*arguments))
    monkeypatch.setattr(preview, "browser_token", lambda: "me")
    monkeypatch.setattr(preview, "limits", lambda: Limits(data=room / MB))
    monkeypatch.setattr(preview, "ImportProcess", lambda path, *_, test, **more: started.add((path, test)))
    session, app = DataSession(), app_of(view)
    session.bring([("ages.csv", io.BytesIO(ROWS.encode()))])
    assert session.upload
    app.session_state.session = session
    app.run()
    room = LEAST - 1
    use(app)
    assert session.problem.startswith("This browser's data sets would take 0.0 MB; 0 MB are allowed.")
    assert not started
    room = LEAST
    use(app)
    assert (session.problem, started) == ("", {(session.upload.path, None)})

    session.bring_test("test.csv", io.BytesIO(ROWS.encode()))
    next(group for group in app.button_group if group.label == "Split").select("file")
    app.run()
    use(app)
    assert "would take" in session.problem
    room = 2 * LEAST
    use(app)
    assert (session.upload.path, session.test) in started
