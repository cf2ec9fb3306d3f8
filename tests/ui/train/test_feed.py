"""The feed answers only those who know a session's token, and sends nothing twice."""

import json
from urllib.parse import urlencode

import pytest
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from mlp import RunConfig
from mlp.engine import Run, StoredRun
from mlp.training.quantum import train_quantum
from ui.parts.view_options import ViewOptions
from ui.train.feed import feed_address, feed_route
from ui.train.session import TrainSession

CONFIG = RunConfig(dataset="digits", hidden=(8,))


@pytest.fixture
def session() -> TrainSession:
    session = TrainSession()
    session.show(Run(CONFIG))
    return session


def ask(token: str, seen: str = "", **also: str) -> Response:
    query = urlencode({"seen": seen, **also}).encode()
    request = Request({"type": "http", "path_params": {"token": token}, "query_string": query, "headers": []})
    response: Response = feed_route().endpoint(request)
    return response


def train(run: Run | StoredRun | None) -> None:
    assert isinstance(run, Run)
    run.start()
    quantum = run.next_quantum(1)
    run.receive(quantum, train_quantum(*quantum), 0.0)


def test_the_answer_is_the_panel_and_then_nothing_until_there_is_news(session: TrainSession) -> None:
    train(session.run)
    first = ask(session.token)
    panel = json.loads(bytes(first.body))
    assert (first.status_code, panel["status"]["word"]) == (200, "Training")
    assert ask(session.token, panel["mark"]).status_code == 204
    train(session.run)
    later = json.loads(bytes(ask(session.token, panel["mark"]).body))
    assert later["status"]["numbers"]["step"] != panel["status"]["numbers"]["step"]


def test_who_waits_for_a_control_is_told_only_how_the_run_stands(session: TrainSession) -> None:
    train(session.run)
    brief = json.loads(bytes(ask(session.token, brief="true").body))
    assert brief == {"status": json.loads(bytes(ask(session.token).body))["status"]}


def test_charts_that_rest_and_what_another_view_hides_are_not_sent(session: TrainSession) -> None:
    train(session.run)
    whole, resting = (json.loads(bytes(ask(session.token, rest=rest).body)) for rest in ("", "yes"))
    assert whole.pop("charts").keys() >= {"accuracy", "loss", "weights"}
    assert resting == whole
    above_another_view = json.loads(bytes(ask(session.token, header="yes").body))
    assert {
        name: part for name, part in whole.items() if name not in ("predictions", "firstLayer")
    } == above_another_view


def test_curves_are_shown_as_the_tab_wants_them(session: TrainSession) -> None:
    train(session.run)
    session.options = ViewOptions(x="seconds", log_loss=True)
    loss = json.loads(bytes(ask(session.token).body))["charts"]["loss"]["layout"]
    assert loss["yaxis"]["type"] == "log"
    assert "seconds" in [note["text"] for note in loss["annotations"]]


def test_nobody_is_told_of_a_session_that_is_not_theirs_or_is_cleared(session: TrainSession) -> None:
    assert len({TrainSession().token for _ in range(100)}) == 100
    assert len(session.token) >= 40
    assert session.token in feed_address(session)
    assert ask("guessed").status_code == 404
    session.close()
    assert ask(session.token).status_code == 404


@pytest.mark.parametrize(("base", "path"), [("", "/live/{token}"), ("/class/", "/class/live/{token}")])
def test_the_route_lies_where_the_page_asks(base: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.__getitem__)
    assert feed_route().path == path
