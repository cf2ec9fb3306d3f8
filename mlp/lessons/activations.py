"""An activation bends a unit's output, and its slope decides how much of the gradient passes back through it."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.lessons.experiment import Curve, Experiment, Result, against, trial
from mlp.network.layers import ACTIVATIONS

REACH = 5.0
RELU = RunConfig(dataset="digits", hidden=(32, 32), learning_rate=0.1, batch_size=32, epochs=7, seed=1)
SIGMOID = replace(RELU, activation="sigmoid")


class ActivationCurve(NamedTuple):
    """An activation over a range of weighted sums z, and at one of them."""

    lines: tuple[Curve, Curve]  # a and da/dz
    output: float  # at the chosen sum
    slope: float


def activation_curve(activation: str, at: float) -> ActivationCurve:
    """Return a and da/dz of an activation, by its forward and backward passes: a gradient of 1 comes back as da/dz."""
    layer = ACTIVATIONS[activation]()
    z = np.linspace(-REACH, REACH, 201)
    chosen = np.array([at])
    return ActivationCurve(
        (Curve("output a", z, layer.forward(z)), Curve("slope da/dz", z, layer.backward(z, np.ones_like(z)))),
        float(layer.forward(chosen)[0]),
        float(layer.backward(chosen, np.ones(1))[0]),
    )


def _measure() -> Result:
    relu, sigmoid = trial(RELU), trial(SIGMOID)
    return Result(
        against(sigmoid, relu, "faster", "same", "slower"),
        f"After {RELU.epochs} epochs, the network with sigmoid gets {sigmoid.score} right, "
        f"the one with ReLU {relu.score}.",
        "Sigmoid's slope is never above ¼, so two layers of it multiply the gradient by at most 1⁄16, and the random "
        "first weights do not make up for that: learning starts slowly.",
        (sigmoid.curve("sigmoid"), relu.curve("ReLU")),
    )


EXPERIMENT = Experiment(
    "A network with two hidden layers learns digits with ReLU. We replace ReLU by sigmoid. The network learns …",
    {"faster": "faster", "same": "about as fast", "slower": "slower"},
    _measure,
)
