"""A walk takes one example through a network and back, one value at a time.

Every stage calls the same function as training, in float64, and keeps its inputs, its result, how each number is
calculated, and the function's source. Gradients are also checked numerically: each number is moved a little up and
down, the rest of the network runs again, and the loss gives the slope, (L(v + h) − L(v − h)) / 2h.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.lessons import stages
from mlp.lessons.stages import DOUBLE, Stage
from mlp.network.layers import Array
from mlp.network.losses import softmax, softmax_crossentropy_with_logits
from mlp.network.network import Network
from mlp.training import Model, advance, initial_state, inputs_of

NUDGE = 1e-6  # h of the central differences

# Two inputs, three units, three classes: every number fits on a screen.
CONFIG = RunConfig(dataset="gaussians", hidden=(3,), learning_rate=0.2, batch_size=10, epochs=10, seed=4)
STEPS = (0, 20, 200)  # steps of training before the walk
SAMPLES = 20  # validation examples to choose from


class Walk(NamedTuple):
    """One example's way through a network and back."""

    stages: tuple[Stage, ...]
    label: int
    class_name: str  # of that label
    probabilities: Array  # [classes]
    loss: float
    network: Network  # float64, with the walk's gradient in it
    input: Array  # [1, inputs]

    def loss_in(self, network: Network) -> float:
        """Return the example's loss in a network with other parameters."""
        return loss_from(network, 0, self.input, np.array([self.label]))


@functools.cache
def model_after(steps: int) -> Model:
    """Return the network after some steps of training."""
    dataset = load_dataset(CONFIG.dataset)
    state = initial_state(CONFIG, dataset)
    return Model(CONFIG, dataset, advance(CONFIG, dataset, state, steps)[0] if steps else state)


@functools.lru_cache(maxsize=128)
def walk(sample: int = 0, steps: int = STEPS[0]) -> Walk:
    """Walk validation example `sample` forward and back through the network after `steps` steps of training."""
    model = model_after(steps)
    dataset, network = model.dataset, model.network(1, DOUBLE)
    point, labels = dataset.validation.rows(sample, sample + 1)
    input = inputs_of(dataset, point).astype(DOUBLE)
    (first, second), relu = network.dense_layers, network.layers[1]

    z1 = stages.dense_forward(first, input, 1)
    a1 = stages.relu_forward(relu, z1.values, 1)
    z2 = stages.dense_forward(second, a1.values, 2, last=True)
    logits, class_name = z2.values, dataset.info.class_names[int(labels[0])]

    def differences(index: int, value: Array, moved: Array) -> Array:
        """Return dL/d moved; `moved` is `value`, the input of layer `index`, or weights or biases of that layer."""
        return central_differences(lambda: loss_from(network, index, value, labels), moved)

    dz2 = stages.grad_logits(logits, labels, 2, differences(3, logits, logits))
    da1 = stages.grad_input(second, a1.values, dz2.values, 2, differences(2, a1.values, a1.values))
    dz1 = stages.relu_backward(relu, z1.values, da1.values, 1, differences(1, z1.values, z1.values))
    passed = (
        stages.point_in(point, input, dataset),
        z1,
        a1,
        z2,
        stages.log_probabilities(logits, 2),
        stages.loss(logits, labels, 2, class_name),
        dz2,
        stages.grad_weights(second, a1.values, dz2.values, 2, differences(2, a1.values, second.weights)),
        stages.grad_biases(second, a1.values, dz2.values, 2, differences(2, a1.values, second.biases)),
        da1,
        dz1,
        stages.grad_weights(first, input, dz1.values, 1, differences(0, input, first.weights)),
        stages.grad_biases(first, input, dz1.values, 1, differences(0, input, first.biases)),
    )
    loss = float(softmax_crossentropy_with_logits(logits, labels)[0])
    return Walk(passed, int(labels[0]), class_name, softmax(logits)[0], loss, network, input)


def loss_from(network: Network, index: int, value: Array, labels: Array) -> float:
    """Return the mean loss if layer number `index` gets `value` as its input."""
    for layer in network.layers[index:]:
        value = layer.forward(value)
    return float(softmax_crossentropy_with_logits(value, labels).mean())


def central_differences(loss: Callable[[], float], moved: Array) -> Array:
    """Return (L(v + h) − L(v − h)) / 2h for each number v of `moved`, which is changed in place and restored."""
    slopes = np.empty_like(moved)
    for place in np.ndindex(moved.shape):
        middle = moved[place]
        moved[place] = middle + NUDGE
        above = loss()
        moved[place] = middle - NUDGE
        slopes[place] = (above - loss()) / (2 * NUDGE)
        moved[place] = middle
    return slopes
