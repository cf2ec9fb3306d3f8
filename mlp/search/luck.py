"""A check shows whether a search's best was luck: the three best settings are trained again with fresh seeds.

A search keeps the highest of many results, so its best is partly luck: trained again, it reaches less on average.
New seeds draw other initial weights and another order of examples, which the search has not chosen among. What counts
of a run is its best, as in the search: its last step would look like bad luck wherever a network was better before.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from math import nan
from string import ascii_uppercase
from typing import NamedTuple

import numpy as np

from mlp.comparison.groups import by_settings, differing, score_text, setting_text
from mlp.comparison.verdict import LEAST_SEEDS, verdict
from mlp.config import SETTINGS, ConfigError, RunConfig
from mlp.datasets import REGRESSION
from mlp.inspection.regression import measured_score
from mlp.search.plan import SearchPlan
from mlp.search.search import ranked
from mlp.search.space import Space
from mlp.search.trial import Outcome, Trial
from mlp.store import RunRecord, Store, StoreError
from mlp.text import counted
from mlp.training import Status
from mlp.training.best import best_of

BEST = 3  # settings that are trained again
USUAL_SEEDS, MOST_SEEDS = 5, 20
WHY_TEST = (
    "The search chose by the validation set, so its figures there are a little too good. The test set chose nothing: "
    "its figures are fair, as long as nobody goes on choosing by them."
)


class Repeated(NamedTuple):
    """One of the best settings, trained again over fresh seeds. Scores are accuracies from 0 to 1, or R²."""

    label: str  # a letter, by which it is known, and how it differs from the others
    config: RunConfig  # with the first seed
    runs: list[str]  # by id
    validation: list[float]  # the best of each seed
    test: list[float]  # of each run's network after its best epoch; empty until the test set is opened

    def sentence(self, task: str) -> str:
        """Return what it reaches, as people read it."""
        test = f" test {_spread(task, self.test)}," if self.test else ""
        over = f"over {counted(len(self.validation), 'seed')}"
        return f"{self.label}: validation {_spread(task, self.validation)},{test} {over}."


class Check(NamedTuple):
    """What a check found, once all of its runs have ended."""

    sentences: list[str]  # which setting is better, as a race says it
    repeated: list[Repeated]  # the best on the validation set first
    task: str
    counts: list[str]  # what counts of each run, in sentences

    def lines(self) -> list[str]:
        """Return what each setting reaches, which one is better, and what was compared, in sentences."""
        return [*(each.sentence(self.task) for each in self.repeated), *self.sentences, *self.counts]


def check_plan(search_id: str, plan: SearchPlan, trials: Sequence[Trial], seeds: int) -> SearchPlan:
    """Return the plan of a check: a search whose trials are given.

    Parameters
    ----------
    search_id
        Of the search whose best are trained again.
    plan
        That of the search.
    trials
        Those of the search.
    seeds
        How many times each setting is trained: 3 to 20.

    Returns
    -------
    SearchPlan
        To begin with `Searches.begin`.

    Raises
    ------
    ConfigError
        For another number of seeds, or a search without two different settings that have a result.
    """
    if not LEAST_SEEDS <= seeds <= MOST_SEEDS:
        raise ConfigError(
            f"A check takes {LEAST_SEEDS} to {MOST_SEEDS} seeds, not {seeds}: fewer can't show what is luck."
        )
    best = list(dict.fromkeys(trial.config for trial in ranked(plan, trials)))[:BEST]
    if len(best) < 2:
        raise ConfigError("There is nothing to compare: fewer than two settings have a result. Let the search go on.")
    first = max(config.seed for config in best) + 1
    # Seed by seed, so that what has ended at any time can be compared.
    given = tuple(replace(config, seed=(first + more) % 2**32) for more in range(seeds) for config in best)
    return replace(
        plan, space=Space(()), given=given, check_of=search_id, trials=len(given), minutes=0.0, pruner="none"
    )


def check_result(plan: SearchPlan, runs: Sequence[RunRecord]) -> Check:
    """Compare the runs of a check that has ended by their best on the validation set, as its plan's search does.

    Runs that a person stopped or changed don't count. Raises ConfigError if no other has a result.
    """
    # A trial whose time was over has paused; it is as complete as the others.
    complete = [
        replace(run, status=Status.FINISHED, validation_score=_best_score(plan, run, trial))
        for run in runs
        if (trial := Trial.of(run)).outcome is Outcome.COMPLETE
    ]
    if not complete:
        raise ConfigError("None of the check's runs was trained to its end, so there is nothing to compare.")
    task = complete[0].task
    found = [group for group in by_settings(complete) if group.finals]
    found.sort(key=lambda group: -float(np.mean(list(group.finals.values()))))
    groups = [replace(group, label=f"setting {letter}") for letter, group in zip(ascii_uppercase, found, strict=False)]
    differ = [name for name in differing([group.runs[0].config for group in groups]) if name != "seed"]
    repeated = [
        Repeated(
            f"{group.label[0].upper()}{group.label[1:]} ({_settings_text(differ, group.runs[0].config)})",
            group.runs[0].config,
            [run.id for run in group.runs],
            list(group.finals.values()),
            [],
        )
        for group in groups
    ]
    if plan.measure == "loss":
        score = "R²" if task == REGRESSION else "accuracy"
        when = "" if plan.seconds else " at the end of an epoch"
        best = f"validation {score}{when}; the search chose by loss"
    else:
        best = f"{plan.judged_by.label_in_text} {plan.when}, as in the search"
    counts = f"Each run counts with its best {best}."
    return Check(verdict(groups).sentences, repeated, task, [counts])


def _best_score(plan: SearchPlan, run: RunRecord, trial: Trial) -> float:
    """Return what counts of a run: what its search judged it by, unless that was the loss, which is no score."""
    return run.best_validation_score if plan.measure == "loss" else trial.value


def with_test(store: Store, check: Check) -> Check:
    """Return what a check found with the scores on the test set, which is used only here.

    Raises StoreError if a network can't be read, DatasetError without its data.
    """
    found = {run_id: _on_test(store, run_id) for each in check.repeated for run_id in each.runs}
    repeated = [each._replace(test=[found[run_id][0] for run_id in each.runs]) for each in check.repeated]
    last = sum(not is_best for _, is_best in found.values())
    counts = "The test set measures each run's network after its best epoch"
    if last:
        counts += f"; {last} of {len(found)} after the last step, as no other state was kept"
    return check._replace(repeated=repeated, counts=[*check.counts, f"{counts}."])


def _on_test(store: Store, run_id: str) -> tuple[float, bool]:
    """Return a run's score on the test set after its best epoch, and True; if that is not kept, after its last step."""
    model = store.model(run_id)
    best = best_of(store.history(run_id), "loss" if model.dataset.info.task == REGRESSION else "accuracy")
    if best is not None:
        with suppress(StoreError):  # nothing that early was kept
            earlier = store.model_at(run_id, best.step)
            model = earlier if earlier.state.step == best.step else model
    return measured_score(model, "test"), best is not None and model.state.step == best.step


def _settings_text(names: Sequence[str], config: RunConfig) -> str:
    return ", ".join(f"{SETTINGS[name].label_in_text} {setting_text(name, getattr(config, name))}" for name in names)


def _spread(task: str, scores: Sequence[float]) -> str:
    """Return mean ± standard deviation of a sample."""
    mean, deviation = float(np.mean(scores)), float(np.std(scores, ddof=1)) if len(scores) > 1 else nan
    if task == REGRESSION:
        return f"{score_text(task, mean)} ± {deviation:.3f}"
    return f"{100 * mean:.2f} ± {100 * deviation:.2f}\u202f%"
