"""Fine-tuning on own drawings says what came of it, and its network answers until another step is looked at."""

from concurrent.futures import Future
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mlp import RunConfig
from tests.models import model_of
from tests.ui.scripts import app_of
from ui.train.draw import Drawing
from ui.train.draw_tuning import Tuning, report

CONFIG = RunConfig(dataset="digits", hidden=(8,))


def tuning(accuracy: float = 0.5, step: int | None = None, truth: str = "7") -> Tuning:
    """Fine-tuning of a network that was correct for half of the validation set, and then has this accuracy."""
    before, done = model_of(CONFIG, steps=20), Future[Any]()
    state = replace(before.state, step=110)
    measured = {"before": SimpleNamespace(accuracy=0.5), "after": SimpleNamespace(accuracy=accuracy)}
    done.set_result(SimpleNamespace(report=SimpleNamespace(diverged="", step=110), state=state, **measured))
    split = before.dataset.validation
    return Tuning("", step, before, (Drawing(b"", truth),), split.inputs[:1], split.labels[:1], done, fork="fork")


def said(monkeypatch: pytest.MonkeyPatch, of: Tuning) -> tuple[str, str]:
    """Return the table and the sentences below it."""
    words: list[str] = []
    for element in ("markdown", "caption"):
        monkeypatch.setattr(st, element, words.append)
    report(of, [], of.images, of.labels)
    table, sentences = words
    return table, sentences


def test_a_class_that_may_be_given_too_often_is_named_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "All of them are “\\$a\\$”" in said(monkeypatch, tuning(truth="$a$"))[1]


def test_a_network_that_has_forgotten_much_is_not_said_to_remember(monkeypatch: pytest.MonkeyPatch) -> None:
    table, sentences = said(monkeypatch, tuning(accuracy=0.49))
    assert "| before (step 20) | fine-tuned |" in table
    assert (
        "on 90 mini-batches of your drawings mixed with training examples. These keep it from forgetting" in sentences
    )
    _, sentences = said(monkeypatch, tuning(accuracy=0.3))
    assert "Even so, it has forgotten some of what it knew: check that each drawing is named correctly." in sentences


def test_when_the_slider_moves_the_network_at_its_step_answers() -> None:
    def page() -> None:
        import streamlit as st

        from ui.train.draw_tuning import choose_network

        st.session_state.chosen = choose_network(
            st.session_state.session, st.session_state.step, st.session_state.tuning
        )

    def at(step: int | None) -> str:
        app.session_state.step = step
        app.run()
        assert not app.exception
        return answers()

    def answers() -> str:
        chosen = app.session_state.chosen
        return f"fine-tuned, step {chosen.state.step}" if chosen else "original"

    app: AppTest = app_of(page)
    app.session_state.session, app.session_state.tuning = SimpleNamespace(), tuning(step=20)
    assert at(20) == "fine-tuned, step 110"
    assert at(None) == "original"
    app.segmented_control[0].set_value(True).run()
    assert answers() == "fine-tuned, step 110"
    assert at(None) == "fine-tuned, step 110", "chosen again, it stays"
    assert at(7) == "original"
