"""The advisor proposes the settings of the next trial, and says which trials to end early: Optuna, by ask and tell.

Optuna keeps its study in memory only. The truth is in the store: a study is made again from its trials.

Akiba et al., "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD 2019.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from math import isfinite, prod
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from mlp.config import SETTINGS, ConfigError, RunConfig
from mlp.search.plan import MOST_TRIALS, SearchPlan
from mlp.search.space import Choices, Layers, Numbers, Space
from mlp.search.trial import Outcome, Trial

RANDOM_TRIALS = 10  # before there is something to learn from
UNPRUNED_TRIALS = 5  # before there is something to compare with
GRID_VALUES = 5  # of a range of numbers
DIGITS = 4  # of a number that is tried: more would only be hard to read
REDUCTION = 4  # of how many trials one goes on, with successive halving
LEAST_FOR_IMPORTANCE = 10  # finished trials

Params = dict[str, Any]

_STATES = {
    Outcome.RUNNING: TrialState.RUNNING,
    Outcome.COMPLETE: TrialState.COMPLETE,
    # Optuna ranks what was ended early below what was not: so it learns where training diverges.
    Outcome.PRUNED: TrialState.PRUNED,
    Outcome.CUT: TrialState.PRUNED,
    Outcome.DIVERGED: TrialState.PRUNED,
    Outcome.FAILED: TrialState.FAIL,
    Outcome.CHANGED: TrialState.FAIL,
}
optuna.logging.set_verbosity(optuna.logging.ERROR)


class Advisor:
    """Optuna's study of one search. Not safe to use from several threads at once."""

    def __init__(self, plan: SearchPlan, trials: Iterable[Trial] = ()) -> None:
        """`trials` were made before, in the order of their numbers. Raises ConfigError for a grid that is too large."""
        trials = list(trials)
        self._plan = plan
        self._distributions = distributions_of(plan.space)
        self._study = optuna.create_study(
            direction="maximize" if plan.judged_by.higher else "minimize",
            # A study that is made again must not draw the same random settings again.
            sampler=_sampler(plan, plan.seed + len(trials)),
            pruner=_pruner(plan),
        )
        self._grid = _grid(plan) if plan.sampler == "grid" else None
        self._asked: dict[int, optuna.Trial] = {}
        self._tried = [params_of(plan.space, trial.config) for trial in trials]
        self._study.add_trials([self._frozen(trial) for trial in trials if trial.outcome != Outcome.RUNNING])
        for trial in trials:
            if trial.outcome == Outcome.RUNNING:
                self._study.enqueue_trial(params_of(plan.space, trial.config))
                self._asked[trial.number] = self._study.ask(self._distributions)
                for place, value in trial.values.items():
                    self.should_end(trial.number, place, value)

    def ask(self, number: int) -> RunConfig | None:
        """Return the settings of a new trial; None if every combination has been tried."""
        if self._grid is not None:
            params = next((params for params in self._grid if params not in self._tried), None)
            if params is None:
                return None
            self._study.enqueue_trial(params)
        asked = self._asked[number] = self._study.ask(self._distributions)
        config = config_of(self._plan, asked.params)
        self._tried.append(params_of(self._plan.space, config))
        return config

    def should_end(self, number: int, place: int, value: float) -> bool:
        """Take what a trial reached by an epoch or part of its time; return whether to end it early."""
        asked = self._asked[number]
        asked.report(value, place)
        return asked.should_prune()

    def tell(self, trial: Trial) -> Trial:
        """Take how a trial ended; return it with what the pruner remembers."""
        asked, state = self._asked.pop(trial.number), _STATES[trial.outcome]
        value = trial.value if state is TrialState.COMPLETE else None
        told = self._study.tell(asked, value, state)
        return replace(trial, remembered=dict(told.system_attrs))

    def importance(self) -> dict[str, float]:
        """Return how much of the difference between good and bad trials each setting explains; they sum to 1.

        PED-ANOVA (Watanabe et al., IJCAI 2023). Empty with fewer than ten complete trials.
        """
        complete = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(complete) < LEAST_FOR_IMPORTANCE:
            return {}
        found = optuna.importance.get_param_importances(self._study)
        return {name: share for name, share in found.items() if isfinite(share)}

    def _frozen(self, trial: Trial) -> optuna.trial.FrozenTrial:
        """Return a trial that has ended as Optuna has it."""
        state = _STATES[trial.outcome]
        return optuna.trial.create_trial(
            state=state,
            value=trial.value if state is TrialState.COMPLETE else None,
            params=params_of(self._plan.space, trial.config),
            distributions=dict(self._distributions),
            system_attrs=dict(trial.remembered),
            intermediate_values=dict(trial.values),
        )


def distributions_of(space: Space) -> dict[str, BaseDistribution]:
    """Return a space as Optuna has it."""
    found: dict[str, BaseDistribution] = {}
    for range in space.ranges:
        match range:
            case Numbers(name, low, high, log) if range.whole:
                found[name] = IntDistribution(int(low), int(high), log=log)
            case Numbers(name, low, high, log):
                found[name] = FloatDistribution(low, high, log=log)
            case Layers(low, high, fewest, most, log, name):
                found[f"{name} units"] = IntDistribution(low, high, log=log)
                found[f"{name} layers"] = IntDistribution(fewest, most)
            case Choices(name, values):
                found[name] = CategoricalDistribution([SETTINGS[name].write(value) for value in values])
    return found


def config_of(plan: SearchPlan, params: Mapping[str, Any]) -> RunConfig:
    """Return the settings that Optuna's parameters mean."""
    changes: dict[str, Any] = {}
    for range in plan.space.ranges:
        match range:
            case Numbers(name, low, high):
                value = params[name] if range.whole else float(f"{params[name]:.{DIGITS}g}")
                changes[name] = min(max(value, low), high)
            case Layers(name=name):
                changes[name] = params[f"{name} layers"] * (params[f"{name} units"],)
            case Choices(name):
                changes[name] = SETTINGS[name].read(params[name])
    return replace(plan.base, **changes)


def params_of(space: Space, config: RunConfig) -> Params:
    """Return settings as Optuna's parameters."""
    found: Params = {}
    for range in space.ranges:
        value = getattr(config, range.name)
        match range:
            case Numbers(name):
                found[name] = value
            case Layers(name=name):
                found |= {f"{name} units": value[0], f"{name} layers": len(value)}
            case Choices(name):
                found[name] = SETTINGS[name].write(value)
    return found


def _sampler(plan: SearchPlan, seed: int) -> optuna.samplers.BaseSampler:
    if plan.sampler == "tpe":
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=RANDOM_TRIALS)
    return optuna.samplers.RandomSampler(seed=seed)


def _pruner(plan: SearchPlan) -> optuna.pruners.BasePruner:
    match plan.pruner:
        case "median":
            return optuna.pruners.MedianPruner(n_startup_trials=UNPRUNED_TRIALS)
        case "halving":
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=REDUCTION)
    return optuna.pruners.NopPruner()


def _grid(plan: SearchPlan) -> list[Params]:
    """Return every combination of values, in random order, so that the first ones are spread over all of them.

    Raises ConfigError if they are more than a search can try.
    """
    axes = {name: _axis(distribution) for name, distribution in distributions_of(plan.space).items()}
    count = prod(map(len, axes.values()))
    if count > MOST_TRIALS:
        raise ConfigError(
            f"A grid of these ranges has {count:,} combinations; {MOST_TRIALS:,} are allowed. Vary fewer settings, or "
            "let the next settings be chosen at random or by TPE."
        )
    every = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    order = np.random.default_rng(plan.seed).permutation(len(every))
    # As the settings have them: rounded.
    return [params_of(plan.space, config_of(plan, every[place])) for place in order]


def _axis(distribution: BaseDistribution) -> list[Any]:
    """Return values that are spread over a range, both ends included."""
    match distribution:
        case CategoricalDistribution():
            return list(distribution.choices)
        case IntDistribution() if distribution.high - distribution.low < GRID_VALUES:
            return list(range(distribution.low, distribution.high + 1))
        case IntDistribution() | FloatDistribution():
            spread = np.geomspace if distribution.log else np.linspace
            values = spread(distribution.low, distribution.high, GRID_VALUES).tolist()
            return [round(value) for value in values] if isinstance(distribution, IntDistribution) else values
    raise TypeError(distribution)
