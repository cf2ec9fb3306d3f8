"""A prediction is a question with three answers, and the experiment that decides which of them came out."""

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.layers import Array
from mlp.training import TrainingState, advance, evaluate, initial_state

ACCURACY = "validation accuracy"  # in percent
SAME = 0.02  # accuracies nearer than this to each other are called the same


class Curve(NamedTuple):
    """One line of a chart."""

    name: str
    x: Array
    y: Array


class Finding(NamedTuple):
    """What an experiment came to."""

    answer: str  # the one of the prediction's answers that is true
    evidence: str  # the numbers that say so, as a sentence
    because: str  # why, in a sentence
    curves: tuple[Curve, ...] = ()
    across: str = "epochs"  # what the curves' x is
    measured: str = ACCURACY  # what their y is


class Prediction(NamedTuple):
    """A question to answer before the experiment is run."""

    question: str
    answers: Mapping[str, str]  # name → words
    measure: Callable[..., Finding]

    def told(self, guess: str, finding: Finding) -> str:
        """Return what was said beside what came out: "You said “slower”, and so it is." """
        said = self.answers[guess]
        if guess == finding.answer:
            return f"You said “{said}”, and so it is."
        return f"You said “{said}”; it is “{self.answers[finding.answer]}”."


class Trial(NamedTuple):
    """A short run, measured on the validation set before the first step and after each epoch."""

    config: RunConfig
    state: TrainingState
    accuracy: Array  # [epochs + 1], shares
    loss: Array  # [epochs + 1], nats
    diverged: bool

    def curve(self, name: str) -> Curve:
        """Return the accuracy over the epochs in percent."""
        return Curve(name, np.arange(len(self.accuracy)), 100 * self.accuracy)


@functools.lru_cache(maxsize=64)
def trial(config: RunConfig) -> Trial:
    """Train all of a configuration's epochs, or until the numbers are no longer finite."""
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    measured = [evaluate(config, dataset, state)]
    diverged = False
    while state.epoch < config.epochs and not diverged:
        state, report = advance(config, dataset, state, config.steps_per_epoch)
        diverged = report.diverged is not None
        measured.append(evaluate(config, dataset, state))
    accuracies, losses = np.array(measured).T
    return Trial(config, state, accuracies, losses, diverged)


def percent(share: float) -> str:
    """Return a share from 0 to 1 as "97.6 %"."""
    return f"{100 * share:.1f}\u202f%"


def against(left: Trial, right: Trial, more: str, same: str, less: str) -> str:
    """Return one of three words: whether `left` has more validation accuracy than `right` over all epochs, or less.

    What counts is the mean over the epochs: whoever is ahead early and caught up with later did learn faster.
    """
    difference = float(left.accuracy[1:].mean() - right.accuracy[1:].mean())
    return same if abs(difference) < SAME else more if difference > 0 else less
