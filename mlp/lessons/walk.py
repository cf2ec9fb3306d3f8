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
from mlp.network.layers import Array, Dense
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
def model_after(steps: int, config: RunConfig = CONFIG) -> Model:
    """Return the network after some steps of training."""
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    return Model(config, dataset, advance(config, dataset, state, steps)[0] if steps else state)


@functools.lru_cache(maxsize=128)
def walk(sample: int = 0, steps: int = STEPS[0], config: RunConfig = CONFIG) -> Walk:
    """Walk validation example `sample` forward and back through the network after `steps` steps of training."""
    model = model_after(steps, config)
    dataset, network = model.dataset, model.network(1, DOUBLE)
    label = int(dataset.validation.labels[sample])
    points = dataset.validation.images[sample : sample + 1]
    input = inputs_of(dataset, points).astype(DOUBLE)
    passed = [stages.point_in(points, input, dataset)]

    inputs = [input]  # of each layer, then the logits
    depth = 0
    for layer in network.layers:
        if isinstance(layer, Dense):
            depth += 1
            passed.append(stages.dense_forward(layer, inputs[-1], depth, last=layer is network.layers[-1]))
        else:
            passed.append(stages.relu_forward(layer, inputs[-1], depth))
        inputs.append(passed[-1].result.values)
    logits = inputs[-1]
    labels = np.array([label])
    passed.append(stages.log_probabilities(logits, depth))
    passed.append(stages.loss(logits, labels, depth, dataset.info.class_names))

    def differences(index: int, moved: Array) -> Array:
        """Return dL/d moved; `moved` is the input of layer `index`, or weights or biases of that layer."""
        return central_differences(lambda: loss_from(network, index, inputs[index], labels), moved)

    passed.append(stages.grad_logits(logits, labels, depth, differences(len(network.layers), logits)))
    grad = passed[-1].result.values
    for index in range(len(network.layers) - 1, -1, -1):
        layer, before = network.layers[index], inputs[index]
        if isinstance(layer, Dense):
            passed.append(stages.grad_weights(layer, before, grad, depth, differences(index, layer.weights)))
            passed.append(stages.grad_biases(layer, before, grad, depth, differences(index, layer.biases)))
            if index:
                passed.append(stages.grad_input(layer, before, grad, depth, differences(index, before)))
            depth -= 1
        else:
            passed.append(stages.relu_backward(layer, before, grad, depth, differences(index, before)))
        grad = passed[-1].result.values
    loss = float(softmax_crossentropy_with_logits(logits, labels)[0])
    name = dataset.info.class_names[label]
    return Walk(tuple(passed), label, name, softmax(logits)[0], loss, network, input)


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
