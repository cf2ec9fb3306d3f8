"""A dense layer is several perceptrons with the same inputs, their weights side by side in one matrix."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlp.config import RunConfig
from mlp.lessons.experiment import SAME, Experiment, Result, trial
from mlp.lessons.stages import DOUBLE, Stage, dense_forward
from mlp.network.layers import Dense
from mlp.network.network import initial_parameters, split_parameters

MOST_UNITS = 5
SEED = 3
FEW = RunConfig(dataset="digits", hidden=(2,), learning_rate=0.1, batch_size=32, epochs=6, seed=1)
MANY = replace(FEW, hidden=(32,))


def layer_stage(inputs: Sequence[float], units: int) -> Stage:
    """Return z = x W + b of a layer with `units` units, its weights drawn with Xavier initialization."""
    sizes = (len(inputs), units)
    parameters = initial_parameters(sizes, "xavier", np.random.default_rng(SEED), DOUBLE)
    weights, biases = next(split_parameters(parameters, sizes))
    biases[...] = np.linspace(-0.5, 0.5, units)  # not the usual zeros, so that their effect is visible
    layer = Dense(weights, biases, np.empty_like(weights), np.empty_like(biases))
    return dense_forward(layer, np.array([inputs], DOUBLE), depth=1)


def _measure() -> Result:
    few, many = trial(FEW), trial(MANY)
    behind = float(many.accuracy[-1] - few.accuracy[-1])
    answer = "same" if abs(behind) < SAME else "better" if behind < 0 else "near" if behind < 0.1 else "far"
    return Result(
        answer,
        f"After {FEW.epochs} epochs, the network with 2 units gets {few.score} right, the one with 32 "
        f"units {many.score}.",
        "Everything the last layer knows about the image has to pass through those two numbers.",
        (few.curve("2 units"), many.curve("32 units")),
    )


EXPERIMENT = Experiment(
    "A network reads digits through a hidden layer of 32 units. We cut that layer down to 2 units. What happens?",
    {"far": "it falls far behind", "near": "it gets only a little worse", "same": "it stays as good"},
    _measure,
)
