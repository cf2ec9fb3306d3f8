"""Two layers with no activation between them are one layer: (x W₁ + b₁) W₂ + b₂ = x (W₁ W₂) + (b₁ W₂ + b₂)."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.lessons.experiment import Experiment, Result, trial
from mlp.lessons.source import excerpt
from mlp.lessons.stages import DOUBLE
from mlp.network.layers import Array, Dense
from mlp.network.network import Network, initial_parameters

REACH = 2.0
LINEAR = RunConfig(
    dataset="circles", hidden=(16,), activation="identity", learning_rate=0.3, batch_size=32, epochs=30, seed=1
)
BENT = replace(LINEAR, activation="relu")


class Folded(NamedTuple):
    """A network with one input, one hidden layer and one output, and the single layer it collapses into."""

    x: Array  # [n]
    two: Array  # [n], output of the two layers
    one: Array  # [n], output of the single layer x (W₁ W₂) + (b₁ W₂ + b₂)

    @property
    def apart(self) -> float:
        """The largest difference between the two outputs."""
        return float(np.abs(self.two - self.one).max())


def collapsed(first: Dense, second: Dense) -> tuple[Array, Array]:
    """Return the single layer that two dense layers collapse into: weights W₁ W₂, biases b₁ W₂ + b₂."""
    weights = first.weights @ second.weights
    biases = first.biases @ second.weights + second.biases
    return weights, biases


SOURCE = excerpt(collapsed, "weights =", "biases =")


def folded(units: int, activation: str, seed: int) -> Folded:
    """Draw a network with `units` hidden units; return its output and that of the layer it collapses into."""
    sizes = (1, units, 1)
    rng = np.random.default_rng(seed)
    parameters = initial_parameters(sizes, "xavier", rng, DOUBLE)
    x = np.linspace(-REACH, REACH, 201)[:, None]
    network = Network(sizes, activation, parameters, len(x))
    first, second = network.dense_layers
    first.biases[...] = rng.uniform(-1, 1, units)  # so that the bends are spread out
    weights, biases = collapsed(first, second)
    two, one = network.forward(x).copy(), x @ weights + biases
    return Folded(x[:, 0], two[:, 0], one[:, 0])


def _measure() -> Result:
    linear, bent = trial(LINEAR), trial(BENT)
    share = float(linear.accuracy[-1])
    answer = min({"half": 0.5, "most": 0.75, "all": 1.0}.items(), key=lambda item: abs(item[1] - share))[0]
    return Result(
        answer,
        f"Without ReLU, the network gets {linear.score} of the points right; with it, {bent.score}.",
        "Without a bend, the network can only cut the plane along one straight line, no matter how many units it has. "
        "No straight line separates a ring from what is inside it.",
    )


EXPERIMENT = Experiment(
    "One class is a ring around the other. A network with 16 hidden units learns to separate them, but without ReLU. "
    "How many points does it get right?",
    {"half": "about half", "most": "about three quarters", "all": "nearly all"},
    _measure,
)
