"""A diagnosis without findings says after how many epochs, and how early that is; of an untrained network, nothing."""

from types import SimpleNamespace
from typing import Any

import pytest

from mlp.inspection.diagnostics import Case
from tests.inspection.diagnosis_cases import DIGITS, trained
from tests.ui.scripts import app_of
from ui.train import diagnosis


def script() -> None:
    import streamlit as st

    from ui.train.diagnosis import diagnosis

    diagnosis(st.session_state.session, st.session_state.inspected)


def said_of(case: Case, monkeypatch: Any) -> str:
    monkeypatch.setattr(diagnosis, "case_of", lambda *_: case)
    app = app_of(script)
    app.session_state.session = SimpleNamespace(run=SimpleNamespace(view=lambda: None))
    app.session_state.inspected = SimpleNamespace(step=None, model=case.model)
    said = " ".join(each.value for each in app.run().markdown)
    assert not app.exception
    return said


@pytest.mark.parametrize(("epochs", "early"), [(3, True), (13, False)])
def test_no_problems_found_is_said_with_the_epochs(epochs: int, early: bool, monkeypatch: Any) -> None:
    said = said_of(trained(DIGITS, epochs), monkeypatch)
    assert f"**No problems found** after {epochs} epochs" in said
    assert ("That is early: underfitting and a plateau show after 12.5 epochs" in said) is early


def test_nothing_is_found_or_not_found_in_a_network_that_has_hardly_trained(monkeypatch: Any) -> None:
    said = said_of(trained(DIGITS, 0), monkeypatch)
    assert "No problems found" not in said
    assert "**Nothing to judge yet**: the run has trained too little with these settings" in said
