"""The table of rules: what each one checks for, and which problems are only symptoms of others."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from mlp.config import SETTINGS, RunConfig
from mlp.inspection.diagnostics.case import Case, Finding
from mlp.inspection.diagnostics.curves import luck, one_class, over_fitting, plateau, too_high, too_low, under_fitting
from mlp.inspection.diagnostics.divergence import diverged
from mlp.inspection.diagnostics.inside import dead, exploding, saturated, symmetric, vanishing


class Rule(NamedTuple):
    """One row of the table."""

    label: str  # what it checks for
    find: Callable[[Case], Finding | None]
    explains: tuple[str, ...] = ()  # rules whose findings are only its symptoms


_STANDSTILL = ("too_low", "one_class", "under_fitting", "plateau")

RULES = {
    "diverged": Rule("divergence", diverged),
    "symmetric": Rule(
        "equal units", symmetric, ("too_high", "dead", "saturated", "vanishing", "over_fitting", *_STANDSTILL, "luck")
    ),
    "too_high": Rule("a learning rate too high", too_high, ("over_fitting", "vanishing", *_STANDSTILL)),
    "too_low": Rule("or too low", too_low, ("one_class", "under_fitting", "plateau")),
    "exploding": Rule("exploding gradients", exploding, ("vanishing", *_STANDSTILL)),
    "dead": Rule("dead ReLUs", dead, ("vanishing", *_STANDSTILL)),
    "saturated": Rule("saturated units", saturated, ("vanishing", *_STANDSTILL)),
    "vanishing": Rule("vanishing gradients", vanishing, _STANDSTILL),
    "over_fitting": Rule("overfitting", over_fitting, ("one_class",)),
    "one_class": Rule("only one class learned", one_class, ("plateau",)),
    "under_fitting": Rule("underfitting", under_fitting, ("plateau",)),
    "plateau": Rule("a plateau", plateau),
    "luck": Rule("a change within the noise", luck),
}


# Rules that read the curves only, without passing examples through the network.
ON_CURVES = ("diverged", "too_high", "too_low", "over_fitting", "one_class", "under_fitting", "plateau", "luck")


def seen_on_curves(case: Case) -> bool:
    """Return whether the curves alone show that something is wrong: cheap, but not yet what.

    Parameters
    ----------
    case
        All that is known of a run at one step.

    Returns
    -------
    bool
        Whether `diagnose` is worth its time.

    Examples
    --------
    >>> from mlp import Model, RunConfig, initial_state, load_dataset
    >>> from mlp.training import Checkpoint
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,), initializer="zeros"), load_dataset("digits")
    >>> run = Checkpoint(Model(config, dataset, initial_state(config, dataset)))
    >>> seen_on_curves(Case(run.model, run.history))  # it has not trained yet
    False
    """
    return any(RULES[name].find(case) for name in ON_CURVES)


def diagnose(case: Case) -> dict[str, Finding]:
    """Return the problems of a run, the most serious first, without those that are only symptoms of others.

    Parameters
    ----------
    case
        All that is known of a run at one step.

    Returns
    -------
    dict of str to Finding
        By the name of the rule that found them.

    Examples
    --------
    >>> from mlp import Model, RunConfig, initial_state, load_dataset
    >>> from mlp.training import Checkpoint
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,), initializer="zeros"), load_dataset("digits")
    >>> run = Checkpoint(Model(config, dataset, initial_state(config, dataset)))
    >>> [finding.title for finding in diagnose(Case(run.model, run.history)).values()]
    ['All units of a layer are the same']
    """
    if (finding := diverged(case)) is not None:
        return {"diverged": finding}  # anything else is only a symptom
    found = {name: finding for name, rule in RULES.items() if (finding := rule.find(case)) is not None}
    symptoms = {symptom for name in found for symptom in RULES[name].explains}
    return {name: finding for name, finding in found.items() if name not in symptoms}


def cured(case: Case, finding: Finding) -> RunConfig:
    """Return the settings of a fork that tries a finding's cure, with more epochs if none are left.

    Parameters
    ----------
    case
        All that is known of a run at one step.
    finding
        One of its problems, with settings that might help.

    Returns
    -------
    RunConfig
        The run's settings, with the changes.

    Examples
    --------
    >>> from mlp import Model, RunConfig, initial_state, load_dataset
    >>> from mlp.training import Checkpoint
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,), initializer="zeros"), load_dataset("digits")
    >>> run = Checkpoint(Model(config, dataset, initial_state(config, dataset)))
    >>> slow = Finding("It learns slowly", evidence="", cure="", source="", changes={"learning_rate": 0.3})
    >>> cured(Case(run.model, run.history), slow).learning_rate
    0.3
    """
    config = case.config
    begins = case.model.state.epoch
    if finding.back_to is not None:  # the batch size, and so the steps of an epoch, may have changed since
        past = case.history.until(finding.back_to)
        begins = int(past.last("epoch")) if len(past) else 0
    if begins >= config.epochs:
        longer = begins + max(config.epochs // 2, 1)
        config = replace(config, epochs=min(longer, int(SETTINGS["epochs"].high)))
    return replace(config, **finding.changes)
