"""What the buttons for the selected runs do."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp.engine import Engine
from mlp.store import Store
from mlp.training import Status
from tests.pools import Threads
from tests.stored_runs import SMALL
from ui.runs import actions
from ui.runs.actions import pause, resume


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
