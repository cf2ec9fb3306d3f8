"""The table of runs shows every stored run, also one whose data set is not in the list of data sets, or is gone."""

from dataclasses import replace

from streamlit.testing.v1 import AppTest

from mlp.datasets import Recipe
from mlp.store import RunRecord
from tests.stored_runs import SMALL, run_record
from ui.runs.table import frame, names_by_id

NOISY = Recipe("moons", noise=0.3).name


def with_data(name: str) -> RunRecord:
    """A run as it was stored when there was a data set of this name."""
    settings = replace(SMALL, dataset=name).to_json()
    return replace(run_record(id=name), dataset=name, config_json=settings, initial_config_json=settings)


def filter_alone() -> None:
    import streamlit as st

    from tests.ui.runs.test_table import NOISY, with_data
    from ui.runs.table import filtered

    st.session_state.found = [run.id for run in filtered([with_data("digits"), with_data(NOISY), with_data("gone")])]


def test_runs_are_found_by_their_data_set_whatever_became_of_it() -> None:
    app = AppTest.from_function(filter_alone).run()
    assert not app.exception
    (pills,) = app.button_group
    assert pills.options == ["Digits, 8 × 8", "Moons", "gone"]
    for word, found in (("gone", ["gone"]), ("moons", [NOISY]), ("", ["digits", NOISY, "gone"])):
        app.text_input[0].set_value(word).run()
        assert app.session_state.found == found


def test_the_table_calls_each_data_set_by_its_label() -> None:
    runs = [with_data("digits"), with_data(NOISY), with_data("gone")]
    table = frame(runs, names_by_id(runs), {})
    assert table["dataset"].tolist() == ["Digits, 8 × 8", "Moons", "gone"]
    assert table["run"].tolist() == ["Digits", "Moons", "gone"]
