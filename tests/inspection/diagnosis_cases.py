"""Runs with problems, for the tests of the diagnosis."""

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp import Dataset, Model, RunConfig, advance, initial_state
from mlp.datasets import is_available
from mlp.inspection.diagnostics import RULES, Case, Finding, cured
from mlp.presets import PRESETS
from mlp.training import explain_divergence, finished
from mlp.training.history import COLUMNS, History
from mlp.training.quantum import train_quantum
from tests.models import model_of

DIGITS = RunConfig(dataset="digits")
NARROW = RunConfig(dataset="moons", hidden=(3,), learning_rate=1.0, epochs=100)
ON_DISK = pytest.mark.skipif(
    not is_available("mnist"),
    reason="MNIST is not on disk. Get it with: python -m mlp data download mnist (or set MLP_DATA_DIR)",
)


def untrained(config: RunConfig) -> Case:
    """A run before its first step."""
    return Case(model_of(config), History().view())


def with_settings(case: Case, **settings: Any) -> Case:
    """The same run with other settings."""
    return replace(case, model=replace(case.model, config=replace(case.config, **settings)))


def changed_now(case: Case, **settings: Any) -> Case:
    """A run whose settings have just been changed."""
    return replace(with_settings(case, **settings), since=case.model.state.step, before=case.model)


def trained_on(case: Case, epochs: float = math.inf, reports: int = 1, each: Callable[[Case], bool] = bool) -> Case:
    """The case some epochs later, with this many reports per epoch; until `each`, asked after every one, is false."""
    config, state, history = case.config, case.model.state, History(case.history)
    end = state.epoch + epochs
    while not finished(config, state) and state.epoch < end:
        steps = max(config.steps_per_epoch(case.model.dataset.info) // reports, 1)
        quantum = train_quantum(replace(case.model, state=state), steps, validate=True)
        state = quantum.state
        for report in quantum.reports:
            history.append(report)
        last = quantum.reports[-1].diverged
        message = explain_divergence(config, last) if last else ""
        case = replace(case, model=replace(case.model, state=state), history=history.view(), diverged=message)
        if message or not each(case):
            break
    return case


@functools.cache
def trained(config: RunConfig, epochs: float = math.inf, reports: int = 1) -> Case:
    """A run after some epochs."""
    return trained_on(untrained(config), epochs, reports)


def changed_after(config: RunConfig, epochs: int, **settings: Any) -> Case:
    """A run whose settings were changed after this many epochs, trained as many more."""
    return trained_on(changed_now(trained(config, epochs), **settings), epochs)


def forked(case: Case, finding: Finding) -> Case:
    """The fork that tries a finding's cure, before its first step."""
    back = replace(case, diverged="")
    if finding.back_to is not None:
        back = untrained(case.config)
    if finding.back_to:
        state, _ = advance(case.config, case.model.dataset, back.model.state, finding.back_to)
        back = replace(back, model=replace(back.model, state=state), history=case.history.until(finding.back_to))
    return replace(back, model=replace(back.model, config=cured(case, finding)), since=back.model.state.step)


@functools.cache
def exploding() -> Case:
    """A run without bends, just before it diverges."""
    config = replace(DIGITS, hidden=(64,) * 6, activation="identity")
    case = trained_on(untrained(config), reports=38, each=lambda now: not now.history.last("gradient_norm") > 1e3)
    assert not case.diverged
    return case


def found(name: str, case: Case) -> Finding:
    """What a rule finds in a run that has its problem."""
    finding = RULES[name].find(case)
    assert finding is not None
    return finding


def rewritten(case: Case, column: str, change: Callable[[np.ndarray], np.ndarray]) -> Case:
    """The same run with one of its curves changed."""
    table = case.history.table.copy()
    table[COLUMNS.index(column)] = change(case.history[column])
    return replace(case, history=replace(case.history, table=table))


def scaled(case: Case, column: str, factor: float) -> Case:
    return rewritten(case, column, lambda values: values * factor)


def uneven(rare: int, apart: float = 0.0, epochs: int = 12, **settings: Any) -> Case:
    """A run on 400 points of two classes, `rare` of them of the second, whose means are as far apart."""
    labels = np.arange(400) < rare
    points = np.random.default_rng(0).normal(size=(400, 2)) + apart * labels[:, None]
    config = RunConfig(hidden=(8,), learning_rate=0.05, batch_size=16, epochs=epochs, **settings)
    dataset = Dataset.from_arrays(points, labels)
    return Case(Model(config, dataset, initial_state(config, dataset)), History().view())


ILL: dict[str, Callable[[], Case]] = {
    "diverged": lambda: trained(replace(DIGITS, hidden=(64,) * 6, activation="identity")),
    "symmetric": lambda: trained(PRESETS["zeros"].config("digits"), 3),
    "too_high": lambda: trained(PRESETS["too_fast"].config("digits"), 10),
    "too_low": lambda: trained(replace(DIGITS, learning_rate=0.001), 10),
    "exploding": exploding,
    "dead": lambda: trained(replace(DIGITS, learning_rate=3.0), 3),
    "saturated": lambda: trained(replace(DIGITS, activation="tanh", learning_rate=1.0), 3),
    "vanishing": lambda: trained(replace(DIGITS, hidden=(64,) * 6, activation="sigmoid", initializer="lecun"), 10),
    "over_fitting": lambda: trained(replace(PRESETS["over_fitting"].config("gaussians"), hidden=(128, 128))),
    "one_class": lambda: trained_on(uneven(16, 1.5)),
    "under_fitting": lambda: trained(PRESETS["linear"].config("circles")),
    "plateau": lambda: trained(NARROW),
    "luck": lambda: changed_after(DIGITS, 10, l2=1e-4),
}
