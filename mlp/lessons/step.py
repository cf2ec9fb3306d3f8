"""One step of gradient descent: every number moves against its slope, by the slope times the learning rate."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.lessons.experiment import Curve, Experiment, Result, trial
from mlp.lessons.source import excerpt
from mlp.lessons.stages import DOUBLE
from mlp.lessons.walk import loss_from, model_after, walk
from mlp.network.layers import Array
from mlp.network.optimizers import Hyperparameters, sgd
from mlp.training import inputs_of

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
USUAL = RunConfig(dataset="digits", hidden=(32,), learning_rate=0.1, batch_size=32, epochs=3, seed=1)
# What the prediction does to the learning rate: in words, and as a factor.
FACTORS = {
    "half": ("half as large", 0.5),
    "four": ("four times as large", 4.0),
    "fifty": ("fifty times as large", 50.0),
}


class Step(NamedTuple):
    """What one step θ − η g did to the loss of the walk's network."""

    parameters: int  # numbers that it moved
    loss_before: float
    loss_after: float


def take_step(parameters: Array, gradient: Array, learning_rate: float) -> None:
    """Update the parameters in place: the optimizer turns the gradient into a step, which is subtracted."""
    step = gradient.copy()
    hyper = Hyperparameters(learning_rate, t=1, momentum=0, beta2=0, epsilon=0, weight_decay=0)
    sgd(step, parameters, np.empty(0), hyper)
    parameters -= step


SOURCES = excerpt(sgd, "grad *="), excerpt(take_step, "parameters -=")


def step(sample: int, steps: int, learning_rate: float) -> Step:
    """Take one step with this sample's gradient, then send the sample through again."""
    walked = walk(sample, steps)
    network = model_after(steps).network(1, DOUBLE)
    take_step(network.parameters, walked.network.gradient, learning_rate)
    return Step(len(network.parameters), walked.loss, walked.loss_in(network))


def losses_by_rate(sample: int, steps: int) -> tuple[Curve, Curve]:
    """Return the loss after one step by learning rate: of this example, and the mean over all validation points."""
    walked, model = walk(sample, steps), model_after(steps)
    inputs, labels = model.dataset.validation
    everything = inputs_of(model.dataset, inputs)
    rates = np.geomspace(RATES[0], RATES[-1], 60)
    own, all_ = np.empty(len(rates)), np.empty(len(rates))
    for index, rate in enumerate(rates):
        network = model.network(1, DOUBLE)
        take_step(network.parameters, walked.network.gradient, float(rate))
        own[index] = walked.loss_in(network)
        all_[index] = loss_from(network, 0, everything, labels)
    return Curve("this example", rates, own), Curve("all points", rates, all_)


def _measure(factor: str) -> Result:
    words, times = FACTORS[factor]
    usual = trial(USUAL)
    changed = trial(replace(USUAL, learning_rate=USUAL.learning_rate * times))
    # A network whose loss ends no lower than guessing (equal probabilities for all classes) has learned nothing.
    lost = changed.diverged or changed.loss[-1] >= math.log(load_dataset(USUAL.dataset).info.classes)
    ahead = changed.accuracy[1:].mean() > usual.accuracy[1:].mean()
    return Result(
        "breaks" if lost else "faster" if ahead else "slower",
        f"After {USUAL.epochs} epochs it gets {changed.score} right; "
        f"with {USUAL.learning_rate:g} it was {usual.score}.",
        "Short steps creep. Long steps jump across the valley, and the longest ones throw the weights far away.",
        (changed.curve(words), usual.curve(f"learning rate {USUAL.learning_rate:g}")),
    )


EXPERIMENT = Experiment(
    f"A network learns digits with learning rate {USUAL.learning_rate:g}. With the rate chosen above, it learns …",
    {"faster": "faster", "slower": "slower", "breaks": "nothing: training breaks down"},
    _measure,
)
