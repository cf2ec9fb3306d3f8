"""What the buttons for the selected runs do."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st

from mlp.datasets import load_dataset
from mlp.engine import Engine
from mlp.store import Store
from mlp.training import Checkpoint, Model, Status, initial_state
from tests.pools import Threads
from tests.stored_runs import SMALL, run_record
from tests.ui.scripts import app_of
from ui.parts import server
from ui.runs import actions
from ui.runs.actions import _act, _delete, pause, resume


def test_a_page_drawn_right_after_pause_or_resume_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store,
        closing(Engine(Threads, store=store)) as engine,
    ):
        monkeypatch.setattr(actions, "store", lambda: store)
        monkeypatch.setattr(actions, "engine", lambda: engine)
        runs = [engine.open(replace(SMALL, epochs=1000, seed=seed)) for seed in range(2)]
        for run in runs:
            run.start()
        store.flush()
        for act, status in ((pause, {Status.PAUSED, Status.READY}), (resume, {Status.RUNNING})):
            act(store.runs())
            assert {run.status for run in store.runs()} <= status


def test_a_run_that_was_handed_over_meanwhile_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        monkeypatch.setattr(actions, "store", lambda: store)
        monkeypatch.setattr(server, "store", lambda: store)
        monkeypatch.setattr(server, "browser_token", lambda: "me")
        digits = load_dataset(SMALL.dataset)
        checkpoint = Checkpoint(Model(SMALL, digits, initial_state(SMALL, digits)))
        mine, given = (store.begin(checkpoint, "me") for _ in range(2))
        store.flush()
        drawn = store.runs()
        store.hand_over(given, "you")
        _act(_delete, drawn)
        assert [run.id for run in store.runs()] == [given]
        assert store.run(mine).deleted


def buttons() -> None:
    import streamlit as st

    from ui.runs.actions import toolbar

    toolbar(st.session_state.runs, {run.id: run.id for run in st.session_state.runs}, 2)


def test_a_trial_whose_time_was_over_is_not_resumed_with_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "may_steer", lambda run_id: True)
    monkeypatch.setattr(st, "page_link", lambda *_, **more: None)  # there is no other page here
    app = app_of(buttons)
    complete = run_record(id="complete", status="paused", trial='{"number": 1, "outcome": "complete"}')
    for runs, offered in (([complete], []), ([complete, run_record(id="paused", status="paused")], ["Resume"])):
        app.session_state.runs = runs
        assert not app.run().exception
        assert [button.label for button in app.button if button.label.startswith("Resume")] == offered
