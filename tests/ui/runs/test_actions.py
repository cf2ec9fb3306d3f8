"""What the buttons for the selected runs do."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp.datasets import load_dataset
from mlp.engine import Engine
from mlp.store import Store
from mlp.training import Checkpoint, Model, Status, initial_state
from tests.pools import Threads
from tests.stored_runs import SMALL
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
