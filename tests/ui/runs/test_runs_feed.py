"""The feed of the Runs page answers with the curves of the requested runs, and sends nothing twice."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp import initial_state, load_dataset
from mlp.datasets import REGRESSION, DatasetError, Recipe, roots
from mlp.engine import Engine
from mlp.store import Store
from mlp.training import Status
from mlp.training.history import History
from tests.datasets.own.made import store_people
from tests.pools import Threads
from tests.stored_runs import SMALL, checkpoint, keep, train_on
from tests.ui.asking import ask
from tests.waiting import wait_until
from ui.runs import feed as runs_feed
from ui.runs.feed import CurveOptions, feed_address


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/runs.sqlite3")
    monkeypatch.setattr(runs_feed, "store", lambda: store)
    yield store
    store.close()


def test_what_it_answers_moves_with_the_runs_and_then_rests(kept: Store) -> None:
    state, history = initial_state(SMALL, load_dataset("digits")), History()
    run_id = kept.begin(checkpoint(SMALL, state), "token")

    def train() -> None:
        nonlocal state
        state = train_on(history, SMALL, state, 5)
        kept.record(run_id, checkpoint(SMALL, state, history, Status.RUNNING))
        kept.flush()

    train()
    address = feed_address([kept.run(run_id)], CurveOptions())
    first = ask(address).json()
    assert (first["running"], first["states"]) == (True, "running")
    assert ask(f"{address}&seen={first['version']}").status == 204
    train()
    later = ask(f"{address}&seen={first['version']}").json()
    assert later["charts"]["loss"] != first["charts"]["loss"]
    kept.record(run_id, checkpoint(SMALL, state, history, Status.PAUSED))
    kept.flush()
    last = ask(address).json()
    assert (last["running"], last["states"]) == (False, "paused")


def test_runs_of_both_tasks_have_the_charts_of_both(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    heights = replace(SMALL, dataset=Recipe("hills", task=REGRESSION).name)
    ids = [keep(kept, config, "token") for config in (SMALL, heights)]
    kept.flush()
    runs = [kept.run(run_id) for run_id in ids]
    charts = ask(feed_address(runs, CurveOptions())).json()["charts"]
    assert list(charts) == ["accuracy", "loss", "r_squared", "rmse"]
    assert len(charts["r_squared"]["data"]) == len(charts["accuracy"]["data"]) == 2  # a line, and its end
    assert list(ask(feed_address(runs[1:], CurveOptions())).json()["charts"]) == ["r_squared", "rmse"]

    def gone(name: str) -> None:
        raise DatasetError(f"{name} is gone")

    monkeypatch.setattr(runs_feed, "load_dataset", gone)
    assert ask(feed_address(runs[1:], CurveOptions())).json()["charts"]["r_squared"]["data"] == []


def test_lines_on_imported_data_are_called_as_in_the_browser_that_asks(
    kept: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path)
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    name = store_people(token="me", label="Mine")
    store_people(token="you", label="Theirs")
    ids = [keep(kept, replace(SMALL, dataset=data), "me") for data in ("digits", name)]
    kept.flush()
    address = feed_address([kept.run(run_id) for run_id in ids], CurveOptions())
    for token, label in (("me", "Mine"), ("you", "Theirs"), ("", "Imported data")):
        assert label in ask(address, token=token).json()["charts"]["accuracy"]["layout"]["meta"]["summary"]


def test_all_selected_runs_are_watched_and_the_first_twelve_are_drawn(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Engine(Threads, store=kept)) as engine:
        monkeypatch.setattr(runs_feed, "engine", lambda: engine)
        configs = [replace(SMALL, hidden=(units,), epochs=1000) for units in range(1, 14)]
        runs = [engine.open(config, "token") for config in configs]
        for run in runs:
            run.start()
        wait_until(lambda: kept.flush() and all(run.reports for run in kept.runs()))
        seen = [run.last_seen for run in runs]
        address = feed_address([kept.run(run.id) for run in runs], CurveOptions())
        ask(address)
        ask(address, token="stranger")
        assert [run.last_seen for run in runs] == seen, "who looks at others' runs does not keep them from pausing"
        answer = ask(address, token="token").json()
        assert [run.last_seen > before for run, before in zip(runs, seen, strict=True)] == [True] * 13
        assert answer["states"].split() == ["running"] * 13
        assert answer["charts"]["accuracy"]["layout"]["meta"]["summary"].count(" unit") == 12


def test_curves_are_drawn_as_the_page_wants_them(kept: Store) -> None:
    run_id = keep(kept, SMALL, "token")
    kept.flush()
    options = CurveOptions(x="seconds", part="training", smoothing=0.5, log_loss=True, bands=False, zoom=True)
    charts = ask(feed_address([kept.run(run_id)], options)).json()["charts"]
    assert charts["loss"]["layout"]["yaxis"]["type"] == "log"
    assert charts["loss"]["layout"]["title"]["text"] == "Training loss (lower is better)"
    assert "seconds" in [note["text"] for note in charts["accuracy"]["layout"]["annotations"]]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("runs=nosuchrun", 409),
        ("", 409),
        ("runs=%00%27%3B--", 409),
        ("x=parsecs", 400),
        ("smoothing=very", 400),
        ("smoothing=nan", 400),
        ("smoothing=1", 400),
        ("part=all&spread=wide", 400),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(kept: Store, question: str, code: int) -> None:
    assert ask(f"curves?{question}").status == code
