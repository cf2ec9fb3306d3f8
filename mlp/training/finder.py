"""The learning-rate finder trains a copy of a network with a rate that grows at each step, and watches the loss.

While the rate is too small, the loss stays; then it falls, faster and faster; then the steps are too large, and it
rises again. A good rate lies between.

Source: Smith, "Cyclical learning rates for training neural networks" (2017), section 3.3, the "LR range test".
"""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter
from typing import NamedTuple

import numpy as np

from mlp.config import SETTINGS
from mlp.network.layers import Array
from mlp.network.optimizers import OPTIMIZERS
from mlp.text import rate
from mlp.training.evaluation import guessing_loss
from mlp.training.loop import advance
from mlp.training.model import Model

STEPS = 40  # for each factor of ten
DECADES = 8
RATES = np.geomspace(SETTINGS["learning_rate"].low, SETTINGS["learning_rate"].high, DECADES * STEPS + 1)
WIDTH = 8  # steps: the standard deviation of the bell curve that smooths the losses
HIGHEST = 3.0  # times the first losses: higher ones are cut off, or one of them would hide all others
CLEAR = 6.0  # standard errors of a smoothed loss: by less, it neither falls nor rises,
LEAST = 0.1  # nor by less than this share of the first losses
SAME = 1e-3  # of the level: if the first losses differ by less, the network gives all examples the same
BEYOND = 30  # steps after the edge for which the loss must stay high: a few bad mini-batches are no edge
# What is suggested, as a share of the edge. The best rate is close to the highest that does not diverge: Bengio,
# "Practical recommendations for gradient-based training of deep architectures" (2012).
BELOW = 10**-0.5
FAR_BELOW = 0.1  # if only the edge is known, or if it is seen late


class Suggestion(NamedTuple):
    """A learning rate, and why it is a good one."""

    rate: float
    reason: str


@dataclass(frozen=True, eq=False)
class RateSearch:
    """How far a search is.

    >>> from mlp import Model, RunConfig, initial_state, load_dataset
    >>> config, dataset = RunConfig(dataset="digits", optimizer="adam"), load_dataset("digits")
    >>> search = searched(RateSearch(Model(config, dataset, initial_state(config, dataset))))
    >>> 0.0005 < search.suggestion().rate < 0.02
    True
    """

    model: Model  # the copy, as far as it is trained
    # Of each mini-batch before its update, [steps]; the last one is infinite if training diverged.
    losses: Array = field(default_factory=lambda: np.empty(0))

    @property
    def rates(self) -> Array:
        """The learning rate of each step, shape [steps]."""
        return RATES[: len(self.losses)]

    @property
    def over(self) -> bool:
        """Whether there is nothing more to be seen."""
        steps = len(self.losses)
        return steps == len(RATES) or self.diverged or (self.edge is not None and steps - self.edge > BEYOND)

    @property
    def diverged(self) -> bool:
        """Whether the last rate gave numbers that are infinite or NaN."""
        return len(self.losses) > 0 and not math.isfinite(self.losses[-1])

    @cached_property
    def level(self) -> float:
        """The loss before the rates change it, but at least that of a network that only guesses."""
        guess = guessing_loss(self.model.dataset)
        return max(float(self._first.mean()), guess) if len(self._first) else guess

    @cached_property
    def smooth(self) -> Array:
        """The losses as a line: each one's mean with its neighbors, weighted by a bell curve, shape [steps]."""
        if not len(self.losses):
            return self.losses
        places = np.arange(-3 * WIDTH, 3 * WIDTH + 1)
        bell = np.exp(-0.5 * (places / WIDTH) ** 2)
        losses = np.minimum(self.losses, HIGHEST * self.level)
        inside = slice(len(bell) // 2, len(bell) // 2 + len(losses))
        return (np.convolve(losses, bell) / np.convolve(np.ones(len(losses)), bell))[inside]

    @cached_property
    def edge(self) -> int | None:
        """The step from which the loss has climbed half of the way back; None if there is none yet."""
        if len(self.losses) > STEPS:
            smooth = self.smooth
            lowest = int(smooth.argmin())
            limit = smooth[lowest] + max(0.5 * (self.level - smooth[lowest]), self._noise)
            above = np.flatnonzero(smooth[lowest:] > limit)
            if len(above):
                return lowest + int(above[0])
        return len(self.losses) - 1 if self.diverged else None

    @cached_property
    def steepest(self) -> int | None:
        """The step at which the loss falls fastest; None if it does not fall clearly."""
        smooth = self.smooth[: self.edge]
        if len(smooth) <= STEPS or self._first.mean() - smooth.min() <= self._noise:
            return None
        lowest = int(smooth.argmin())
        return int(np.gradient(smooth[: lowest + 1]).argmin())

    def suggestion(self) -> Suggestion:
        """Return a rate to train with. Raises ValueError, with a sentence, if no rate is good."""
        config = self.model.config
        optimizer, low, high = OPTIMIZERS[config.optimizer], rate(RATES[0]), rate(RATES[-1])
        if self.edge is not None and self.edge <= STEPS:
            raise ValueError(
                f"Training diverges even with a learning rate of {low}: the weights are too large, or were damaged "
                "before. Restart from the initial weights, then search again."
            )
        if self.steepest is None:
            if self.edge is None:
                raise ValueError(
                    f"No learning rate from {low} to {high} changes the loss: the network doesn't learn. Choose other "
                    "initial weights or another activation."
                )
            if self._first.std() < SAME * self.level and self._first.mean() > (1 - LEAST) * self.level:
                # All examples have the same loss, that of guessing, as with weights that are all 0.
                raise ValueError(
                    "No learning rate lowers the loss clearly: the network only guesses. Above "
                    f"{rate(_rounded(RATES[self.edge]))}, the loss rises. Choose other initial weights or another "
                    "activation."
                )
        if self.steepest is not None and (optimizer.adaptive or self.edge is None):
            why = "where the loss falls fastest."
            if optimizer.adaptive:
                why += f" {optimizer.label}'s steps are about as large as the rate itself."
            return Suggestion(_rounded(RATES[self.steepest]), why)
        assert self.edge is not None
        edge = f"{rate(_rounded(RATES[self.edge]))}, where the loss has clearly risen"
        if self.steepest is None:
            share, why = FAR_BELOW, f"a tenth of {edge}: at lower rates, the loss doesn't fall clearly."
        elif optimizer.moments:
            share, why = FAR_BELOW, f"a tenth of {edge}: with momentum, it rises only after the rate is too large."
        else:
            share, why = BELOW, f"a third of {edge}: large steps learn fast, and these keep away from it."
        return Suggestion(_rounded(share * RATES[self.edge]), why)

    @property
    def _first(self) -> Array:
        """The losses of the smallest rates, which change nothing yet."""
        first = self.losses[:STEPS]
        return first[np.isfinite(first)]

    @property
    def _noise(self) -> float:
        """By how much a smoothed loss must change to mean anything."""
        independent = 2 * math.sqrt(math.pi) * WIDTH  # losses in each of its means
        return max(CLEAR * float(self._first.std()) / math.sqrt(independent), LEAST * self.level)


def _rounded(value: float) -> float:
    """Return a rate with two digits, within the allowed ones."""
    return max(float(f"{value:.2g}"), float(RATES[0]))


def searched(search: RateSearch, seconds: float = math.inf) -> RateSearch:
    """Return the search some steps on: at least one, and as many as fit into the time.

    The network of the first search is not changed. What is found does not depend on how a search is cut into pieces.
    """
    model, losses, end = search.model, list(search.losses), perf_counter() + seconds
    fixed = replace(model.config, schedule="constant", early_stopping="off", epochs=len(RATES))
    model = replace(model, state=replace(model.state, epoch=0, position=0)) if not losses else model
    while not search.over:
        config = replace(fixed, learning_rate=float(RATES[len(losses)]))
        state, report = advance(config, model.dataset, model.state, 1)
        model = replace(model, state=state)
        losses.append(math.inf if report.diverged else report.train_loss)
        search = RateSearch(model, np.array(losses))
        if perf_counter() >= end:
            break
    return search
