"""The filter above the table of runs finds them by words, also by numbers and percentages within a name."""

from dataclasses import replace

import pytest

from tests.stored_runs import SMALL, run_record
from tests.ui.scripts import app_of
from ui.runs import table
from ui.runs.table import _has, _parts


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser called "me"."""
    monkeypatch.setattr(table, "browser_token", lambda: "me")


def filter_of_two() -> None:
    import streamlit as st

    from tests.ui.runs.test_filter import FOUND
    from ui.runs.table import filtered

    st.session_state.found = [run.id for run in filtered(FOUND)]


FOUND = [
    run_record(replace(SMALL, hidden=(100, 200), dropout=0.125), id="one", name="My_Run-4 (2)", tags=("iris.csv",)),
    run_record(
        replace(SMALL, optimizer="adam", learning_rate=0.15, seed=7),
        id="other",
        status="paused",
        search="abc",
        trial='{"number": 3, "outcome": "pruned"}',
    ),
]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Run", ["one"]),
        ("run 4", ["one"]),
        ("pruned", ["other"]),
        ("prun 0.1", ["other"]),
        ("ada", ["other"]),
        ("digi 0.1", ["one", "other"]),
        ("15", []),
        ("200", ["one"]),
        ("100–2", ["one"]),
        ("csv", ["one"]),
        ("(2", ["one"]),
        ("trial 3", ["other"]),
        *[(words, ["one"]) for words in ("dropout 12.5 %", "12.5%", "12.5\u202f%", "dropout 0.125")],
    ],
)
def test_words_of_the_filter_are_found_where_a_word_begins(words: str, found: list[str]) -> None:
    app = app_of(filter_of_two).run()
    app.text_input[0].set_value(words).run()
    assert not app.exception
    assert app.session_state.found == found


@pytest.mark.parametrize("words", ["noise 20 %", "20%", "0.3", "100", "2", "2b", "30.11", "11", "11.2026", "2026"])
def test_numbers_in_what_a_person_wrote_are_found_after_a_letter_and_in_a_date(words: str) -> None:
    named = replace(FOUND[1], name="Noise 20 % lr0.3 30.11.2026", tags=("h100",), notes="layer2b at 50 %")
    assert _has(named, _parts(words))


@pytest.mark.parametrize("word", ["15", "00", "026", "oise", "3x", "2"])
def test_numbers_are_not_found_within_others_nor_within_an_id(word: str) -> None:
    run = replace(FOUND[1], id="abcd3xyz", search="q2k", name="Noise 0.15", tags=("h100",), notes="2026")
    assert _has(run, _parts(word)) is (word == "2")
