"""A case is all that is known of a run: its settings, its curves, and what its network is like inside."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import REGRESSION, Split
from mlp.inspection.distributions import backpropagated
from mlp.network.layers import ACTIVATIONS, Array, Layer
from mlp.text import rate
from mlp.training import Model
from mlp.training.evaluation import guessing_loss
from mlp.training.history import HistoryView

SAMPLE = 500  # training examples that are passed through a network to look inside
ALIKE = 1e-4  # of the largest weight: units whose weights differ by less count as equal
EARLIEST = 5_000  # examples to train on before the curves mean anything, or an epoch if that is less
FEWEST = 3  # reports, likewise
UNSCALED = 10.0  # times the size of scaled targets
SCALE = "Subtract the target's mean from it and divide it by its standard deviation, as imports do, and start again."
BACK = "Go back to where the loss was lowest, and continue from there with a learning rate of {}."
PATIENCE = 25  # epochs, or half of those planned, before a loss that does not fall is more than a slow start


class Finding(NamedTuple):
    """One thing that is wrong with a run."""

    title: str
    evidence: str  # the numbers, in a sentence or two
    cure: str  # what to try
    source: str
    changes: Mapping[str, Any] = MappingProxyType({})  # settings of a fork that tries it; none if only a restart helps
    back_to: int | None = None  # step to fork from; None for the step that is inspected


class Vitals(NamedTuple):
    """What a look inside a network shows, layer by layer, on some training examples."""

    examples: int  # that were looked at
    dead: tuple[float, ...]  # of each hidden layer, the share of units that always output 0, if its units can die
    saturated: tuple[float, ...]  # of each hidden layer, the share of values at an end of its activation, if it has two
    alike: tuple[bool, ...]  # of each hidden layer, whether all its units have the same weights
    gradients: tuple[float, ...]  # ‖dL/dW‖ of each dense layer
    speeds: tuple[float, ...]  # ‖dL/dW‖ / ‖W‖: how fast each would learn, for its size; NaN if all weights are 0


@dataclass(frozen=True, eq=False)
class Case:
    """All that is known of a run at one step."""

    model: Model
    history: HistoryView  # up to that step
    diverged: str = ""  # the message when it diverged; empty if it has not
    since: int = 0  # step at which the current settings took effect
    before: Model | None = None  # the network at that step, if it was kept

    @property
    def config(self) -> RunConfig:
        """The current settings."""
        return self.model.config

    @cached_property
    def vitals(self) -> Vitals:
        """What the network is like inside."""
        return examine(self.model)

    @cached_property
    def guess(self) -> float:
        """The loss of a network that has learned nothing."""
        return guessing_loss(self.model.dataset)

    @cached_property
    def target_size(self) -> float:
        """The root mean square of a regression's targets, 1 once they are scaled; 1 for classes, too."""
        info, labels = self.model.dataset.info, self.model.dataset.train.labels
        return math.sqrt(np.mean(np.square(labels, dtype=np.float64))) if info.task == REGRESSION else 1.0

    @property
    def guessing(self) -> str:
        """What that network does, in words."""
        return "predicting the mean" if self.model.dataset.info.task == REGRESSION else "guessing"

    @cached_property
    def recent(self) -> HistoryView:
        """The reports of training under the current settings."""
        reports = (self.history["step"] > self.since) & (self.history["trained"] > 0)
        return HistoryView(self.history.table[:, reports])

    @cached_property
    def late(self) -> HistoryView:
        """The second half of those."""
        return HistoryView(self.recent.table[:, len(self.recent) // 2 :])

    @property
    def epochs(self) -> float:
        """Passes over the training set under the current settings."""
        return float(self.recent["trained"].sum()) / len(self.model.dataset.train.labels)

    @property
    def trained_enough(self) -> bool:
        """Whether there has been enough training for the curves to mean anything."""
        enough = min(EARLIEST, len(self.model.dataset.train.labels))
        return len(self.recent) >= FEWEST and float(self.recent["trained"].sum()) >= enough

    @property
    def patience(self) -> float:
        """The epochs after which a loss that does not fall is more than a slow start."""
        return min(PATIENCE, self.config.epochs / 2)

    @property
    def late_loss(self) -> float:
        """The mean training loss lately, in nats."""
        return mean_loss(self.late)

    @property
    def unlearned(self) -> float:
        """How much of the loss of guessing the training loss still has lately, as a share of what can be learned."""
        least = self.least.train
        return (self.late_loss - least) / (self.guess - least)

    @property
    def least(self) -> "LeastLosses":
        """The losses of a network that has learned everything."""
        info, smoothing = self.model.dataset.info, self.config.label_smoothing
        return least_losses(0.0 if info.task == REGRESSION else smoothing, info.classes)


class LeastLosses(NamedTuple):
    """The losses of a network that predicts exactly the labels that it learns from."""

    train: float
    validation: float  # which knows no smoothing


def least_losses(smoothing: float, classes: int) -> LeastLosses:
    """Return the least losses for labels that are smoothed by ε.

    p is 1 − ε + ε / classes for the correct class, ε / classes for any other. In training the least loss is their
    entropy −Σ p ln p, on the validation set −ln p of the correct class.
    """
    if not smoothing:
        return LeastLosses(0.0, 0.0)
    other = smoothing / classes
    correct = 1 - smoothing + other
    confident = -math.log(correct)
    return LeastLosses(correct * confident - (classes - 1) * other * math.log(other), confident)


def mean_loss(reports: HistoryView) -> float:
    """Return the training loss over all examples of some reports; NaN without any."""
    trained = float(reports["trained"].sum())
    return float(reports["train_loss"] @ reports["trained"]) / trained if trained else math.nan


def middle(values: Array) -> float:
    """Return the median of the finite values; NaN if there are none."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan


def slower(present: float, cure: str) -> tuple[str, dict[str, float]]:
    """Return a cure, which names a tenth of the present learning rate, and its settings; at the lowest one, another."""
    low = SETTINGS["learning_rate"].low
    if present <= low:
        return "The learning rate is the lowest already. Choose other initial weights, and restart.", {}
    tenth = max(float(f"{present / 10:.3g}"), low)
    return cure.format(rate(tenth)), {"learning_rate": tenth}


def highest_rate(case: Case) -> float:
    """Return the highest learning rate with which a run was trained; the present one before that."""
    used = case.history["learning_rate"]
    only_before = len(used) > len(case.recent) == 0  # training under the current settings
    return float(used.max(initial=0.0 if only_before else case.config.learning_rate))


def learned_most(case: Case) -> int:
    """Return the step at which the validation loss was lowest; 0 if it was never measured."""
    losses = case.history["validation_loss"]
    known = np.flatnonzero(np.isfinite(losses))
    return int(case.history["step"][known[losses[known].argmin()]]) if len(known) else 0


def examine(model: Model) -> Vitals:
    """Look inside a network with an even sample of the training examples.

    Parameters
    ----------
    model
        The network, and the data it learned from.

    Returns
    -------
    Vitals
        What was seen, layer by layer.

    Raises
    ------
    ValueError
        If the data comes without training examples, as that of an opened file or an estimator.

    Examples
    --------
    >>> from mlp import Model, RunConfig, initial_state, load_dataset
    >>> from mlp.training import Checkpoint
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,), initializer="zeros"), load_dataset("digits")
    >>> run = Checkpoint(Model(config, dataset, initial_state(config, dataset)))
    >>> examine(run.model).alike  # weights that start at zero learn the same
    (True,)
    """
    inputs, labels = model.dataset.examples("train")
    rows = np.unique(np.linspace(0, len(labels) - 1, SAMPLE).astype(np.intp))
    network, outputs = backpropagated(model, Split(inputs[rows], labels[rows]))
    activations, dense = [ACTIVATIONS[name] for name in model.config.activations], network.dense_layers
    hidden = list(zip(activations, outputs[2:-1:2], strict=True))
    gradients = tuple(_norm(layer.grad_weights) for layer in dense)
    sizes = tuple(_norm(layer.weights) for layer in dense)
    return Vitals(
        examples=len(rows),
        dead=tuple(_dead(values) if activation.can_die else 0.0 for activation, values in hidden),
        saturated=tuple(_saturated(activation, values) for activation, values in hidden),
        alike=tuple(_are_alike(layer.weights) for layer in dense[:-1]),
        gradients=gradients,
        speeds=tuple(g / w if w else math.nan for g, w in zip(gradients, sizes, strict=True)),
    )


def _norm(array: Array) -> float:
    return math.sqrt(np.sum(np.square(array, dtype=np.float64)))


def _dead(values: Array) -> float:
    return 1 - float((values > 0).any(axis=0).mean())


def _saturated(activation: type[Layer], values: Array) -> float:
    """Return the share of values within a hundredth of the range of an end, where the slope is close to zero."""
    if activation.ends is None:
        return 0.0
    low, high = activation.ends
    return float((np.abs(values - (low + high) / 2) > 0.49 * (high - low)).mean())


def _are_alike(weights: Array) -> bool:
    """Return whether all columns of a layer, one per unit, are the same."""
    apart = float(np.abs(weights - weights[:, :1]).max())
    return weights.shape[1] > 1 and apart <= ALIKE * float(np.abs(weights).max())
