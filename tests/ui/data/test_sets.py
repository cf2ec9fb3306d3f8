"""The list of a browser's data sets, and what a network sees of one."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mlp.datasets import roots
from mlp.datasets.own.stored import own_datasets
from mlp.datasets.preprocessing import CategoryColumn, NumberColumn
from tests.datasets.own.made import store_people
from tests.stored_runs import SMALL, run_record
from tests.ui.scripts import app_of
from ui.classroom.school_class import Gift, SchoolClass
from ui.data import sets
from ui.data.sets import explained, needed_for, runs_that_need


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only folder for imported data, empty."""
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    monkeypatch.setattr(sets, "browser_token", lambda: "me")


def listed() -> AppTest:
    def view() -> None:
        from ui.data.sets import own_sets

        own_sets()

    app = app_of(view).run()
    assert not app.exception
    return app


def test_a_browser_sees_its_own_data_sets_and_those_of_the_command_line_which_it_can_not_delete() -> None:
    store_people(label="*Mine*", token="me")
    store_people(label="Theirs", token="you", labels=[0, 1] * 49 + [0, 0])
    store_people(label="Everybody's", labels=[0, 1] * 48 + [0, 0, 0, 0])
    assert len(own_datasets()) == 3
    app = listed()
    names = [text.value for text in app.markdown]
    assert names == ["##### Your data sets", "**Everybody's**", r"**\*Mine\***"]
    assert app.caption[0].value.startswith("100 rows of 2 columns · 2 classes · ")
    off = [(button.label, button.disabled) for button in app.button]
    assert off == [
        *[("Use", False), ("Details", False), ("Rename", True), ("Delete", True)],
        *[(word, False) for word in ("Use", "Details", "Rename", "Delete")],
    ]


def test_a_browser_without_data_sets_sees_no_list() -> None:
    store_people(token="you")
    assert len(listed().markdown) == 0


def test_inputs_are_explained() -> None:
    age = NumberColumn("age", median=30, mean=32.25, scale=10, low=2, high=80, flag=True)
    assert explained(age) == [("age", "(age − 32.25) / 10; 30 if missing"), ("age missing", "1 if missing, else 0")]
    size = NumberColumn("size", median=1, mean=123_456, scale=0.5, low=0, high=2)
    assert explained(size) == [("size", "(size − 123,500) / 0.5")]
    city = CategoryColumn("city", ("Bonn",), other=True)
    assert explained(city) == [("city = Bonn", "1 if so, else 0"), ("city = other", "1 if so, else 0")]


def test_runs_that_need_a_data_set_are_called_as_on_the_runs_page() -> None:
    stored = [
        run_record(id="newer", created=2.0),
        run_record(replace(SMALL, dataset="moons"), id="moons"),
        run_record(id="older", created=1.0),
        run_record(id="mine", name="Mine"),
    ]
    assert runs_that_need("digits", stored) == ["Digits (2)", "Digits (1)", "Mine"]


def test_before_data_is_deleted_it_is_said_what_the_class_does_with_it() -> None:
    room = SchoolClass()
    assert needed_for([], 0, "digits", room) == []
    room.give(Gift("boundary", {"dataset": ["digits"]}, "words"))
    room.start_together("digits", None, 5)
    runs, challenge, given = needed_for(["a", "*b*"], 1, "digits", room)
    assert runs == "2 runs need it (1 trains now) and can't be opened without:\n- a\n- \\*b\\*"
    assert challenge.startswith("The class's challenge is on it: nobody can take part")
    assert given.startswith("The settings that the teacher gave the class use it")
    assert needed_for([], 0, "moons", room) == []
    room.end_challenge()
    room.take_back()
    (challenge,) = needed_for([], 0, "digits", room)
    assert challenge.endswith("what is not measured yet on its test set stays unknown.")
    room.clear_challenge()
    assert needed_for([], 0, "digits", room) == []
