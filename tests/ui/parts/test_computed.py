"""What a page says while something is computed for it, and once it is known what came of it."""

from concurrent.futures import Future
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mlp.engine.pool import WorkerDied
from tests.ui.scripts import app_of


def script() -> None:
    import streamlit as st

    from ui.parts.computed import when_computed

    def show(answer: str) -> None:
        st.text(answer)

    when_computed("the answer", lambda: st.session_state["future"], show)


def page(future: Future[Any]) -> AppTest:
    page = app_of(script)
    page.session_state["future"] = future
    return page.run()


def words(page: AppTest) -> list[str]:
    assert not page.exception
    return [each.value for each in (*page.info, *page.error, *page.text)]


def test_a_page_says_that_it_waits_and_then_shows_the_result() -> None:
    future: Future[str] = Future()
    shown = page(future)
    assert words(shown) == ["Computing the answer …"]
    future.set_result("42")
    assert words(shown.run()) == ["42"]


def far_script() -> None:
    import streamlit as st

    from ui.parts.computed import when_computed

    def show(answer: str) -> None:
        st.text(answer)

    when_computed("the file", lambda: st.session_state["future"], show, lambda: 0.25)


def test_a_bar_shows_how_far_it_is_until_it_is_done() -> None:
    page = app_of(far_script)
    future: Future[str] = Future()
    page.session_state["future"] = future
    [bar] = page.run().get("progress")
    assert (bar.proto.value, bar.proto.text) == (25, "Computing the file …")
    future.set_result("done")
    assert not page.run().get("progress")
    assert words(page) == ["done"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("The weights are NaN."), "The weights are NaN."),
        (
            OSError(28, "No space left on device"),
            "On the server, the answer can't be written: No space left on device. "
            "Make room on its disk, then try again.",
        ),
        (
            WorkerDied("The worker exited with code 3"),
            "The worker exited with code 3 while computing the answer. Please try again.",
        ),
    ],
)
def test_a_page_says_why_there_is_no_result(error: Exception, sentence: str) -> None:
    future: Future[str] = Future()
    future.set_exception(error)
    assert words(page(future)) == [sentence]
