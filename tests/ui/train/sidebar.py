"""The sidebar of the Train page, opened by a test, and what is in it."""

from collections.abc import Iterable
from typing import Any

from streamlit.testing.v1 import AppTest

from mlp.config import SETTINGS
from tests.ui.scripts import app_of


def sidebar() -> None:
    import streamlit as st

    from ui.parts.controls import Widgets
    from ui.parts.settings import train_controls
    from ui.train.controls import controls
    from ui.train.settings import open_address, put_in_address

    open_address()
    st.session_state.found = train_controls().values()
    put_in_address(train_controls().values())
    Widgets(train_controls()).pace()
    with st.sidebar:
        controls()


TOKEN = "a" * 32  # of the browser

BOXES = ("start", "network_more", "regularization", "augmentation", "more", "stopping", "curves")


def opened(**query: str) -> AppTest:
    """Open the sidebar with all its boxes unfolded."""
    app = app_of(sidebar)
    for box in BOXES:
        app.session_state[box] = True
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def found(app: AppTest) -> dict[str, Any]:
    assert not app.exception
    settings: dict[str, Any] = app.session_state.found
    return settings


def control(app: AppTest, label: str) -> Any:
    kinds: list[Iterable[Any]] = [
        app.selectbox,
        app.slider,
        app.select_slider,
        app.number_input,
        app.toggle,
        app.button,
    ]
    matches = [each for kind in kinds for each in kind if each.label == label]
    assert len(matches) == 1, f"{label}: {len(matches)}"
    return matches[0]


def labels(app: AppTest) -> set[str]:
    return {each.label for kind in (app.selectbox, app.slider, app.select_slider, app.number_input) for each in kind}


def label(name: str) -> str:
    text: str = SETTINGS[name].label
    return text
