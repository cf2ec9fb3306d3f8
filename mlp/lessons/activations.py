"""An activation bends what a unit says, and its slope decides how much of a gradient comes back through it."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.layers import ACTIVATIONS, Array
from mlp.lessons.prediction import Finding, Prediction, against, percent, trial
from mlp.lessons.source import Excerpt, with_result

REACH = 5.0
RELU = RunConfig(dataset="digits", hidden=(32, 32), learning_rate=0.1, batch_size=32, epochs=7, seed=1)
SIGMOID = replace(RELU, activation="sigmoid")


class Bend(NamedTuple):
    """An activation over a stretch of sums, and at one of them."""

    z: Array  # [n]
    outputs: Array  # [n], a
    slopes: Array  # [n], da/dz
    output: float  # at the chosen sum
    slope: float


def bend(activation: str, at: float) -> Bend:
    """Return a and da/dz of an activation, by its own forward and backward: a gradient of one comes back as da/dz."""
    layer = ACTIVATIONS[activation]()
    z = np.linspace(-REACH, REACH, 201)
    chosen = np.array([at])
    return Bend(
        z,
        layer.forward(z),
        layer.backward(z, np.ones_like(z)),
        float(layer.forward(chosen)[0]),
        float(layer.backward(chosen, np.ones(1))[0]),
    )


def sources(activation: str) -> tuple[Excerpt, Excerpt]:
    """Return how the activation goes forward and back."""
    layer = ACTIVATIONS[activation]
    return with_result(layer.forward), with_result(layer.backward)


def _measure() -> Finding:
    relu, sigmoid = trial(RELU), trial(SIGMOID)
    return Finding(
        against(sigmoid, relu, "faster", "same", "slower"),
        f"After {RELU.epochs} epochs sigmoid has {percent(sigmoid.accuracy[-1])} right, "
        f"ReLU {percent(relu.accuracy[-1])}.",
        "Sigmoid's slope is never above ¼. Through two layers at most 1⁄16 of the gradient is left for the first one.",
        (sigmoid.curve("sigmoid"), relu.curve("ReLU")),
    )


PREDICTION = Prediction(
    "A network with two hidden layers learns digits with ReLU. We put sigmoid in its place. It learns …",
    {"faster": "faster", "same": "about as fast", "slower": "slower"},
    _measure,
)
