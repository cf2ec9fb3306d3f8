"""A challenge counts the best epoch of runs that began in it; at the end the test set is opened."""

import json
import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig, advance
from mlp.datasets import DatasetError, Recipe
from mlp.datasets.dataset import Split
from mlp.inspection.regression import predict_numbers, regression_scores
from mlp.store import Store, StoreError
from mlp.training import Checkpoint, evaluate
from mlp.training.best import best_of
from mlp.training.checkpoint import begun_with
from tests.ui.classroom.trained import trained
from ui.classroom import challenge as challenges
from ui.classroom.challenge import Challenge, Entry, described, open_test_set, ranking

DIGITS = RunConfig(dataset="digits", hidden=(8,), epochs=5)
HILLS = RunConfig(dataset=Recipe("hills", task="regression", points=100).name, hidden=(8,))


def everything(_: str) -> bool:
    return True


def after(epochs: int, run_id: str = "run", config: RunConfig = DIGITS) -> Checkpoint:
    return trained(epochs, config, run_id).checkpoint()


def test_the_best_epoch_counts_up_to_the_last_that_is_allowed() -> None:
    run = after(3)
    for limit in (1, 2, None):
        challenge = Challenge("digits", None, limit, began=0.0)
        challenge.watch(1, "run", run)
        steps = run.history["step"][run.history["progress"] <= (limit or 3)]
        best = best_of(run.history.until(int(steps[-1])), "accuracy")
        assert best
        entry = challenge.best(everything)[1]
        assert (entry.step, entry.score) == (best.step, best.accuracy)


def test_other_data_and_runs_without_an_epoch_do_not_count() -> None:
    challenge = Challenge("mnist", None, None, began=0.0)
    challenge.watch(1, "run", after(1))
    assert challenge.best(everything) == {}
    challenge = Challenge("digits", None, None, began=0.0)
    challenge.watch(1, "run", after(0))
    challenge.watch(1, "", after(1))  # of the Boundary page: not stored
    assert challenge.best(everything) == {}


def test_a_students_best_run_counts_and_equals_share_a_place() -> None:
    challenge = Challenge("digits", None, None, began=0.0)
    short, long = after(1, "short"), after(3, "long")
    challenge.watch(1, "short", short)
    challenge.watch(2, "long", long)
    challenge.watch(2, "other", short)
    challenge.watch(3, "as long", long)
    places = challenge.ranking(challenge.best(everything))
    assert [(place.rank, place.student) for place in places] == [(1, 2), (1, 3), (3, 1)]
    assert all(place.test is None for place in places)
    fair = challenge.best(lambda run_id: run_id in ("short", "other"))
    assert set(fair) == {1, 2}


def test_who_is_shown_the_same_number_has_the_same_place() -> None:
    hills = Challenge(HILLS.dataset, None, None, began=0.0)
    reached = {1: 0.9314, 2: 0.9306, 3: 0.9304}
    entries = {student: Entry(f"run{student}", 1, score) for student, score in reached.items()}
    assert [(place.rank, place.student) for place in hills.ranking(entries)] == [(1, 1), (1, 2), (3, 3)]


def test_a_run_that_another_browser_takes_over_is_in_one_place() -> None:
    challenge = Challenge("digits", None, None, began=0.0)
    challenge.watch(1, "run", after(1))
    challenge.watch(1, "own", after(1))
    challenge.watch(2, "run", after(2))
    assert {student: entry.run_id for student, entry in challenge.best(everything).items()} == {1: "own", 2: "run"}


def test_a_regressions_places_are_by_r_squared() -> None:
    challenge = Challenge(HILLS.dataset, None, None, began=0.0)
    runs = [after(1, run_id, replace(HILLS, learning_rate=rate)) for run_id, rate in (("a", 0.03), ("b", 0.001))]
    for student, run in enumerate(runs):
        challenge.watch(student, "ab"[student], run)
    reached = [regression_scores(predict_numbers(run.model)).r_squared for run in runs]
    assert reached[0] < reached[1]
    places = challenge.ranking(challenge.best(everything))
    assert [place.student for place in places] == [1, 0]
    assert [place.score for place in places] == pytest.approx(reached[::-1], abs=1e-5)


def test_equal_targets_have_no_place() -> None:
    run = after(1, config=HILLS)
    dataset = run.model.dataset
    flat = replace(dataset, validation=Split(dataset.validation.inputs, np.ones_like(dataset.validation.labels)))
    challenge = Challenge(HILLS.dataset, None, None, began=0.0)
    challenge.watch(1, "run", replace(run, model=replace(run.model, dataset=flat)))
    assert challenge.best(everything) == {}


def test_how_long_it_lasts() -> None:
    challenge = Challenge("digits", 300.0, None, began=100.0)
    assert [challenge.seconds_left(now) for now in (100.0, 390.0, 500.0)] == [300.0, 10.0, 0.0]
    assert Challenge("digits", None, 5, began=100.0).seconds_left(500.0) is None
    assert described(challenge) == "Digits, 8 × 8, 5:00 minutes"
    assert described(Challenge("digits", 5400.0, None, 0.0)) == "Digits, 8 × 8, 1:30:00"
    assert described(Challenge("digits", None, 1, 0.0)) == "Digits, 8 × 8, 1 epoch of each network"


class Here:
    """Computes at once, in this process."""

    def compute(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    challenges._began.cache_clear()
    challenges._is_deleted.cache_clear()
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        monkeypatch.setattr(challenges, "store", lambda: store)
        monkeypatch.setattr(challenges, "engine", Here)
        yield store


def stored_run(
    store: Store, parent: tuple[str, int] | None = None, begun: Checkpoint | None = None
) -> tuple[str, Checkpoint]:
    """A run that was trained for two epochs, in the store; `begun` is how it began, if not as its seed says."""
    run_id = store.begin(begun or after(0), "token", parent=parent)
    run = after(2, run_id)
    store.record(run_id, run)
    assert store.flush()
    return run_id, run


def test_only_what_began_in_it_counts_and_the_test_set_is_opened_at_the_end(stored: Store) -> None:
    run_id, run = stored_run(stored)
    began = stored.run(run_id).created
    challenge, late = Challenge("digits", None, None, began), Challenge("digits", None, None, began + 0.001)
    fork, forked = stored_run(stored, parent=(run_id, run.state.step))
    for each in (challenge, late):
        each.watch(1, run_id, run)
        each.watch(2, fork, forked)
        each.watch(3, "unknown", run)
    assert ranking(late) == [], "the fork continues a run from before"
    assert [(place.student, place.test) for place in ranking(challenge)] == [(1, None), (2, None)]
    open_test_set(challenge)
    assert all(place.test is None for place in ranking(challenge)), "it is not over"
    challenge.is_over = True
    open_test_set(challenge)
    best = best_of(run.history, "accuracy")
    assert best
    model = stored.model_at(run_id, best.step)
    assert model.state.step == best.step
    expected = evaluate(model.config, model.dataset, model.state, "test").accuracy
    assert [place.test for place in ranking(challenge)] == [expected, expected]


def test_after_a_restart_the_runs_of_who_took_part_count_as_the_store_has_them_and_no_others(stored: Store) -> None:
    run_id, run = stored_run(stored)
    challenge = Challenge("digits", 300.0, None, stored.run(run_id).created)
    assert challenge.watch(1, run_id, after(1, run_id))
    assert not challenge.watch(1, run_id, after(1, run_id)), "it is known"
    challenge.watch(2, "unwritten", run)
    challenge.joined = {3, 4}
    kept = json.loads(json.dumps(challenge.kept({1: "ada", 2: "bob", 3: "cleo"})))
    stored_run(stored)  # of a race, a search, the teacher, or who was taken off the wall

    again = Challenge.again(kept)
    assert again.seconds_left(challenge.began + 100) == 200
    again.catch_up(stored.history)
    assert again._entries.keys() == {run_id, "unwritten"}
    (place,) = ranking(again)
    best = best_of(run.history, "accuracy")
    assert best
    assert place.score == best.accuracy, "who is not back yet keeps the place"
    again = Challenge.again(json.loads(json.dumps(again.kept({}))))  # twice in a row
    assert not again.come_back(8, "newcomer")
    assert again.come_back(7, "cleo"), "without a result"
    assert again.come_back(9, "ada")
    assert again.joined == {7, 9}
    assert [(place.student, place.score) for place in ranking(again)] == [(9, best.accuracy)]


def test_a_network_that_was_opened_from_a_file_does_not_count_nor_its_forks(stored: Store) -> None:
    fresh = after(0)
    weights = replace(fresh.state, parameters=after(1).state.parameters)
    opened, run = stored_run(stored, begun=begun_with(replace(fresh.model, state=weights)))
    fork, forked = stored_run(stored, parent=(opened, 0))
    own, new = stored_run(stored)
    challenge = Challenge("digits", None, None, began=0.0)
    challenge.watch(1, opened, run)
    challenge.watch(2, fork, forked)
    challenge.watch(3, own, new)
    assert [place.student for place in ranking(challenge)] == [3]


def test_the_first_report_shows_how_a_network_began_whose_first_state_is_gone(
    stored: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = after(0)
    begun = begun_with(replace(fresh.model, state=replace(fresh.state, parameters=after(1).state.parameters)))
    opened = stored.begin(Checkpoint(begun.model), "token")
    stored.record(opened, begun)
    own, new = stored_run(stored)
    unknown = stored.begin(fresh, "token")
    assert stored.flush()

    def gone(run_id: str, step: int) -> None:
        raise StoreError(f"Step {step} of {run_id} is not kept.")

    monkeypatch.setattr(stored, "model_at", gone)
    challenge = Challenge("digits", None, None, began=0.0)
    for student, run_id in enumerate((opened, own, unknown)):
        challenge.watch(student, run_id, new)
    assert [place.student for place in ranking(challenge)] == [1]


def test_the_best_epoch_that_counts_is_measured_though_a_later_one_was_better_and_its_state_was_not_kept(
    stored: Store,
) -> None:
    run_id, run = stored_run(stored)
    challenge = Challenge("digits", None, 1, began=0.0)
    challenge.watch(1, run_id, run)
    challenge.is_over = True
    (entry,) = challenge.best(everything).values()
    begun = stored.model_at(run_id, entry.step)
    assert begun.state.step == 0 < entry.step < run.state.step
    for _ in range(2):  # those whose state was kept come first
        open_test_set(challenge)
    (place,) = ranking(challenge)
    state, _ = advance(begun.config, begun.dataset, begun.state, entry.step)
    assert place.test == evaluate(begun.config, begun.dataset, state, "test").accuracy


def test_a_deleted_run_loses_its_place_and_is_not_measured(stored: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "LOOK_SECONDS", 1e-6)
    run_id, run = stored_run(stored)
    challenge = Challenge("digits", None, None, began=0.0)
    challenge.watch(1, run_id, run)
    assert len(ranking(challenge)) == 1
    stored.delete(run_id)
    assert ranking(challenge) == []
    challenge.is_over = True
    open_test_set(challenge)
    stored.undelete(run_id)
    (place,) = ranking(challenge)
    assert place.test is None


@pytest.mark.parametrize("error", [StoreError, DatasetError])
def test_a_state_or_data_that_is_lost_leaves_the_test_unknown(
    stored: Store, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    run_id, run = stored_run(stored)
    challenge = Challenge("digits", None, None, began=0.0)
    challenge.watch(1, run_id, run)
    challenge.is_over = True

    def gone(*_: object) -> None:
        raise error("It is gone.")

    monkeypatch.setattr(stored, "model_at", gone)
    open_test_set(challenge)
    (place,) = ranking(challenge)
    assert place.test is not None
    assert math.isnan(place.test)


def test_a_few_are_measured_at_a_time() -> None:
    challenge = Challenge("digits", None, None, began=0.0)
    run = after(1)
    begun: list[str] = []

    def begin(entry: Entry, _: bool) -> Future[Any]:
        begun.append(entry.run_id)
        return Future()

    for number in range(5):
        challenge.watch(number, f"run{number}", run)
    for expected in (2, 4, 5, 5):
        challenge.measure(challenge.best(everything).values(), begin, most=2)
        assert len(begun) == len(set(begun)) == expected


def test_networks_are_trained_again_one_at_a_time_after_those_that_were_kept() -> None:
    challenge = Challenge("digits", None, None, began=0.0)
    begun: list[str] = []
    futures: list[Future[Any]] = []

    def begin(entry: Entry, again: bool) -> Future[Any] | None:
        if entry.run_id.startswith("unkept") and not again:
            return None
        begun.append(entry.run_id)
        futures.append(Future())
        return futures[-1]

    def look() -> list[str]:
        challenge.measure(entries, begin, most=2)
        return begun

    entries = [Entry(run_id, 1, 0.5) for run_id in ("unkept 1", "kept 1", "unkept 2", "kept 2")]
    assert look() == ["kept 1"]
    assert look() == look() == ["kept 1", "kept 2"], "others are asked for"
    for future in futures:
        future.set_result(0.5)
    assert look() == look() == ["kept 1", "kept 2", "unkept 1"]
    futures[-1].set_exception(StoreError("It is gone."))
    assert look() == ["kept 1", "kept 2", "unkept 1", "unkept 2"]
