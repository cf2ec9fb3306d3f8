"""What differs between the selected runs is shown, settings that were changed while they trained included."""

from dataclasses import replace

import pytest

from mlp.comparison.groups import one_by_one
from tests.stored_runs import SMALL, run_record
from tests.ui.scripts import app_of
from ui.runs import views


def differences() -> None:
    import streamlit as st

    from ui.runs.views import different_settings

    different_settings(st.session_state.groups)


def test_a_setting_that_was_changed_on_the_way_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "browser_token", lambda: "me")
    steady = run_record(replace(SMALL, learning_rate=0.5), created=2.0)
    changed = run_record(
        replace(SMALL, learning_rate=0.5), initial_config_json=replace(SMALL, learning_rate=0.1).to_json()
    )
    app = app_of(differences)
    app.session_state.groups = one_by_one([steady, changed])
    table = app.run().dataframe[0].value
    assert table.columns.tolist() == ["", "Learning rate", "Seed"]
    assert table["Learning rate"].tolist() == ["0.5", "0.1 → 0.5"]
