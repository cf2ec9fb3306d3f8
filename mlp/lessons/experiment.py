"""An experiment answers a question, with three answers from which a pupil chooses one first."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.network.layers import Array
from mlp.text import percent
from mlp.training import Model, initial_state, steps_left
from mlp.training.quantum import train_quantum

ACCURACY = "validation accuracy"  # in percent
SAME = 0.02  # accuracies that differ by less are called the same


class Curve(NamedTuple):
    """One line of a chart."""

    name: str
    x: Array
    y: Array


class Result(NamedTuple):
    """What an experiment found."""

    answer: str  # which of the experiment's answers is correct
    evidence: str  # the numbers that show it, as a sentence
    because: str  # why, in a sentence
    curves: tuple[Curve, ...] = ()
    across: str = "epochs"  # the curves' x axis
    measured: str = ACCURACY  # their y axis


class Experiment(NamedTuple):
    """A question to answer before the experiment that decides it runs."""

    question: str
    answers: Mapping[str, str]  # name → words
    measure: Callable[..., Result]

    def verdict(self, guess: str, result: Result) -> str:
        """Return the guess beside the result: "You said “slower”, and you were right." """
        said = self.answers[guess]
        if guess == result.answer:
            return f"You said “{said}”, and you were right."
        return f"You said “{said}”; the answer was “{self.answers[result.answer]}”."


class Trial(NamedTuple):
    """A short run, measured on the validation set before the first step and after every epoch."""

    model: Model  # at its end
    accuracy: Array  # [epochs + 1], shares
    loss: Array  # [epochs + 1], nats
    diverged: bool

    @property
    def score(self) -> str:
        """The accuracy at its end: "97.6 %"."""
        return percent(float(self.accuracy[-1]))

    def curve(self, name: str) -> Curve:
        """Return the accuracy over the epochs, in percent."""
        return Curve(name, np.arange(len(self.accuracy)), 100 * self.accuracy)


@functools.lru_cache(maxsize=64)
def trial(config: RunConfig) -> Trial:
    """Train all epochs of a configuration, or until training diverges."""
    dataset = load_dataset(config.dataset)
    model = Model(config, dataset, initial_state(config, dataset))
    state, reports, *_ = train_quantum(model, steps_left(config, dataset, model.state), validate=False)
    accuracies, losses = np.array([report.validation for report in reports]).T
    return Trial(replace(model, state=state), accuracies, losses, reports[-1].diverged is not None)


def against(left: Trial, right: Trial, more: str, same: str, less: str) -> str:
    """Return `more`, `same` or `less`: how the validation accuracy of `left` compares with that of `right`.

    What counts is the mean over the epochs: a run that is ahead early and caught later did learn faster.
    """
    difference = float(left.accuracy[1:].mean() - right.accuracy[1:].mean())
    return same if abs(difference) < SAME else more if difference > 0 else less
