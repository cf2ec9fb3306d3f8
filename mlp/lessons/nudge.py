"""A gradient is a promise: if this weight changes a little, this is how much the loss will change."""

from typing import NamedTuple

import numpy as np

from mlp.lessons.experiment import Curve, Experiment, Result
from mlp.lessons.stages import DOUBLE
from mlp.lessons.walk import model_after, walk
from mlp.network.layers import Array
from mlp.text import short

STEP = 0.1  # how much is added to the weight
REACH = 1.0  # how far the chart goes to either side


class Weight(NamedTuple):
    """One weight of the last layer."""

    row: int
    column: int
    value: float
    slope: float  # ∂L/∂w


def steepest(sample: int, steps: int) -> Weight:
    """Return the last layer's weight with the largest effect on the walk's loss, in either direction."""
    dense = walk(sample, steps).network.dense_layers[-1]
    row, column = np.unravel_index(int(np.abs(dense.grad_weights).argmax()), dense.grad_weights.shape)
    return Weight(int(row), int(column), float(dense.weights[row, column]), float(dense.grad_weights[row, column]))


def losses_along(sample: int, steps: int, weight: Weight, moves: Array) -> Array:
    """Return the loss with each of `moves` added to that weight, everything else unchanged."""
    walked = walk(sample, steps)
    network = model_after(steps).network(1, DOUBLE)
    weights = network.dense_layers[-1].weights
    losses = np.empty(len(moves))
    for index, move in enumerate(moves):
        weights[weight.row, weight.column] = weight.value + move
        losses[index] = walked.loss_in(network)
    return losses


def _measure(sample: int, steps: int) -> Result:
    weight, before = steepest(sample, steps), walk(sample, steps).loss
    after = float(losses_along(sample, steps, weight, np.array([STEP]))[0])
    moves = np.linspace(-REACH, REACH, 81)
    answer = "same" if short(after) == short(before) else "rises" if after > before else "falls"
    return Result(
        answer,
        f"The loss goes from {short(before)} to {short(after)}. "
        f"The slope predicted {short(before + STEP * weight.slope)}.",
        "The slope is the steepness at this one point: it predicts small changes well and large ones less well.",
        (
            Curve("predicted by the slope", moves, before + weight.slope * moves),
            Curve("loss", moves, losses_along(sample, steps, weight, moves)),
        ),
        "added to the weight",
        "loss of this example",
    )


EXPERIMENT = Experiment(
    f"We add {STEP:g} to this weight, leave all others alone, and send the example through again. The loss …",
    {"rises": "rises", "same": "stays the same", "falls": "falls"},
    _measure,
)
