"""A session keeps its run in step with the settings, and loses nothing by a mistake."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp import Model, RunConfig, initial_state, load_dataset
from mlp.engine import Engine, Run, Status
from mlp.store import Store, StoreError
from mlp.training import Checkpoint
from tests.pools import Threads
from tests.ui.scripts import app_of
from ui.parts import server
from ui.parts import session as any_session
from ui.train import session as train_session
from ui.train import transport
from ui.train.session import TrainSession

CONFIG = RunConfig(dataset="digits", hidden=(8,))
DIGITS = load_dataset("digits")


def buttons() -> None:
    import streamlit as st

    from ui.train.transport import read_only_buttons

    if st.session_state.session.is_read_only:
        read_only_buttons(st.session_state.session)


class Idle:
    """An engine that never trains."""

    def open(self, config: RunConfig, token: str) -> Run:
        return Run(config)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> TrainSession:
    monkeypatch.setattr(train_session, "engine", Idle)
    session = TrainSession()
    session.follow(CONFIG)
    assert session.waiting == []
    return session


def shown(session: TrainSession) -> Run:
    assert session.own is not None
    return session.own


def test_an_untrained_run_is_replaced(session: TrainSession) -> None:
    other = replace(CONFIG, hidden=(9,), learning_rate=0.2)
    session.follow(other)
    assert session.waiting == []
    assert shown(session).view().config == other


def test_while_it_trains_live_settings_apply_and_the_others_wait(session: TrainSession) -> None:
    shown(session).start()
    session.follow(replace(CONFIG, hidden=(9,), learning_rate=0.2))
    assert session.waiting == ["hidden"]
    assert shown(session).view().config == replace(CONFIG, learning_rate=0.2)
    assert shown(session).status is Status.RUNNING
    session.follow(replace(CONFIG, learning_rate=0.2))
    assert session.waiting == []


def test_single_examples_wait_with_the_end_of_batch_normalization_for_a_restart(session: TrainSession) -> None:
    session.follow(replace(CONFIG, batch_norm=True))
    shown(session).start()
    session.follow(replace(CONFIG, batch_size=1, learning_rate=0.2))
    assert session.waiting == ["batch_norm", "batch_size"]
    assert shown(session).view().config == replace(CONFIG, batch_norm=True, learning_rate=0.2)


def test_settings_that_are_undone_apply_again(session: TrainSession) -> None:
    shown(session).start()
    session.other_experiment = True
    session.follow(replace(CONFIG, hidden=(9,)))
    assert session.waiting == ["hidden"]
    session.follow(CONFIG)
    assert session.waiting == []
    session.follow(replace(CONFIG, learning_rate=0.2))
    assert session.waiting == []
    assert shown(session).view().config.learning_rate == 0.2


def test_starting_takes_an_untouched_run_and_sets_any_other_aside(session: TrainSession) -> None:
    first, other = shown(session), replace(CONFIG, hidden=(9,))
    session.start(other, pace=50)
    assert shown(session) is first
    assert (first.view().status, first.view().config) == (Status.RUNNING, other)
    before = session.is_over
    first.lose(ValueError("No luck."))
    assert (before, session.is_over) == (False, True)
    session.start(CONFIG, pace=50)
    assert session.earlier is first
    assert (shown(session).status, shown(session).view().config) == (Status.RUNNING, CONFIG)
    assert session.waiting == []


def test_a_store_that_cannot_be_read_has_no_latest_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").touch()
    with closing(Store(f"sqlite:///{tmp_path}/folder/runs.sqlite3")) as unreadable:
        monkeypatch.setattr(server, "store", lambda: unreadable)
        monkeypatch.setattr(server, "browser_token", lambda: "token")
        assert server.latest_run() == ""
        assert "can't be opened" in unreadable.trouble


def test_a_run_that_another_server_trains_can_be_resumed_here_once_it_pauses_there_and_stays_there_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/runs.sqlite3"
    with closing(Store(url)) as here, closing(Store(url)) as there, closing(Engine(Threads, store=here)) as engine:
        for module in (train_session, any_session):
            monkeypatch.setattr(module, "engine", lambda: engine)
        for module in (train_session, transport):
            monkeypatch.setattr(module, "store", lambda: here)
        monkeypatch.setattr(transport, "open_run", TrainSession.open)
        mine = [True]
        monkeypatch.setattr(train_session, "may_steer", lambda run_id: mine[0])
        begun = Checkpoint(Model(CONFIG, DIGITS, initial_state(CONFIG, DIGITS)), Status.RUNNING)
        run_id = there.begin(begun, "token")
        assert there.flush()

        owner, watcher, giver = TrainSession(), TrainSession(), TrainSession()
        owner.open(run_id)
        giver.open(run_id)
        mine[0] = False
        watcher.open(run_id)
        assert [each.is_elsewhere for each in (owner, watcher, giver)] == [True, False, True]
        assert owner.why_read_only == "this run is on another server"
        assert watcher.why_read_only == "another browser controls this run"
        assert all(each.is_read_only for each in (owner, watcher, giver))
        app = app_of(buttons)
        app.session_state["session"] = owner
        assert [button.label for button in app.run().button] == ["Fork", "New run"]
        assert app.markdown[0].value.endswith("this run is on another server. Pause it there to go on here.")

        there.record(run_id, replace(begun, status=Status.PAUSED))
        assert there.flush()
        assert [button.label for button in app.run().button] == ["Fork", "New run", "Resume here"]
        assert owner.is_read_only
        assert here.run(run_id).server == there.server, "a look takes nothing"
        giver.open(run_id)
        assert not giver.is_elsewhere, "it was handed over meanwhile"
        mine[0] = True
        app.button[2].click().run()
        assert owner.own is engine.find(run_id) is not None
        assert shown(owner).status is Status.RUNNING, "one click is enough"
        assert here.run(run_id).server == here.server


def test_a_run_that_was_deleted_opens_in_no_other_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store, closing(Engine(Threads, store=store)) as engine:
        monkeypatch.setattr(train_session, "engine", lambda: engine)
        monkeypatch.setattr(train_session, "may_steer", lambda run_id: False)
        run_id = store.begin(Checkpoint(Model(CONFIG, DIGITS, initial_state(CONFIG, DIGITS))), "token")
        store.delete(run_id)
        session = TrainSession()
        with pytest.raises(StoreError, match="was deleted"):
            session.open(run_id)
        assert session.run is None
