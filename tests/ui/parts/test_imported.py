"""The notes on an import are shown with its data set, until dismissed."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mlp.datasets import roots
from mlp.datasets.own.stored import delete
from tests.datasets.own.made import store_people
from tests.ui.scripts import app_of
from ui.parts import imported


def shown(name: str, chosen: str) -> AppTest:
    def view() -> None:
        import streamlit as st

        from ui.parts.imported import note_import, show_import_notes

        if "chosen" not in st.session_state:
            st.session_state.chosen = st.query_params["chosen"]
            note_import(st.query_params["name"])
        show_import_notes(st.session_state.chosen)

    app = app_of(view)
    app.query_params |= {"name": name, "chosen": chosen}
    app.run()
    assert not app.exception
    return app


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only folder for imported data, empty."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    monkeypatch.setattr(imported, "browser_token", lambda: "me")


def stored(label: str = "Mine") -> str:
    """Store a table with a class of a single row."""
    return store_people([0, 1] * 49 + [0, 2], names=("A", "B", "<b>C"), label=label, token="me")


def test_notes_are_shown_until_dismissed() -> None:
    name = stored("*Mine*")
    app = shown(name, name)
    assert app.get("popover")[0].proto.popover.label.startswith("**\\*Mine\\***: Class")
    said = app.markdown[0].value
    assert "\\<b\\>C" in said
    app.button[0].click().run()
    assert len(app.markdown) == 0


def test_notes_are_those_of_the_chosen_data_that_is_still_there() -> None:
    name = stored()
    assert len(shown(name, "").markdown) == 1
    assert len(shown(name, "mnist").markdown) == 0
    delete(name)
    assert len(shown(name, "").markdown) == 0
