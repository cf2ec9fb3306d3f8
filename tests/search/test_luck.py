"""Whether a search's best was luck."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mlp.config import ConfigError, RunConfig
from mlp.search.luck import check_plan, check_result, with_test
from mlp.search.plan import SearchPlan
from mlp.search.space import read_space
from mlp.search.trial import Outcome, Trial
from mlp.store import Store
from mlp.training import Status, evaluate
from tests.stored_runs import keep

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
    plan = check_plan("search", PLAN, TRIALS, 2)
    assert [(config.learning_rate, config.seed) for config in plan.given] == [
        (rate, seed) for seed in (43, 44) for rate in (0.1, 0.5, 0.01)
    ]
    assert (plan.check_of, plan.trials, plan.minutes, plan.pruner) == ("search", 6, 0, "none")
    for trials, seeds, sentence in ((TRIALS, 1, "choose 2 to 20"), (TRIALS[1:4], 3, "nothing to compare")):
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
            store.searches.note_trial(run_id, Trial(number, BASE, run_id, outcome).to_json())
        found = check_result([store.run(run_id) for run_id in (*ids, changed)])
        assert [each.test for each in found.repeated] == [[], [], []]
        assert not any("test" in line for line in found.lines())
        paused = [replace(store.run(run_id), status=Status.PAUSED) for run_id in ids]  # as one whose time was over
        assert check_result(paused).sentences == found.sentences
        check = with_test(store, found)
        with pytest.raises(ConfigError, match="nothing to compare"):
            check_result([store.run(changed)])
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


def same(one: RunConfig, other: RunConfig) -> bool:
    return replace(one, seed=0) == replace(other, seed=0)
