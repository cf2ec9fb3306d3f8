"""Two layers with no activation between them are one layer: (x W₁ + b₁) W₂ + b₂ = x (W₁ W₂) + (b₁ W₂ + b₂)."""

from dataclasses import replace

import numpy as np

from mlp.config import RunConfig
from mlp.lessons.experiment import Curve, Experiment, Result, trial
from mlp.lessons.source import excerpt
from mlp.lessons.stages import DOUBLE
from mlp.network.layers import Array, Dense
from mlp.network.network import Network, initial_parameters

REACH = 2.0
LINEAR = RunConfig(
    dataset="circles", hidden=(16,), activation="identity", learning_rate=0.3, batch_size=32, epochs=30, seed=1
)
BENT = replace(LINEAR, activation="relu")


def collapsed(first: Dense, second: Dense) -> tuple[Array, Array]:
    """Return the single layer that two dense layers collapse into: weights W₁ W₂, biases b₁ W₂ + b₂."""
    weights = first.weights @ second.weights
    biases = first.biases @ second.weights + second.biases
    return weights, biases


SOURCE = excerpt(collapsed, "weights =", "biases =")


def folded(units: int, activation: str, seed: int) -> tuple[Curve, Curve, float]:
    """Draw a network with one input, `units` hidden units and one output.

    Return its output, that of the single layer it collapses into, and the largest difference between the two.
    """
    sizes = (1, units, 1)
    rng = np.random.default_rng(seed)
    parameters = initial_parameters(sizes, "xavier", rng, DOUBLE)
    x = np.linspace(-REACH, REACH, 201)[:, None]
    network = Network(sizes, [activation], parameters, len(x))
    first, second = network.dense_layers
    first.biases[...] = rng.uniform(-1, 1, units)  # so that the bends are spread out
    weights, biases = collapsed(first, second)
    two, one = network.forward(x)[:, 0].copy(), (x @ weights + biases)[:, 0]
    apart = float(np.abs(two - one).max())
    return Curve("two layers", x[:, 0], two), Curve("collapsed into one", x[:, 0], one), apart


def is_bent(line: Curve) -> bool:
    """Whether a curve is no straight line."""
    return bool(np.abs(np.diff(line.y, 2)).max() > 1e-9)


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
