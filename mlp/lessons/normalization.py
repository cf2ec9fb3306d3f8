"""Batch normalization measures each unit's sums over a mini-batch in training, and over past ones in predictions."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlp.lessons.batches import SMALL, chosen
from mlp.lessons.experiment import trial
from mlp.lessons.source import excerpt
from mlp.network.layers import Array
from mlp.network.network import Network, folded
from mlp.network.normalization import EPSILON, BatchNormalization
from mlp.training import inputs_of

CONFIG = replace(SMALL, batch_norm=True)
UNIT = 7
REACH = 4.0  # within which the numbers of nearly all digits are, before and after
SOURCES = (
    excerpt(BatchNormalization.forward, "self.mean", "self.variance = np.einsum", "normalized *="),
    excerpt(BatchNormalization.remember, "move_toward(self.statistics[0]", "move_toward(self.statistics[1]"),
    excerpt(folded, "scales = scales /", "weights *=", "biases -="),
)


class Strip(NamedTuple):
    """A unit's numbers for the digits of one mini-batch."""

    name: str
    values: Array  # [batch]

    @property
    def mean(self) -> float:
        """The mean over the mini-batch."""
        return float(self.values.mean())

    @property
    def deviation(self) -> float:
        """The standard deviation over the mini-batch."""
        return float(self.values.std())


class Normalized(NamedTuple):
    """What the layer does to one unit's sums, in a trained network."""

    sums: Strip
    training: Strip  # (z − μ) / √(σ² + ε), with what was measured over this mini-batch
    prediction: Strip  # the same with the running statistics
    running_mean: float
    running_deviation: float
    scale: float  # γ, by which the result is multiplied
    shift: float  # β, which is added then

    @property
    def strips(self) -> tuple[Strip, ...]:
        """All that is drawn, the sums first."""
        return self.sums, self.training, self.prediction


def normalized(size: int, epoch: int, number: int) -> Normalized:
    """Return one hidden unit's sums over mini-batch `number` of an epoch, as `batch` has it, before and after.

    In a prediction an example comes alone, so the layer is given one after the other.
    """
    model = trial(CONFIG).model
    inputs = inputs_of(model.dataset, model.dataset.train.inputs[chosen(size, epoch, number)])
    state = model.state
    network = Network(model.sizes, model.config.activations, state.parameters, size, statistics=state.statistics)
    (layer,) = network.normalizations
    sums = network.dense_layers[0].forward(inputs)
    layer.forward(sums)
    training = layer.normalized[: len(sums), UNIT].copy()
    alone = np.empty(len(sums))
    for row in range(len(sums)):
        layer.forward(sums[row : row + 1])
        alone[row] = layer.normalized[0, UNIT]
    mean, variance = map(float, layer.statistics[:, UNIT])
    return Normalized(
        Strip("weighted sums", sums[:, UNIT].copy()),
        Strip("in training", training),
        Strip("in predictions", alone),
        mean,
        float(np.sqrt(variance + EPSILON)),
        float(layer.scales[UNIT]),
        float(layer.shifts[UNIT]),
    )
