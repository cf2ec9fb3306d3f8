"""A network's first weights decide whether signals reach its end, and whether its units can become different."""

import functools
from dataclasses import replace

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.lessons.experiment import Curve, Experiment, Result, trial
from mlp.network.initializers import INITIALIZERS
from mlp.network.network import Network, initial_parameters
from mlp.training import FLOAT, inputs_of

DEPTH = 8  # hidden layers that a signal passes through
UNITS = 64
EXAMPLES = 200
SEED = 1
RANDOM = RunConfig(dataset="digits", hidden=(32,), learning_rate=0.1, batch_size=32, epochs=6, seed=1)
ZEROS = replace(RANDOM, initializer="zeros")


@functools.cache
def signals(initializer: str) -> Curve:
    """Return the typical size of the numbers after each hidden layer of a deep, untrained ReLU network.

    The size is the root of the mean square over units and examples; layer 0 is the input.
    """
    dataset = load_dataset(RANDOM.dataset)
    sizes = (dataset.info.inputs, *[UNITS] * DEPTH, dataset.info.classes)
    parameters = initial_parameters(sizes, initializer, np.random.default_rng(SEED), FLOAT)
    network = Network(sizes, ["relu"] * (len(sizes) - 2), parameters, EXAMPLES)
    outputs = network.forward_all(inputs_of(dataset, dataset.train.inputs[:EXAMPLES]))
    hidden = [outputs[0], *outputs[2:-1:2]]  # the input, then each ReLU's output
    sizes_of = np.array([np.sqrt(np.mean(np.square(each, dtype=np.float64))) for each in hidden])
    return Curve(INITIALIZERS[initializer].label, np.arange(len(hidden)), sizes_of)


def _measure() -> Result:
    zeros, random = trial(ZEROS), trial(RANDOM)
    share, guess = float(zeros.accuracy[-1]), 1 / load_dataset(ZEROS.dataset).info.classes
    answer = "guess" if share < 1.5 * guess else "well" if share > random.accuracy[-1] - 0.05 else "half"
    return Result(
        answer,
        f"After {ZEROS.epochs} epochs it gets {zeros.score} right; from random weights it would be {random.score}.",
        "All units of a layer give the same output and get the same gradient. With ReLU and zeros, it is zero too.",
        (zeros.curve("all zeros"), random.curve("random")),
    )


EXPERIMENT = Experiment(
    f"A network starts with every weight at zero and sees every digit {ZEROS.epochs} times. How well does it do?",
    {"guess": "no better than guessing", "half": "it gets about half right", "well": "as well as any other"},
    _measure,
)
