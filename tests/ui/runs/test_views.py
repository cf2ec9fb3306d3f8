"""What differs between the selected runs is shown, settings that were changed while they trained included."""

from dataclasses import replace

import pytest
import streamlit as st

from mlp.comparison.groups import MOST_COMPARED, one_by_one
from mlp.installation import PROGRAM
from tests.stored_runs import SMALL, keep, run_record
from tests.ui.scripts import app_of
from ui.parts.server import store
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


def test_runs_that_are_too_many_to_draw_are_compared_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(st.context), "cookies", {})
    monkeypatch.setattr(st, "page_link", lambda *_, **__: None)  # alone, the page knows no others
    rates = [*(0.001 * (1 + place) for place in range(MOST_COMPARED)), 0.5]  # the last one learns
    runs = [keep(store(), replace(SMALL, epochs=1, learning_rate=rate), "me") for rate in rates]
    assert store().flush()
    app = app_of(PROGRAM / "pages/runs.py")
    app.query_params["runs"] = ",".join(runs)
    app.run()
    assert not app.exception
    assert "are too many to distinguish: the first 12 are drawn" in app.info[0].value
    assert "0.5 scored highest with" in next(text.value for text in app.markdown if "Which learning rate" in text.value)
    (differ,) = [table.value for table in app.dataframe if "Seed" in table.value]
    assert differ["Learning rate"].tolist()[-1] == "0.5"
