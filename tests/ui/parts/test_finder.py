"""The finder's dialog shows a search while a worker goes on with it, and then the rate that it suggests."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mlp.charts.finder import rate_search
from mlp.engine.pool import WorkerDied
from mlp.training.finder import RATES, RateSearch
from tests.models import model_of, with_parameters
from tests.stored_runs import SMALL
from tests.ui.scripts import app_of
from ui.parts import finder
from ui.parts.finder import LiveRateSearch


class Worker:
    """An engine whose worker does its work when a test says so."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append(lambda: future.set_result(function(*arguments)))
        return future

    def work(self) -> None:
        self.waiting.pop()()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    worker = Worker()
    monkeypatch.setattr(finder, "engine", lambda: worker)
    return worker


def script() -> None:
    import streamlit as st

    from ui.parts.finder import _followed

    _followed(st.session_state.live, lambda rate: None)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the dialog's live region was given, look by look."""
    said: list[str] = []

    def component(name: str, html: str) -> Callable[..., None]:
        assert (name, 'role="status"' in html) == ("parts/said", True)
        return lambda *, key, data: said.append(data["sentence"])

    monkeypatch.setattr(finder, "component", component)
    return said


def words(app: AppTest) -> str:
    assert not app.exception
    return " ".join(each.value for each in (*app.markdown, *app.caption, *app.warning, *app.error))


def test_each_look_shows_how_far_it_is_until_a_rate_is_suggested(
    worker: Worker, said: list[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(finder, "PIECE_SECONDS", 0.0)  # a step a piece
    app = app_of(script)
    app.session_state.live = live = LiveRateSearch(model_of(SMALL))
    assert words(app.run()) == "Searching …"
    assert words(app.run()) == "Searching …"
    assert len(worker.waiting) == 1, "one piece at a time"
    worker.work()
    assert words(app.run()) == "Searching: 0.000001 so far …"
    monkeypatch.setattr(finder, "PIECE_SECONDS", 60.0)
    worker.work()
    app.run()
    worker.work()
    assert said[0] == said[-1] == "", "there from the first look on, or no screen reader would announce it"
    app.run()
    assert said[-1].startswith("Suggested: **")
    assert not worker.waiting
    assert 0.01 < live.search.suggestion().rate < 10
    assert app.button(key="use_rate").label == f"Use {live.search.suggestion().rate:g}"


def test_a_search_that_has_ended_is_looked_at_no_more(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float | None] = []

    def fragment(part: Callable[..., None], run_every: float | None) -> Callable[..., None]:
        looks.append(run_every)
        return part

    monkeypatch.setattr(st, "fragment", fragment)
    app = app_of(script)
    app.session_state.live = LiveRateSearch(model_of(SMALL))
    monkeypatch.setattr(finder, "PIECE_SECONDS", 60.0)
    app.run()
    worker.work()
    app.run()
    assert looks == [finder.LOOK_SECONDS, finder.LOOK_SECONDS, None]


def test_a_search_without_a_suggestion_says_why(worker: Worker) -> None:
    model = model_of(SMALL)
    app = app_of(script)
    app.session_state.live = LiveRateSearch(with_parameters(model, model.state.parameters * np.nan))
    app.run()
    worker.work()
    assert "Training diverges even with" in words(app.run())
    assert not app.button


def test_a_lost_worker_is_named_and_the_search_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        asked = 0

        def compute(self, *_: object) -> Future[Any]:
            self.asked += 1
            future: Future[Any] = Future()
            future.set_exception(WorkerDied("The worker was killed (signal 9), possibly out of memory"))
            return future

    broken = Broken()
    monkeypatch.setattr(finder, "engine", lambda: broken)
    app = app_of(script)
    app.session_state.live = LiveRateSearch(model_of(SMALL))
    for _ in range(3):
        app.run()
    assert "was killed (signal 9), possibly out of memory while computing the search." in words(app)
    assert broken.asked == 1


def test_the_chart_marks_what_was_found() -> None:
    losses = np.where(RATES >= 0.999, 9.0, 2.3 - 1.8 / (1 + (0.05 / RATES) ** 3))
    search = RateSearch(model_of(SMALL), losses)
    chart = rate_search(search, search.suggestion().rate)
    marks = [note["text"] for note in chart["layout"]["annotations"]]
    assert marks == ["<b>steepest fall</b>", f"<b>suggested: {search.suggestion().rate:g}</b>", "<b>edge</b>"]
    assert search.edge is not None
    assert chart["layout"]["shapes"][2]["x0"] == pytest.approx(RATES[search.edge])
    np.testing.assert_allclose(chart["data"][1]["y"], search.smooth, rtol=1e-6)
    empty = rate_search(RateSearch(model_of(SMALL)))
    assert "nothing measured yet" in empty["layout"]["meta"]["summary"]
