"""A dense layer is several perceptrons that look at the same inputs, with their weights side by side in one matrix."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlp.config import RunConfig
from mlp.layers import Dense
from mlp.lessons.prediction import SAME, Finding, Prediction, percent, trial
from mlp.lessons.stages import DOUBLE, Stage, dense_forward
from mlp.network import count_parameters, initial_parameters, split_parameters

MOST_UNITS = 5
SEED = 3
FEW = RunConfig(dataset="digits", hidden=(2,), learning_rate=0.1, batch_size=32, epochs=6, seed=1)
MANY = replace(FEW, hidden=(32,))


def layer_stage(inputs: Sequence[float], units: int) -> Stage:
    """Return z = x W + b of a layer with so many units, its weights drawn by the tutorial's initializer."""
    sizes = (len(inputs), units)
    parameters = initial_parameters(sizes, "xavier", np.random.default_rng(SEED), DOUBLE)
    weights, biases = next(split_parameters(parameters, sizes))
    biases[...] = np.linspace(-0.5, 0.5, units)  # not the usual zeros, so that one sees them act
    layer = Dense(weights, biases, np.empty_like(weights), np.empty_like(biases))
    return dense_forward(layer, np.array([inputs], DOUBLE), depth=1)


def learned_numbers(inputs: int, units: int) -> int:
    """Return how many numbers such a layer learns: a weight for each input of each unit, and a bias for each unit."""
    return count_parameters((inputs, units))


def _measure() -> Finding:
    few, many = trial(FEW), trial(MANY)
    behind = float(many.accuracy[-1] - few.accuracy[-1])
    answer = "same" if abs(behind) < SAME else "better" if behind < 0 else "near" if behind < 0.1 else "far"
    return Finding(
        answer,
        f"After {FEW.epochs} epochs, 2 units have {percent(few.accuracy[-1])} right and 32 units "
        f"{percent(many.accuracy[-1])}.",
        "All that the last layer learns about the picture has to pass through those two numbers.",
        (few.curve("2 units"), many.curve("32 units")),
    )


PREDICTION = Prediction(
    "A network reads digits through a hidden layer of 32 units. We cut it down to 2 units. What happens?",
    {"far": "it falls far behind", "near": "it is only a little worse", "same": "it is as good"},
    _measure,
)
