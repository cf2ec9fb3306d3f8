"""A diagnosis without findings says after how many epochs, and how early that is."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.inspection.diagnosis_cases import DIGITS, trained
from tests.ui.scripts import app_of
from ui.train import diagnosis


def script() -> None:
    import streamlit as st

    from ui.train.diagnosis import diagnosis

    diagnosis(st.session_state.session, st.session_state.inspected)


@pytest.mark.parametrize(("epochs", "early"), [(3, True), (13, False)])
def test_no_problems_found_is_said_with_the_epochs(epochs: int, early: bool, monkeypatch: Any) -> None:
    case = trained(DIGITS, epochs)
    monkeypatch.setattr(diagnosis, "case_of", lambda *_: case)
    app = app_of(script)
    app.session_state.session = SimpleNamespace(run=SimpleNamespace(view=lambda: None))
    app.session_state.inspected = SimpleNamespace(step=None, model=case.model)
    said = " ".join(each.value for each in app.run().markdown)
    assert not app.exception
    assert f"**No problems found** after {epochs} epochs" in said
    assert ("That is early: underfitting and a plateau show after 12.5 epochs" in said) is early
