"""The charts of a search, as the browser asks for them, and the searches that are listed."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mlp.engine import Engine
from mlp.search.plan import SearchPlan
from mlp.search.search import importance
from mlp.search.searches import FINISHED, Searches, SearchView
from mlp.search.space import read_space
from mlp.search.trial import Outcome, Trial
from mlp.store import Store
from tests.pools import Threads
from tests.stored_runs import SMALL
from tests.ui.asking import ask
from tests.ui.scripts import app_of
from tests.waiting import wait_until
from ui.parts.state import Key
from ui.runs import search_actions, search_feed, search_luck, search_panel
from ui.runs.search_feed import VIEWS, search_address
from ui.runs.search_panel import LATEST

PLAN = SearchPlan(
    replace(SMALL, epochs=1), read_space({"learning_rate": "0.01..1:log", "optimizer": "sgd,adam"}), trials=3
)
TOKEN = "me"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Searches, Store]]:
    """The searches of a server, which the browser called "me" asks."""
    with (
        closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store,
        closing(Engine(lambda: Threads(2), store=store)) as engine,
        closing(Searches(engine, store)) as searches,
    ):
        for room in (search_feed, search_actions, search_luck, search_panel):
            monkeypatch.setattr(room, "searches", lambda: searches)
            monkeypatch.setattr(room, "store", lambda: store)
            monkeypatch.setattr(room, "browser_token", lambda: TOKEN, raising=False)
        monkeypatch.setattr(st, "page_link", lambda *_, **more: None)  # there is no other page here
        yield searches, store


def panel() -> None:
    import streamlit as st

    from ui.parts.dialogs import show_dialog
    from ui.parts.state import Key
    from ui.runs.search_panel import earlier_searches, search_panel

    st.session_state.setdefault(Key.SEARCH, st.session_state.first)
    search_panel(st.session_state[Key.SEARCH])
    with st.sidebar:
        earlier_searches([])
    show_dialog()


def pressed(app: AppTest, label: str) -> AppTest:
    [button] = [button for button in app.button if button.label == label]
    button.click().run()
    assert not app.exception
    return app


def test_a_search_is_watched_to_its_end_widened_given_more_and_its_best_checked(
    served: tuple[Searches, Store],
) -> None:
    searches, store = served
    search_id = searches.begin(PLAN, TOKEN)
    wait_until(lambda: searches.look(search_id).status == FINISHED)
    view = searches.look(search_id)
    for shown in VIEWS:
        answer = ask(search_address(view, shown, "time")).json()
        assert (answer["running"], answer["states"], answer["small"]) == (False, FINISHED, True)
        assert answer["charts"]
        assert ask(f"{search_address(view, shown, 'time')}&seen={answer['version']}").status == 204
    assert list(ask(search_address(view, "Settings", "trials")).json()["charts"]) == ["learning_rate", "optimizer"]
    assert ask(search_address(view, "Everything", "time")).status == 400
    assert ask(search_address(view, VIEWS[0], "space")).status == 400
    assert "no search 'nowhere'" in ask("search_charts?search=nowhere").json()["error"]

    app = app_of(panel)
    app.session_state.first = search_id
    app.run()
    assert not app.exception
    words = " ".join(element.value for element in app.markdown)
    assert "**Best:" in words
    assert "learning rate, optimizer, on Digits" in words
    app.text_input(key=f"wider_{search_id}_learning_rate").set_value("0.1..1:log")
    assert "does not contain" in pressed(app, "Widen").toast[0].value
    app.text_input(key=f"wider_{search_id}_learning_rate").set_value("0.001..1:log")
    assert pressed(app, "Widen").toast[0].value == "The ranges are wider. Add budget to search them."
    assert searches.look(search_id).plan.space.write()["learning_rate"] == "0.001..1:log"
    app.number_input(key="more_trials").set_value(2)
    pressed(app, "Add")
    wait_until(lambda: searches.look(search_id).status == FINISHED)
    assert len(searches.look(search_id).trials) == 5

    assert app.slider(key="check_seeds").min == 3
    app.slider(key="check_seeds").set_value(3)
    pressed(app, "Start the check")
    [check_id] = {record.id for record in store.searches.all()} - {search_id}
    wait_until(lambda: searches.look(check_id).status == FINISHED)
    words = " ".join(element.value for element in app.run().markdown)
    assert "Check of a search" in words
    assert "over 3 seeds" in words
    assert "test" not in words
    found = pressed(app, "Open the test set").markdown
    words = " ".join(element.value for element in found)
    assert "Setting A \\(" in words
    assert ", test " in words
    reloaded = app_of(panel)
    reloaded.session_state.first = check_id
    assert ", test " in " ".join(element.value for element in reloaded.run().markdown)
    app = pressed(app, "Back to the search")
    assert "**Best:" in " ".join(element.value for element in app.markdown)
    pressed(app, "Close")
    assert not [button for button in app.button if button.label == "Close"]
    app.session_state[Key.SEARCH] = "nowhere"
    assert "no search 'nowhere'" in app.run().error[0].value
    pressed(app, "Close")
    assert not app.error


def test_all_searches_can_be_opened_with_the_older_ones_folded_away(served: tuple[Searches, Store]) -> None:
    _, store = served
    ids = [store.searches.begin(PLAN.to_json(), TOKEN).id for _ in range(LATEST + 2)]
    app = app_of(panel)
    app.session_state.first = ""
    app.run()
    assert len(app.button) == LATEST
    [box] = app.expander
    assert box.label == "2 earlier searches"
    app.session_state["earlier_searches"] = True
    app.run().button[-1].click().run()
    assert not app.exception
    assert app.session_state[Key.SEARCH] == ids[0]


def test_a_grid_with_fewer_combinations_than_trials_were_allowed_is_complete(served: tuple[Searches, Store]) -> None:
    searches, _ = served
    search_id = searches.begin(replace(PLAN, space=read_space({"optimizer": "sgd,adam"}), sampler="grid"), TOKEN)
    wait_until(lambda: searches.look(search_id).status == FINISHED)
    app = app_of(panel)
    app.session_state.first = search_id
    [bar] = app.run().get("progress")
    assert bar.proto.text.startswith("Finished. 2 trials · ")
    assert [info.value for info in app.info] == ["Every combination was tried."]


def test_a_search_is_paused_resumed_and_stopped_by_its_browser_only(
    served: tuple[Searches, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    searches, store = served
    search_id = searches.begin(replace(PLAN, base=replace(SMALL, epochs=10_000), pruner="none"), TOKEN)
    wait_until(lambda: len(searches.look(search_id).trials) == 2)
    app = app_of(panel)
    app.session_state.first = search_id
    pressed(app.run(), "Pause")
    assert searches.look(search_id).status == "paused"
    with monkeypatch.context() as early:
        paused = replace(searches.look(search_id), trials=[])
        early.setattr(searches, "look", lambda _: paused)
        assert "No trial has started yet." in [caption.value for caption in app.run().caption]
    monkeypatch.setattr(search_panel, "browser_token", lambda: "another")
    app.run()
    of_owner = ("Resume", "Stop", "Delete")
    assert [button.disabled for button in app.button if button.label in of_owner] == [True, True, True]
    monkeypatch.setattr(search_panel, "browser_token", lambda: TOKEN)
    pressed(app.run(), "Resume")
    assert searches.look(search_id).status == "running"
    assert [button.disabled for button in app.run().button if button.label == "Delete"] == [True]
    pressed(app, "Stop")
    assert searches.look(search_id).status == FINISHED
    [bar] = app.run().get("progress")
    assert bar.proto.text.startswith("Stopped. 2 of 3 trials")
    assert bar.proto.value < 100
    assert not app.info
    assert any(caption.value.startswith("Stopped · ") for caption in app.caption)
    pressed(app, "Delete")
    [delete_trials] = app.checkbox
    assert delete_trials.label == "Delete its 2 runs, too"
    delete_trials.check()
    pressed(app, "Delete the search")
    assert not app.get("progress")
    assert (store.searches.all(), store.runs()) == ([], [])


def state_alone() -> None:
    import streamlit as st

    from ui.runs.search_panel import _state

    _state(st.session_state.drawn)


def test_the_page_is_drawn_again_for_new_trials_but_not_for_each_of_them(
    served: tuple[Searches, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    searches, _ = served
    search_id = searches.begin(replace(PLAN, base=replace(SMALL, epochs=10_000), pruner="none"), TOKEN)
    wait_until(lambda: len(searches.look(search_id).trials) == 2)
    now, drawn_again = searches.look(search_id), []
    monkeypatch.setattr(search_panel, "redraw_page", lambda: drawn_again.append(True))
    for drawn, times in (
        (now, 0),
        (replace(now, trials=[], seconds=now.seconds + 60), 0),  # just drawn
        (replace(now, trials=[], seconds=now.seconds - 60), 1),
        (replace(now, status="paused"), 2),  # another tab has resumed it
    ):
        app = app_of(state_alone)
        app.session_state.drawn = drawn
        assert not app.run().exception
        assert len(drawn_again) == times
    searches.stop(search_id, TOKEN)


def what_mattered() -> None:
    import streamlit as st

    from ui.runs.search_panel import _what_mattered

    _what_mattered(st.session_state.view)


def test_what_mattered_is_computed_once_ten_trials_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def compute(what: object, plan: SearchPlan, trials: list[Trial]) -> Future[dict[str, float]]:
        assert what is importance
        asked.append(len(trials))
        done: Future[dict[str, float]] = Future()
        done.set_result({"optimizer": 0.1, "learning_rate": 0.9})
        return done

    monkeypatch.setattr(search_panel, "engine", lambda: SimpleNamespace(compute=compute))
    boards: list[list[str]] = []
    monkeypatch.setattr(search_panel, "board", lambda shown, key: boards.append(shown["importance"]["data"][0]["text"]))
    rates = [10.0**power for power in (-1, -0.5, -0.2, -0.1, 0, -1.5, -1.7, -1.2, -0.7, -2)]
    trials = [
        Trial(
            number, replace(PLAN.base, learning_rate=rate), "", Outcome.COMPLETE, rate / 2, {1: rate / 2}, 1.0, number
        )
        for number, rate in enumerate(rates, 1)
    ]
    view = SearchView("abc", 0.0, FINISHED, "", PLAN, trials[:9], 10.0)
    app = app_of(what_mattered)
    app.session_state.view = view
    assert "once ten trials" in app.run().caption[0].value
    assert asked == []
    app.session_state.view = replace(view, trials=[*trials, replace(trials[0], number=11, outcome=Outcome.RUNNING)])
    assert "can't say" in app.run().caption[0].value
    app.run()
    assert asked == [10]
    assert boards[0][0] == "Learning rate"
