"""Runs that are selected together are measured as an ensemble, or a sentence says why that is not possible."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mlp import RunConfig, initial_state, load_dataset
from mlp.inspection.ensemble import ensemble as measured
from mlp.store import Store
from mlp.text import percent
from mlp.training import Status, finished
from mlp.training.best import best_of
from mlp.training.history import History
from tests.stored_runs import SMALL, checkpoint, keep, train_on
from tests.ui.scripts import app_of
from ui.runs import ensemble


class AtOnce:
    """An engine that computes at once."""

    def __init__(self) -> None:
        self.asked = 0

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        self.asked += 1
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except ValueError as error:
            future.set_exception(error)
        return future


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        monkeypatch.setattr(ensemble, "store", lambda: store)
        monkeypatch.setattr(ensemble, "browser_token", lambda: "me")
        yield store


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> AtOnce:
    engine = AtOnce()
    monkeypatch.setattr(ensemble, "engine", lambda: engine)
    return engine


def script() -> None:
    import streamlit as st

    from ui.runs.ensemble import ensemble_view

    runs = st.session_state.runs
    ensemble_view(runs, {run.id: f"run {number}" for number, run in enumerate(runs)})


def opened(store: Store, *configs: RunConfig) -> AppTest:
    for config in configs:
        keep(store, config, "me")
    store.flush()
    app = app_of(script)
    app.session_state.runs = store.runs()
    app.session_state.ensemble = True  # unfolded
    return app.run()


def test_selected_runs_are_measured_together_once(kept: Store, engine: AtOnce) -> None:
    app = opened(kept, SMALL, replace(SMALL, seed=1), replace(SMALL, seed=2))
    found = measured([kept.model(run.id) for run in kept.runs()], ["a", "b", "c"])
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Validation set"].tolist() == ["All together", "run 0", "run 1", "run 2"]
    shares = [found.together.accuracy, *(one.accuracy for one in found.members)]
    assert table["Accuracy (%)"].tolist() == pytest.approx([100 * share for share in shares])
    assert app.markdown[0].value.startswith(f"**{percent(found.together.accuracy, 2)}** correct together")
    assert f"They disagree on {percent(found.disagreement)} of" in app.markdown[0].value
    assert app.caption[0].value.startswith("Each network as it was saved last")
    app.run()
    assert engine.asked == 1


def keep_epochs(store: Store, config: RunConfig) -> str:
    """Train a run into a store, and keep its state at each epoch's end."""
    state, history = initial_state(config, load_dataset(config.dataset)), History()
    run_id = store.begin(checkpoint(config, state), "me")
    while not finished(config, state):
        state = train_on(history, config, state, 38)
        store.record(run_id, checkpoint(config, state, history, Status.PAUSED))
        assert store.flush()
    return run_id


def test_networks_are_measured_together_after_their_best_epochs_too(kept: Store, engine: AtOnce) -> None:
    restless = replace(SMALL, learning_rate=0.5, epochs=6)
    ids = [keep_epochs(kept, replace(restless, seed=seed)) for seed in range(3)]
    best = [best_of(kept.history(run_id), "accuracy") for run_id in ids]
    bests = sorted(100 * each.accuracy for each in best if each)
    finals = sorted(100 * kept.history(run_id).last("validation_accuracy") for run_id in ids)
    assert finals != bests
    app = opened(kept)
    app.segmented_control[0].set_value("best").run()
    assert not app.exception
    assert engine.asked == 2
    assert sorted(app.dataframe[0].value["Accuracy (%)"][1:]) == pytest.approx(bests)
    assert "best epoch" in app.caption[0].value
    app.segmented_control[0].set_value("final").run()
    assert sorted(app.dataframe[0].value["Accuracy (%)"][1:]) == pytest.approx(finals)


def test_a_network_without_a_known_best_epoch_is_named(kept: Store, engine: AtOnce) -> None:
    keep(kept, replace(SMALL, learning_rate=2.0, epochs=6), "me")
    app = opened(kept, SMALL)
    app.segmented_control[0].set_value("best").run()
    assert not app.exception
    assert app.error[0].value.startswith("The state of run 1 after its best epoch is not known")


def test_a_regression_has_its_own_measures(kept: Store, engine: AtOnce) -> None:
    slope = RunConfig(dataset="slope?task=regression", hidden=(8,), batch_size=10, epochs=2)
    app = opened(kept, slope, replace(slope, seed=1))
    assert not app.exception
    assert app.dataframe[0].value.columns.tolist() == ["Validation set", "R²", "RMSE"]
    assert app.markdown[0].value.startswith("R² **")


def test_runs_of_different_data_sets_are_no_ensemble(kept: Store, engine: AtOnce) -> None:
    app = opened(kept, SMALL, RunConfig(dataset="moons", batch_size=10, epochs=1))
    assert not app.exception
    assert "learned from different data sets" in app.info[0].value
    assert not engine.asked


def test_one_run_is_no_ensemble_and_nothing_is_said(kept: Store, engine: AtOnce) -> None:
    app = opened(kept, SMALL)
    assert not app.exception
    assert not app.expander
    assert not engine.asked
