"""A desk keeps its run in step with the settings, and loses nothing by a mistake."""

import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp import RunConfig
from mlp.engine import LiveRun, Status
from mlp.store import Store
from ui.parts import session
from ui.parts.session import Desk

CONFIG = RunConfig(dataset="digits", hidden=(8,))


class Idle:
    """An engine that never trains."""

    def open(self, config: RunConfig, token: str) -> LiveRun:
        return LiveRun(config, threading.RLock(), lambda run: None, time.monotonic)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(session, "engine", Idle)
    desk = Desk()
    assert desk.follow(CONFIG) == []
    return desk


def shown(desk: Desk) -> LiveRun:
    assert desk.own is not None
    return desk.own


def test_an_untrained_run_is_replaced(desk: Desk) -> None:
    other = replace(CONFIG, hidden=(9,), learning_rate=0.2)
    assert desk.follow(other) == []
    assert shown(desk).view().config == other


def test_while_it_trains_live_settings_apply_and_the_others_wait(desk: Desk) -> None:
    shown(desk).start()
    assert desk.follow(replace(CONFIG, hidden=(9,), learning_rate=0.2)) == ["hidden"]
    assert shown(desk).view().config == replace(CONFIG, learning_rate=0.2)
    assert shown(desk).status is Status.RUNNING
    assert desk.follow(replace(CONFIG, learning_rate=0.2)) == []


def test_another_experiment_waits_for_a_restart(desk: Desk) -> None:
    shown(desk).start()
    other = replace(CONFIG, hidden=(9,), learning_rate=0.2)
    desk.other_experiment = True
    assert desk.follow(other) == ["hidden", "learning_rate"]
    assert shown(desk).view().config == CONFIG
    desk.reset(other)
    assert desk.follow(other) == []
    assert shown(desk).view().config == other


def test_settings_that_are_undone_apply_again(desk: Desk) -> None:
    shown(desk).start()
    desk.other_experiment = True
    assert desk.follow(replace(CONFIG, hidden=(9,))) == ["hidden"]
    assert desk.follow(CONFIG) == []
    assert desk.follow(replace(CONFIG, learning_rate=0.2)) == []
    assert shown(desk).view().config.learning_rate == 0.2


def test_starting_takes_an_untouched_run_and_sets_any_other_aside(desk: Desk) -> None:
    first, other = shown(desk), replace(CONFIG, hidden=(9,))
    desk.start(other, pace=50)
    assert shown(desk) is first
    assert (first.view().status, first.view().config) == (Status.RUNNING, other)
    before = desk.is_over
    first.status = Status.FINISHED
    assert (before, desk.is_over) == (False, True)
    desk.start(CONFIG, pace=50)
    assert desk.earlier is first
    assert (shown(desk).status, shown(desk).view().config) == (Status.RUNNING, CONFIG)
    assert desk.waiting == []


def test_a_restart_can_be_undone(desk: Desk) -> None:
    first = shown(desk)
    first.start()
    desk.reset(replace(CONFIG, seed=7))
    assert shown(desk) is not first
    assert first.status is not Status.RUNNING
    desk.bring_back()
    assert shown(desk) is first
    desk.bring_back()  # there is nothing more to bring back
    assert shown(desk) is first


def test_a_store_that_cannot_be_read_has_no_latest_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").touch()
    with closing(Store(f"sqlite:///{tmp_path}/folder/runs.sqlite3")) as unreadable:
        monkeypatch.setattr(session, "store", lambda: unreadable)
        monkeypatch.setattr(session, "browser_token", lambda: "token")
        assert session.latest_run() == ""
        assert "can't be opened" in unreadable.trouble
