"""The feed answers only those who know a session's token, and sends nothing twice."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from mlp import RunConfig
from mlp.engine import Run, RunView, Status, StoredRun
from mlp.training.quantum import train_quantum
from tests.ui.asking import Answer, ask
from tests.ui.classroom.trained import Named
from tests.waiting import wait_until
from ui.parts import routes
from ui.parts.answer_times import BUSY, AnswerTimes
from ui.parts.session import give_up
from ui.parts.view_options import ViewOptions
from ui.train.feed import feed_address
from ui.train.live import content
from ui.train.session import TrainSession

CONFIG = RunConfig(dataset="digits", hidden=(8,))


@pytest.fixture
def session() -> TrainSession:
    session = TrainSession()
    session.show(Run(CONFIG))
    return session


def train(run: Run | StoredRun | None) -> None:
    assert isinstance(run, Run)
    if run.status is not Status.RUNNING:
        run.start()
    quantum = run.next_quantum(1)
    run.receive(quantum, train_quantum(*quantum), 0.0)


def test_the_answer_is_the_panel_and_then_nothing_until_there_is_news(session: TrainSession) -> None:
    train(session.run)
    address = feed_address(session)
    first = ask(address)
    panel = first.json()
    assert (first.status, panel["status"]["word"]) == (200, "Training")
    assert ask(f"{address}?seen={panel['version']}").status == 204
    train(session.run)
    later = ask(f"{address}?seen={panel['version']}").json()
    assert later["status"]["numbers"]["step"] != panel["status"]["numbers"]["step"]


def test_who_has_the_latest_of_a_run_in_training_waits_for_news_and_is_told_at_once(
    session: TrainSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "WAIT_SECONDS", 60.0)
    train(session.run)
    run, address = session.run, feed_address(session)
    assert isinstance(run, Run)

    def next_news() -> Future[Answer]:
        answer = pool.submit(ask, f"{address}?seen={ask(address).json()['version']}")
        wait_until(lambda: run.news.is_heard)
        assert not answer.done()
        return answer

    with ThreadPoolExecutor() as pool:
        trained = next_news()
        train(run)
        assert trained.result(30).json()["status"]["numbers"]["step"] == f"{run.view().state.step:,}"
        paused = next_news()
        run.pause()
        assert paused.result(30).json()["status"]["word"] == "Paused"
    assert not run.news.is_heard
    assert ask(f"{address}?seen={ask(address).json()['version']}").status == 204, "of one that rests, there is no news"


def test_who_waits_for_a_control_is_told_only_how_the_run_stands(session: TrainSession) -> None:
    train(session.run)
    address = feed_address(session)
    assert ask(f"{address}?brief=true").json() == {"status": ask(address).json()["status"]}


def test_a_panel_whose_run_another_browser_has_taken_asks_for_the_page_again(session: TrainSession) -> None:
    run = Run(CONFIG, listener=Named("taken"))
    session.show(run)
    train(run)
    address, other = feed_address(session), TrainSession()
    other.show(run, watching=True)
    seen = ask(address).json()["version"]
    give_up("taken")
    for question in ("", f"?seen={seen}", "?brief=true"):
        assert ask(address + question).json()["status"]["kind"] == "taken"
    assert ask(feed_address(other)).json()["status"]["kind"] == "running", "it watched before"
    session.show(run, watching=True)
    assert ask(address).json()["status"]["kind"] == "running"


def test_all_who_watch_a_run_get_what_was_made_once(session: TrainSession, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(view: RunView, *more: Any) -> dict[str, Any]:
        made.append(view)
        return content(view, *more)

    monkeypatch.setattr("ui.train.feed.content", counted)
    train(session.run)
    watching = [TrainSession() for _ in range(3)]
    for each in watching:
        assert session.run is not None
        each.show(session.run, watching=True)
    first, *others = (ask(feed_address(each)).json() for each in (session, *watching))
    assert others == [first] * 3
    assert len(made) == 1
    watching[0].options = ViewOptions(x="seconds")
    assert ask(feed_address(watching[0])).json()["charts"] != first["charts"]
    train(session.run)
    assert ask(feed_address(session)).json()["status"] != first["status"]
    assert len(made) == 3


def test_charts_that_rest_and_what_another_view_hides_are_not_sent(session: TrainSession) -> None:
    train(session.run)
    address = feed_address(session)
    whole, resting, above_another_view = (ask(f"{address}?{part}").json() for part in ("", "rest=yes", "header=yes"))
    assert whole.pop("charts").keys() >= {"accuracy", "loss", "weights"}
    assert whole.pop("firstLayer")
    assert resting == whole
    del whole["predictions"]
    assert above_another_view == whole


def test_a_panel_of_a_run_that_trains_says_that_the_server_is_busy(
    session: TrainSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = AnswerTimes(iter(range(1000)).__next__)
    monkeypatch.setattr("ui.train.feed.answer_times", times)
    monkeypatch.setattr("ui.parts.routes.answer_times", times)
    train(session.run)
    address = feed_address(session)
    assert ask(address).json()["trouble"] == ""
    for _ in range(30):
        times.note(0.6)
    assert ask(address).json()["trouble"] == BUSY
    for _ in range(60):
        ask(f"{address}?brief=yes")  # each is noted
    assert ask(address).json()["trouble"] == ""
    for _ in range(30):
        times.note(0.6)
    assert isinstance(session.run, Run)
    session.run.pause()
    assert ask(address).json()["trouble"] == "", "a run at rest is not asked about again"


def test_curves_are_shown_as_the_tab_wants_them(session: TrainSession) -> None:
    train(session.run)
    session.options = ViewOptions(x="seconds", log_loss=True)
    loss = ask(feed_address(session)).json()["charts"]["loss"]["layout"]
    assert loss["yaxis"]["type"] == "log"
    assert "seconds" in [note["text"] for note in loss["annotations"]]


def test_nobody_is_told_of_a_session_that_is_not_theirs_or_has_left_its_run(session: TrainSession) -> None:
    assert len({TrainSession().token for _ in range(100)}) == 100
    assert len(session.token) >= 40
    assert session.token in feed_address(session)
    assert ask("live/guessed").status == 404
    session.leave()
    assert ask(feed_address(session)).status == 404
