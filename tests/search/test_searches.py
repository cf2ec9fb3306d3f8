"""Searches with a real engine and a real store."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlp.config import ConfigError
from mlp.datasets import Dataset, DatasetError, load_dataset
from mlp.engine import Run, Status
from mlp.limits import Limits
from mlp.search.search import Search
from mlp.search.searches import FINISHED, Searches
from mlp.search.space import read_space
from mlp.search.trial import Outcome, Trial
from mlp.store import StoreError, new_token, schema
from mlp.store.searches import PAUSED, RUNNING, STOPPED, SearchRecord
from tests.search.running import ENDLESS, PLAN, server
from tests.store.training import behind
from tests.waiting import wait_until

TOKEN = new_token()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/runs.sqlite3"


def is_over(searches: Searches, search_id: str) -> Callable[[], bool]:
    return lambda: searches.look(search_id).status == FINISHED


def test_each_trial_is_a_run_in_the_store_and_a_search_goes_on_after_a_restart(url: str) -> None:
    with server(url) as (searches, store, engine):
        search_id = searches.begin(PLAN, TOKEN)
        wait_until(is_over(searches, search_id))
        view = searches.look(search_id)
        assert [(trial.number, trial.outcome) for trial in view.trials] == [
            (number, Outcome.COMPLETE) for number in (1, 2, 3, 4)
        ]
        runs = {run.id: run for run in store.runs()}
        for trial in view.trials:
            run = runs[trial.run_id]
            assert (run.search, run.config, run.status) == (search_id, trial.config, Status.FINISHED)
            assert run.best_validation_score == trial.value
            assert store.may_steer(run.id, TOKEN)
            assert store.load(run.id).kept  # it can be rewound
        with pytest.raises(ConfigError, match="trials is"):
            searches.add(search_id, TOKEN, trials=20_000)

        endless = searches.begin(ENDLESS, TOKEN)
        wait_until(lambda: len(store.searches.trials(endless)) == 2)
        wait_until(lambda: all(trial.values for trial in searches.look(endless).trials))
        searches.pause(endless)
        assert {engine.look(trial.run_id).status for trial in searches.look(endless).trials} == {Status.PAUSED}
        searches.resume(endless, TOKEN)
        wait_until(lambda: all(run.status is Status.RUNNING for run in map(engine.look, ids(searches, endless))))
        before = [(trial.number, trial.run_id) for trial in searches.look(endless).trials]

    with server(url) as (searches, store, engine):
        done = searches.look(search_id)
        assert (done.status, done.trials) == (FINISHED, view.trials)
        assert (searches.look(endless).status, searches.look(endless).message) == (PAUSED, STOPPED)
        searches.resume(endless, TOKEN)
        wait_until(lambda: all(run.status is Status.RUNNING for run in map(engine.look, ids(searches, endless))))
        assert [(trial.number, trial.run_id) for trial in searches.look(endless).trials] == before
        searches.stop(endless, TOKEN)
        ended = searches.look(endless)
        assert [trial.outcome for trial in ended.trials] == [Outcome.CUT] * 2
        assert {run.status for run in map(engine.look, ids(searches, endless))} == {Status.PAUSED}
        searches.add(search_id, TOKEN, trials=1)
        searches.widen(search_id, TOKEN, read_space({"hidden": "2..16x1..3"}))
        searches.resume(search_id, TOKEN)
        wait_until(is_over(searches, search_id))
        assert len(searches.look(search_id).trials) == 5


def ids(searches: Searches, search_id: str) -> list[str]:
    return [trial.run_id for trial in searches.look(search_id).trials]


def test_two_servers_never_run_one_search(url: str) -> None:
    with server(url) as (first, _, _), server(url) as (second, store, _):
        search_id = first.begin(ENDLESS, TOKEN)
        with pytest.raises(StoreError, match="running in another server"):
            second.resume(search_id, TOKEN)
        assert second.look(search_id).status == RUNNING
        first.pause(search_id)
        second.resume(search_id, TOKEN)
        assert first.look(search_id).status == RUNNING
        with pytest.raises(StoreError, match="running in another server"):
            first.stop(search_id, TOKEN)
        second.pause(search_id)
        first.resume(search_id, TOKEN)
        with behind(url) as connection:  # as if another had found it without a heartbeat
            connection.execute(schema.searches.update().values(server="another"))
        with pytest.raises(StoreError, match="taken over"):
            first.add(search_id, TOKEN, trials=1)
        with behind(url) as connection:
            connection.execute(schema.searches.update().values(server=store.searches.server, status=PAUSED))
        with pytest.raises(StoreError, match="no search 'nowhere'"):
            second.look("nowhere")
        assert store.searches.find(search_id).status == PAUSED


def test_how_a_search_ended_is_written_once_the_store_can_be_written(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(url) as (searches, store, _):
        save, failures = store.searches.save, iter(range(1))

        def fail_at_the_end(search: SearchRecord) -> bool:
            if search.status == FINISHED and next(failures, None) is not None:
                raise StoreError("The disk is full.")
            return save(search)

        monkeypatch.setattr(store.searches, "save", fail_at_the_end)
        search_id = searches.begin(replace(PLAN, trials=1), TOKEN)
        wait_until(is_over(searches, search_id))
        wait_until(lambda: store.searches.find(search_id).status == FINISHED)


def test_what_a_person_stops_or_pauses_while_nothing_can_be_written_stays_so_and_is_written_later(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("The disk is full.")

    with server(url) as (searches, store, _):
        stopped, paused = (searches.begin(ENDLESS, TOKEN) for _ in range(2))
        wait_until(lambda: len(ids(searches, stopped)) == len(ids(searches, paused)) == 2)
        with monkeypatch.context() as full:
            full.setattr(store.searches, "save", fail)
            full.setattr(store.searches, "note_trial", fail)
            with pytest.raises(StoreError):
                searches.stop(stopped, TOKEN)
            with pytest.raises(StoreError):
                searches.pause(paused)
            assert (searches.look(stopped).status, searches.look(paused).status) == (FINISHED, PAUSED)
        wait_until(lambda: store.searches.find(stopped).status == FINISHED)
        wait_until(lambda: store.searches.find(paused).status == PAUSED)
        assert [trial.outcome for trial in searches.look(stopped).trials] == [Outcome.CUT] * 2
        assert all('"cut"' in run.trial for run in store.searches.trials(stopped))


def test_an_unexpected_error_pauses_its_search_with_a_sentence_and_no_other(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begin_trial, failing = Search.begin_trial, replace(PLAN, trials=1, seed=1)

    def begin(search: Search) -> Trial | None:
        if search.plan == failing:
            raise ValueError("'tanh' not in ('relu',)")
        return begin_trial(search)

    with server(url) as (searches, store, _):
        with monkeypatch.context() as broken:
            broken.setattr(Search, "begin_trial", begin)
            search_id, other = searches.begin(failing, TOKEN), searches.begin(replace(PLAN, trials=1), TOKEN)
            wait_until(is_over(searches, other))
            wait_until(lambda: store.searches.find(search_id).status == PAUSED)
        assert searches.look(search_id).message.startswith(
            "Paused by an unexpected error (ValueError: 'tanh' not in ('relu',)). Resume to try again"
        )
        assert "A search can't go on" in caplog.text
        searches.resume(search_id, TOKEN)
        wait_until(is_over(searches, search_id))


def test_a_search_that_is_over_is_forgotten_and_shown_from_the_store(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: weakref.WeakSet[Search] = weakref.WeakSet()

    class Noted(Search):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.add(self)

    def is_forgotten() -> bool:
        gc.collect()
        return not made

    monkeypatch.setattr("mlp.search.searches.Search", Noted)
    with server(url) as (searches, _, _):
        search_id = searches.begin(replace(PLAN, trials=1), TOKEN)
        wait_until(is_forgotten)
        assert [trial.outcome for trial in searches.look(search_id).trials] == [Outcome.COMPLETE]
        searches.add(search_id, TOKEN, trials=1)
        searches.resume(search_id, TOKEN)
        wait_until(is_over(searches, search_id))
        assert [trial.outcome for trial in searches.look(search_id).trials] == [Outcome.COMPLETE] * 2


def test_a_server_ends_although_its_searches_cannot_be_written(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(url) as (searches, store, engine):
        begun = [searches.begin(ENDLESS, TOKEN) for _ in range(2)]
        wait_until(lambda: all(ids(searches, search_id) for search_id in begun))
        monkeypatch.setattr(store.searches, "save", lambda search: False)
        runs = [engine.look(run_id) for search_id in begun for run_id in ids(searches, search_id)]
        searches.close()
        assert Status.RUNNING not in {run.status for run in runs}


def test_data_that_is_missing_for_a_while_pauses_a_search_and_costs_no_trial(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(url) as (searches, _, _):
        is_missing = iter([False, True])  # when the search begins, and at its first trial

        def load(name: str) -> Dataset:
            if next(is_missing, False):
                raise DatasetError("It was deleted.")
            return load_dataset(name)

        monkeypatch.setattr("mlp.search.searches.load_dataset", load)
        search_id = searches.begin(replace(PLAN, trials=2), TOKEN)
        wait_until(lambda: searches.look(search_id).status == PAUSED)
        assert searches.look(search_id).message == "It was deleted."
        searches.resume(search_id, TOKEN)
        wait_until(is_over(searches, search_id))
        assert [trial.outcome for trial in searches.look(search_id).trials] == [Outcome.COMPLETE] * 2


def test_trials_that_go_on_need_no_room_in_the_store_wait_for_a_place_unread_and_survive_missing_data(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(ENDLESS, trials=2)
    with server(url, Limits(kept=2)) as (searches, _, _):
        search_id = searches.begin(short, TOKEN)
        wait_until(lambda: len(ids(searches, search_id)) == 2)
        searches.pause(search_id)
        searches.resume(search_id, TOKEN)
        before = ids(searches, search_id)

    with server(url, Limits(kept=2, runs=1)) as (searches, _, engine):
        resume, is_missing, read = engine.resume, iter([True]), []

        def find(run_id: str) -> Run:
            if next(is_missing, False):
                raise DatasetError("It was deleted.")
            read.append(run_id)
            return resume(run_id)

        monkeypatch.setattr(engine, "resume", find)
        searches.resume(search_id, TOKEN)
        wait_until(lambda: searches.look(search_id).status == PAUSED)
        assert searches.look(search_id).message == "It was deleted."
        searches.resume(search_id, TOKEN)
        wait_until(lambda: len(engine.training()) == 1)
        seconds = searches.look(search_id).seconds
        wait_until(lambda: searches.look(search_id).seconds > seconds + 0.2)  # turns later
        assert read == before[:1]
        engine.training()[0].pause()
        wait_until(lambda: read == before)
        assert [trial.outcome for trial in searches.look(search_id).trials] == [Outcome.RUNNING] * 2


def test_a_trial_that_the_store_refuses_for_a_moment_is_tried_again(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(url) as (searches, _, engine):
        opens, refusals = engine.open, iter([True])

        def refused_once(*arguments: Any, **more: Any) -> Run:
            if next(refusals, False):
                raise StoreError("This browser has 2 stored runs; 2 can be kept.")
            return opens(*arguments, **more)

        monkeypatch.setattr(engine, "open", refused_once)
        search_id = searches.begin(replace(PLAN, trials=2), TOKEN)
        wait_until(is_over(searches, search_id))
        assert [trial.outcome for trial in searches.look(search_id).trials] == [Outcome.COMPLETE] * 2


def test_seconds_of_a_trial_and_changed_settings_end_it_and_a_full_disk_does_not(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(url) as (searches, store, engine):
        note, failures = store.searches.note_trial, iter(range(2))

        def fail_at_first(run_id: str, text: str) -> None:
            if next(failures, None) is not None:
                raise StoreError("The disk is full.")
            note(run_id, text)

        monkeypatch.setattr(store.searches, "note_trial", fail_at_first)
        timed = searches.begin(replace(ENDLESS, seconds=0.4, trials=2, parallel=1), TOKEN)
        wait_until(is_over(searches, timed))
        for trial in searches.look(timed).trials:
            assert trial.outcome is Outcome.COMPLETE
            assert engine.look(trial.run_id).view().message == "The time for one trial is over."
            assert '"complete"' in store.run(trial.run_id).trial
        changed = searches.begin(replace(ENDLESS, trials=1), TOKEN)
        wait_until(lambda: bool(ids(searches, changed)))
        run = engine.find(ids(searches, changed)[0])
        assert run
        run.change(replace(run.view().config, learning_rate=0.5))
        wait_until(is_over(searches, changed))
        assert [trial.outcome for trial in searches.look(changed).trials] == [Outcome.CHANGED]
        assert run.status is Status.RUNNING  # it is the person's now


def test_a_search_keeps_to_the_limits_of_its_browser(url: str) -> None:
    with server(url, Limits(runs=1, kept=3)) as (searches, store, engine):
        run = engine.open(ENDLESS.base, TOKEN)
        run.start()
        search_id = searches.begin(ENDLESS, TOKEN)
        other = searches.begin(replace(PLAN, trials=1), new_token())
        wait_until(is_over(searches, other))
        assert searches.look(search_id).trials == []  # its browser's run has the place
        with pytest.raises(ConfigError, match="1 may train at once"):
            searches.resume(search_id, TOKEN)
        run.pause()
        wait_until(lambda: len(store.searches.trials(search_id)) == 1)
        searches.stop(search_id, TOKEN)

        short = searches.begin(PLAN, TOKEN)  # of 4 trials; with the two runs before, one may be stored
        wait_until(lambda: searches.look(short).status == PAUSED)
        assert [trial.outcome for trial in searches.look(short).trials] == [Outcome.COMPLETE]
        assert searches.look(short).message.startswith("This browser has 3 stored runs; 3 can be kept.")


def test_a_trial_that_needs_too_much_memory_fails_and_the_search_goes_on(url: str) -> None:
    wide = replace(PLAN, space=read_space({"hidden": "4..1024x1..2"}), trials=6, sampler="random")
    with server(url, Limits(memory=10)) as (searches, _, _):
        search_id = searches.begin(wide, TOKEN)
        wait_until(is_over(searches, search_id))
        assert {trial.outcome for trial in searches.look(search_id).trials} == {Outcome.COMPLETE, Outcome.FAILED}
