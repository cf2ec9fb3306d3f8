"""A perceptron weights its inputs, adds them up, and says yes if the sum is above zero."""

import functools
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Split, load_dataset
from mlp.lessons.experiment import Experiment, Result, trial
from mlp.lessons.source import excerpt
from mlp.network.layers import Array, Dense
from mlp.network.network import split_parameters
from mlp.text import percent

CONFIG = RunConfig(dataset="moons", hidden=(), learning_rate=0.5, batch_size=32, epochs=10, seed=1)
SOURCE = excerpt(Dense.forward, "z =", "z +=")


class Line(NamedTuple):
    """A perceptron with two inputs: yes if w₁ x₁ + w₂ x₂ + b > 0."""

    first: float  # w₁
    second: float  # w₂
    bias: float

    @property
    def layer(self) -> Dense:
        """The same as a dense layer with a single unit."""
        weights, biases = np.array([[self.first], [self.second]]), np.array([self.bias])
        return Dense(weights, biases, np.empty_like(weights), np.empty_like(biases))


def points() -> Split:
    """Return the points to separate: two classes, 0 and 1."""
    return load_dataset(CONFIG.dataset).validation


def says_yes(line: Line, at: Array) -> Array:
    """Return for each point [n, 2] whether the perceptron says yes, that is, class 1."""
    return line.layer.forward(at.astype(np.float64))[:, 0] > 0


def share_right(line: Line) -> float:
    """Return the share of the points that are on their class's side."""
    return float((says_yes(line, points().inputs) == points().labels).mean())


@functools.cache
def trained_line() -> Line:
    """Return the line that training finds on the training points.

    A network with two classes and no hidden layer is one perceptron: class 1 wins if its logit exceeds the other's,
    x · (W₁ − W₀) + b₁ − b₀ > 0.
    """
    weights, biases = next(split_parameters(trial(CONFIG).model.state.parameters, (2, 2)))
    first, second = weights[:, 1] - weights[:, 0]
    return Line(float(first), float(second), float(biases[1] - biases[0]))


def _measure(mine: Line) -> Result:
    own, trained = share_right(mine), share_right(trained_line())
    answer = "same" if own == trained else "more" if trained > own else "fewer"
    return Result(
        answer,
        f"Your line gets {percent(own)} right; the trained line gets {percent(trained)}.",
        "Training adjusted the same three numbers as you did, but the slope of the loss showed it which way to go. "
        "No straight line gets every point right.",
    )


EXPERIMENT = Experiment(
    "Now let training find a line, with the same three numbers. How many points will it get right?",
    {"fewer": "fewer than mine", "same": "as many as mine", "more": "more than mine"},
    _measure,
)
