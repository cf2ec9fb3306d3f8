"""A diagnosis without findings says after how many epochs, and how early that is; of an untrained network, nothing."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mlp.engine import RunView
from mlp.inspection.diagnostics import Case
from tests.inspection.diagnosis_cases import DIGITS, trained
from tests.ui.scripts import app_of
from ui.train import diagnosis
from ui.train.inspected import Inspected


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


def test_only_a_mark_with_other_settings_begins_a_new_judgment() -> None:
    case = trained(DIGITS, 3)
    model, step = case.model, case.model.state.step
    run = RunView(model, history=case.history, started_with=DIGITS, initial=model.state)
    faster = replace(run, model=replace(model, config=replace(DIGITS, learning_rate=0.5)))
    later = replace(faster, model=replace(faster.model, state=replace(model.state, step=step + 1)))

    def judged(*marked: RunView) -> Case:
        now = replace(marked[-1], changes=tuple(each.mark("forked") for each in marked))
        return diagnosis.case_of(Inspected(now.model, None, moving=False), now)

    assert judged(run).since == 0
    assert judged(run).trained_enough
    assert judged(faster).since == judged(run, faster).since == judged(faster, later).since == step
