"""A search as a state machine, with runs that are made up."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from math import inf, nan

import pytest

from mlp.config import ConfigError, RunConfig
from mlp.datasets import dataset_info, load_dataset
from mlp.inspection.regression import target_scales
from mlp.search.plan import SearchPlan, usual_measure
from mlp.search.search import Progress, Search, best_so_far, importance, ranked, remark
from mlp.search.space import read_space
from mlp.search.trial import Outcome, Trial, measured
from mlp.training.checkpoint import Status
from tests.histories import history
from tests.stored_runs import run_record
from tests.tables import regression_model

BASE = RunConfig(dataset="digits", hidden=(8,), epochs=4)
SPACE = read_space({"learning_rate": "0.001..1:log", "optimizer": "sgd,adam", "hidden": "8..64x1..3:log"})
PLAN = SearchPlan(BASE, SPACE, trials=12, pruner="none", seed=3)


def reached(config: RunConfig, epoch: int) -> float:
    """What a made-up run reaches: best with a learning rate of 0.1."""
    return (1 - abs(math.log10(config.learning_rate) + 1) / 4) * (1 - 0.5**epoch)


def train(search: Search, trial: Trial, epochs: int = BASE.epochs) -> Trial:
    """Let a trial's run train to its end, or until the search ends it."""
    for epoch in range(1, epochs + 1):
        values = {past: reached(trial.config, past) for past in range(1, epoch + 1)}
        status = Status.FINISHED if epoch == BASE.epochs else Status.RUNNING
        trial = search.see(trial.number, Progress(status, trial.config, values, 0.5 * epoch))
        search.seconds += 0.5
        if trial.outcome is not Outcome.RUNNING:
            break
    return trial


def trials_of(search: Search) -> Iterator[Trial]:
    """Begin trials while the search wants more."""
    while search.wants_more and (trial := search.begin_trial()):
        yield trial


def test_a_search_makes_its_trials_within_its_ranges_and_ranks_them() -> None:
    search = Search(PLAN)
    for trial in trials_of(search):
        assert 0.001 <= trial.config.learning_rate <= 1
        assert trial.config.optimizer in ("sgd", "adam")
        assert 1 <= len(trial.config.hidden) <= 3
        assert 8 <= min(trial.config.hidden) <= max(trial.config.hidden) <= 64
        assert replace(trial.config, learning_rate=0.1, optimizer="sgd", hidden=(8,)) == BASE
        train(search, trial)
    assert search.is_over
    assert [trial.number for trial in search.trials] == list(range(1, 13))
    best = ranked(PLAN, search.trials)[0]
    assert best.value == max(trial.value for trial in search.trials)
    steps = best_so_far(PLAN, search.trials)
    assert steps[-1] is best
    assert [trial.value for trial in steps] == sorted(trial.value for trial in steps)
    shares = importance(search.plan, search.trials)
    assert len(shares) == 4
    assert max(shares, key=shares.__getitem__) == "learning_rate"


def test_the_same_seed_tries_the_same_settings() -> None:
    def tried(seed: int) -> list[RunConfig]:
        search = Search(replace(PLAN, seed=seed))
        return [train(search, trial).config for trial in trials_of(search)]

    assert tried(3) == tried(3) != tried(4)


def test_tpe_learns_where_it_is_good() -> None:
    search = Search(replace(PLAN, trials=40))
    distances = [abs(math.log10(train(search, trial).config.learning_rate) + 1) for trial in trials_of(search)]
    assert sum(distances[20:]) < 0.6 * sum(distances[:10]) * 2


@pytest.mark.parametrize("pruner", ["median", "halving"])
def test_pruning_ends_bad_trials_early_and_keeps_the_best(pruner: str) -> None:
    search = Search(replace(PLAN, trials=40, pruner=pruner, sampler="random"))
    outcomes = [train(search, trial).outcome for trial in trials_of(search)]
    assert outcomes.count(Outcome.PRUNED) >= 10
    pruned = [trial for trial in search.trials if trial.outcome is Outcome.PRUNED]
    best = ranked(PLAN, search.trials)[0]
    assert reached(best.config, 4) >= max(reached(trial.config, 4) for trial in pruned)
    assert all(len(trial.values) < BASE.epochs for trial in pruned)


@pytest.mark.parametrize("pruner", ["median", "halving"])
def test_a_search_that_was_interrupted_goes_on_as_if_it_was_not(pruner: str) -> None:
    plan = replace(PLAN, trials=20, pruner=pruner, parallel=2)
    search = Search(plan)
    for _ in range(12):
        train(search, search.begin_trial() or pytest.fail("no trial"))
    under_way = search.begin_trial()
    assert under_way
    train(search, under_way, epochs=1)

    stored = [
        run_record(trial.config, id=f"run{trial.number}", search="s", trial=trial.to_json()) for trial in search.trials
    ]
    again = Search(SearchPlan.from_json(plan.to_json()), map(Trial.of, stored), search.seconds)
    assert [replace(trial, run_id="") for trial in again.trials] == search.trials
    assert [trial.number for trial in again.open] == [under_way.number]
    # The pruner remembers what the trials reached, at each rung too.
    bad = Progress(Status.RUNNING, under_way.config, {1: 0.5, 2: 1e-9, 4: 1e-9}, 1.0)
    assert again.see(under_way.number, bad).outcome is Outcome.PRUNED
    for trial in trials_of(again):
        train(again, trial)
    assert again.is_over
    assert len(again.trials) == 20
    tried = {trial.config for trial in again.trials}
    assert len(tried) == 20


def test_a_search_that_goes_on_does_not_begin_again() -> None:
    plan = replace(PLAN, sampler="random", pruner="halving")
    search = Search(plan)
    first, open_one = search.begin_trial(), search.begin_trial()
    assert first
    assert open_one
    train(search, first)
    search.see(open_one.number, Progress(Status.RUNNING, open_one.config, {1: 0.9}, 1.0))
    again = Search(plan, search.trials)
    new = again.begin_trial()
    assert new
    assert new.config not in (first.config, open_one.config)
    # What the open trial reached before counts, too: this one is worse.
    assert again.see(new.number, Progress(Status.RUNNING, new.config, {1: 0.8}, 1.0)).outcome is Outcome.PRUNED


def test_what_is_tried_has_few_digits_and_stays_within_its_range() -> None:
    search = Search(replace(PLAN, space=read_space({"learning_rate": "0.0123456..0.0123459"})))
    assert {trial.config.learning_rate for trial in trials_of(search)} == {0.0123459}
    rates = [trial.config.learning_rate for trial in trials_of(Search(PLAN))]
    assert all(rate == float(f"{rate:.4g}") for rate in rates)


def test_a_grid_tries_every_combination_once_also_after_a_restart() -> None:
    space = read_space({"optimizer": "sgd,adam", "learning_rate": "0.01..1:log", "hidden": "8..16x1..2"})
    plan = SearchPlan(BASE, space, sampler="grid", trials=1000, pruner="none")
    search = Search(plan)
    for _ in range(10):
        train(search, search.begin_trial() or pytest.fail("no trial"))
    again = Search(plan, search.trials)
    for trial in trials_of(again):
        train(again, trial)
    configs = [trial.config for trial in again.trials]
    assert len(configs) == len(set(configs)) == 2 * 5 * 5 * 2
    assert {config.learning_rate for config in configs} == {0.01, 0.03162, 0.1, 0.3162, 1.0}
    assert again.is_over
    assert again.is_exhausted


def test_a_grid_that_is_too_large_is_refused_and_changes_nothing() -> None:
    names = ("learning_rate", "dropout", "l2", "weight_decay", "momentum", "label_smoothing")
    six = dict.fromkeys(names, "0.1..0.5")
    with pytest.raises(ConfigError, match=r"has 15,625 combinations; 10,000 are allowed\. Vary fewer settings"):
        Search(SearchPlan(BASE, read_space(six), sampler="grid"))
    five = read_space({"hidden": "4..5x1", "batch_size": "16..17"} | dict.fromkeys(names[:4], "0.1..0.5"))
    search = Search(SearchPlan(BASE, five, sampler="grid"))
    with pytest.raises(ConfigError, match="has 31,250 combinations"):
        search.widen(read_space({"hidden": "2..8x1..2", "batch_size": "8..32"}))
    assert search.plan.space == five


def test_trials_that_the_store_lost_are_not_made_again() -> None:
    given = tuple(replace(BASE, seed=seed) for seed in range(4))
    plan = replace(PLAN, space=read_space({"dropout": "0..0.5"}), given=given, trials=4)
    search = Search(plan)
    trials = [train(search, trial) for trial in trials_of(search)]
    assert [trial.config for trial in trials] == list(given)
    again = Search(plan, trials[1:])
    assert again.is_over
    again = Search(replace(PLAN, trials=4), trials[1:])
    again.add(trials=1)
    assert [trial.number for trial in trials_of(again)] == [5]


def test_how_a_run_ends_is_how_its_trial_ends() -> None:
    search = Search(replace(PLAN, seconds=2.0))
    values = {1: 0.5}
    for progress, outcome in (
        (Progress(Status.FINISHED, BASE, values, 1.0), Outcome.COMPLETE),
        (Progress(Status.RUNNING, BASE, values, 2.0), Outcome.COMPLETE),
        (Progress(Status.RUNNING, BASE, {}, 2.0), Outcome.FAILED),
        (Progress(Status.DIVERGED, BASE, values, 1.0), Outcome.DIVERGED),
        (Progress(Status.FAILED, BASE, values, 1.0), Outcome.FAILED),
        (Progress(Status.PAUSED, BASE, values, 1.0), Outcome.RUNNING),
    ):
        trial = search.begin_trial()
        assert trial
        assert search.see(trial.number, progress._replace(config=trial.config)).outcome is outcome
    changed = replace(search.open[0].config, dropout=0.5)
    assert search.see(search.open[0].number, Progress(Status.RUNNING, changed, values, 1.0)).outcome is Outcome.CHANGED
    assert [trial.outcome for trial in ranked(search.plan, search.trials)] == [Outcome.COMPLETE] * 2


def test_a_budget_of_minutes_ends_a_search_and_can_be_added_to() -> None:
    search = Search(replace(PLAN, minutes=1, trials=100))
    trial = search.begin_trial()
    assert trial
    train(search, trial, epochs=2)
    search.seconds = 60.0
    assert next(trials_of(search), None) is None
    (cut,) = search.cut()
    assert (cut.outcome, cut.value) == (Outcome.CUT, reached(trial.config, 2))
    assert ranked(search.plan, search.trials) == [cut]
    search.add(minutes=1)
    assert next(trials_of(search)).number == 2
    search = Search(replace(PLAN, trials=1), [replace(cut, outcome=Outcome.COMPLETE)])
    assert search.is_over
    search.add(trials=2)
    assert len(list(trials_of(search))) == 2
    with pytest.raises(ConfigError, match="trials is 10"):
        search.add(trials=10_000)


def test_a_range_is_widened_and_what_was_tried_still_counts() -> None:
    search = Search(replace(PLAN, trials=30))
    for _ in range(15):
        train(search, search.begin_trial() or pytest.fail("no trial"))
    search.widen(read_space({"learning_rate": "0.00001..10:log", "optimizer": "sgd,adam,adamw"}))
    for trial in trials_of(search):
        train(search, trial)
    assert any(trial.config.optimizer == "adamw" for trial in search.trials[15:])
    with pytest.raises(ConfigError, match="only become wider"):
        search.widen(read_space({"learning_rate": "0.1..1"}))


def test_a_search_whose_every_trial_diverges_says_so() -> None:
    search = Search(PLAN)
    for count in range(1, 4):
        trial = search.begin_trial()
        assert trial
        assert remark(PLAN, search.trials) == ""
        search.see(trial.number, Progress(Status.DIVERGED, trial.config, {}, 0.1))
        if count < 3:
            assert remark(PLAN, search.trials) == ""
    assert remark(PLAN, search.trials) == (
        "All 3 trials diverged: their weights became NaN or infinite. Let its learning rates start lower."
    )
    train(search, search.begin_trial() or pytest.fail("no trial"))
    assert remark(PLAN, search.trials) == ""


def test_the_best_up_to_each_epoch_or_part_of_the_time_is_what_counts() -> None:
    digits = load_dataset("digits")
    accuracy = [0.1, 0.5, nan, 0.4, 0.8]
    run = history(
        5,
        epoch=[0, 1, 1, 2, 3],
        progress=[0, 1, 1.5, 2, 3],
        trained=[0, 9, 9, 9, 9],
        seconds=[0, 1, 1.5, 2, 4],
        validation_accuracy=accuracy,
        validation_loss=[2.3, 1.0, nan, 1.2, inf],
    )
    assert measured(PLAN, run, digits) == {1: 0.5, 2: 0.5, 3: 0.8}
    assert measured(replace(PLAN, measure="loss"), run, digits) == {1: 1.0, 2: 1.0}
    assert measured(replace(PLAN, seconds=2), run, digits) == {10: 0.5, 20: 0.5}
    numbers = regression_model(1).dataset
    scale = target_scales(numbers)["validation"]
    found = measured(replace(PLAN, measure="r_squared"), run, numbers)
    assert found == {1: scale.r_squared(1.0), 2: scale.r_squared(1.0)}
    assert found[1] > scale.r_squared(1.2)


def test_a_plan_is_read_as_it_was_written_and_must_fit_its_data() -> None:
    info = dataset_info("digits")
    assert SearchPlan.from_json(PLAN.to_json()) == PLAN
    check = replace(PLAN, space=read_space({"dropout": "0..0.5"}), given=(BASE, replace(BASE, seed=1)), check_of="x")
    assert SearchPlan.from_json(check.to_json()) == check
    for text in ("", "[]", "{}", '{"base": 3}', json.dumps({**json.loads(PLAN.to_json()), "wings": 2})):
        with pytest.raises(ConfigError):
            SearchPlan.from_json(text)
    PLAN.check(info)
    for plan, data, sentence in (
        (replace(PLAN, measure="r_squared"), info, "Choose one of: accuracy, loss"),
        (PLAN, replace(info, task="regression"), "Choose one of: loss, r_squared"),
        (PLAN, replace(info, validation=0), "needs a validation set"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            plan.check(data)
    assert usual_measure(info) == "accuracy"
    for changes, sentence in (
        ({"trials": 0}, "trials is 0; it must be a whole number from 1 to 10,000"),
        ({"minutes": -1.0}, "minutes is -1"),
        ({"parallel": 99}, "from 1 to 16"),
        ({"sampler": "tpee"}, "Did you mean 'tpe'"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            replace(PLAN, **changes)
