"""Whether a search's best was luck."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp.config import ConfigError, RunConfig
from mlp.datasets import load_dataset
from mlp.search.luck import check_plan, check_result, with_test
from mlp.search.plan import SearchPlan
from mlp.search.space import read_space
from mlp.search.trial import Outcome, Trial
from mlp.store import Store
from mlp.training import Model, Status, evaluate, initial_state
from mlp.training.evaluation import Evaluation
from mlp.training.history import History
from mlp.training.quantum import train_quantum
from tests.stored_runs import checkpoint, keep, run_record, train_on

BASE = RunConfig(dataset="digits", hidden=(8,), epochs=1)
PLAN = SearchPlan(BASE, read_space({"learning_rate": "0.001..1:log"}), minutes=3)


def trial(number: int, rate: float, value: float, outcome: Outcome = Outcome.COMPLETE) -> Trial:
    return Trial(number, replace(BASE, learning_rate=rate), f"run{number}", outcome, value)


TRIALS = [
    trial(1, 0.01, 0.7),
    trial(2, 0.1, 0.9),
    trial(3, 0.1, 0.9),
    trial(4, 0.3, 0.95, Outcome.PRUNED),
    trial(5, 0.5, 0.8),
    trial(6, 0.4, 0.5),
]


def test_the_three_best_settings_are_trained_again_with_seeds_that_chose_nothing() -> None:
    plan = check_plan("search", PLAN, TRIALS, 3)
    assert [(config.learning_rate, config.seed) for config in plan.given] == [
        (rate, seed) for seed in (43, 44, 45) for rate in (0.1, 0.5, 0.01)
    ]
    assert (plan.check_of, plan.trials, plan.minutes, plan.pruner) == ("search", 9, 0, "none")
    for trials, seeds, sentence in ((TRIALS, 2, "takes 3 to 20 seeds, not 2"), (TRIALS[1:4], 3, "nothing to compare")):
        with pytest.raises(ConfigError, match=sentence):
            check_plan("search", PLAN, trials, seeds)


def test_a_check_compares_seed_by_seed_and_opens_the_test_set(tmp_path: Path) -> None:
    plan = check_plan("search", PLAN, TRIALS, 3)
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        ids = [keep(store, config, "token") for config in plan.given]
        changed = keep(store, replace(BASE, learning_rate=0.2), "token")
        store.flush()
        outcomes = [*((run_id, Outcome.COMPLETE) for run_id in ids), (changed, Outcome.CHANGED)]
        for number, (run_id, outcome) in enumerate(outcomes, 1):
            value = store.run(run_id).best_validation_score
            store.searches.note_trial(run_id, Trial(number, BASE, run_id, outcome, value).to_json())
        found = check_result(plan, [store.run(run_id) for run_id in (*ids, changed)])
        assert [each.test for each in found.repeated] == [[], [], []]
        assert not any("test" in line for line in found.lines())
        paused = [replace(store.run(run_id), status=Status.PAUSED) for run_id in ids]  # as one whose time was over
        assert check_result(plan, paused).sentences == found.sentences
        check = with_test(store, found)
        with pytest.raises(ConfigError, match="nothing to compare"):
            check_result(plan, [store.run(changed)])
        assert len(check.repeated) == 3
        assert [each.config.learning_rate for each in check.repeated][-1] == 0.01
        for each in check.repeated:
            mine = [run_id for run_id, config in zip(ids, plan.given, strict=True) if same(config, each.config)]
            models = [store.model(run_id) for run_id in mine]
            tests = [evaluate(model.config, model.dataset, model.state, "test").accuracy for model in models]
            assert each.test == tests
            assert len(each.validation) == 3
        assert len(check.sentences) == 2
        first, *_, last = (each.sentence(check.task) for each in check.repeated)
        assert "over 3 seeds." in first
        assert first.startswith("Setting A (")
        assert "learning rate 0.01" in last
        assert check.lines()[-1] == "The test set measures each run's network after its best epoch."


def test_what_counts_of_a_run_is_its_best_as_in_the_search() -> None:
    best = {(rate, seed): rate + seed / 10 for rate in (0.1, 0.3) for seed in (1, 2, 3)}
    runs = []
    for (rate, seed), value in best.items():
        config = replace(BASE, learning_rate=rate, seed=seed)
        ended = Trial(1, config, "run", Outcome.COMPLETE, value).to_json()
        fell = 0.05 if (rate, seed) == (0.3, 3) else value  # at the last step
        runs.append(run_record(config, trial=ended, validation_score=fell, best_validation_score=value - 0.1))
    found = check_result(PLAN, runs)
    better, worse = (each.validation for each in found.repeated)
    assert better == pytest.approx([0.4, 0.5, 0.6])
    assert worse == pytest.approx([0.2, 0.3, 0.4])
    assert "20.0 points higher" in found.lines()[-2]
    assert found.lines()[-1] == (
        "Each run counts with its best validation accuracy at the end of an epoch, as in the search."
    )
    timed = check_result(replace(PLAN, seconds=0.5), runs)
    assert "validation accuracy within 0.5 s, as in" in timed.lines()[-1]
    by_loss = check_result(replace(PLAN, measure="loss"), runs)  # of which a trial's value is none to compare
    assert by_loss.repeated[0].validation == pytest.approx([0.3, 0.4, 0.5])
    assert "best validation accuracy at the end of an epoch; the search chose by loss." in by_loss.lines()[-1]


def test_the_test_set_measures_the_best_network_or_says_how_many_were_not_kept(tmp_path: Path) -> None:
    config, worse = replace(BASE, epochs=2), Evaluation(0.01, 9.0)
    dataset = load_dataset("digits")
    with closing(Store(f"sqlite:///{tmp_path}/runs.sqlite3")) as store:
        runs = {}
        for seed, is_kept in ((1, True), (2, False)):
            mine, history = replace(config, seed=seed), History()
            run_id = store.begin(checkpoint(mine, initial_state(mine, dataset)), "token")
            first = train_on(history, mine, initial_state(mine, dataset), 38)
            best = {"accuracy": Model(mine, dataset, first)} if is_kept else {}
            last = train_quantum(Model(mine, dataset, first), 38, True)
            history.append(replace(last.reports[-1], validation=worse))
            store.record(run_id, replace(checkpoint(mine, last.state, history, Status.FINISHED), best=best))
            store.flush()
            store.searches.note_trial(run_id, Trial(seed, mine, run_id, Outcome.COMPLETE, 0.5).to_json())
            runs[run_id] = first if is_kept else last.state
        check = with_test(store, check_result(PLAN, [store.run(run_id) for run_id in runs]))
        states = [runs[run_id] for run_id in check.repeated[0].runs]
    assert check.repeated[0].test == [evaluate(config, dataset, state, "test").accuracy for state in states]
    assert "; 1 of 2 after the last step, as no other state was kept." in check.lines()[-1]


def same(one: RunConfig, other: RunConfig) -> bool:
    return replace(one, seed=0) == replace(other, seed=0)
