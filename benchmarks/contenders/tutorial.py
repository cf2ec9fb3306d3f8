"""The tutorial's arithmetic, written as plainly as there.

float64 throughout, a new array for every result, `exp` of the raw logits, and each layer changes its own parameters
while the gradient passes through it. It knows no optimizer but SGD.
"""

import numpy as np

from benchmarks.contenders.task import Array, Task, Weights


class Affine:
    """z = x W + b."""

    def __init__(self, weights: Array, biases: Array, learning_rate: float) -> None:
        self.weights, self.biases, self.learning_rate = weights, biases, learning_rate

    def forward(self, x: Array) -> Array:
        return np.dot(x, self.weights) + self.biases

    def backward(self, x: Array, grad: Array) -> Array:
        grad_input = np.dot(grad, self.weights.T)
        grad_weights = np.dot(x.T, grad)
        grad_biases = grad.mean(axis=0) * len(x)
        self.weights = self.weights - self.learning_rate * grad_weights
        self.biases = self.biases - self.learning_rate * grad_biases
        return grad_input


class Rectifier:
    """a = max(0, z)."""

    def forward(self, z: Array) -> Array:
        return np.maximum(0, z)

    def backward(self, z: Array, grad: Array) -> Array:
        return grad * (z > 0)


def build(weights: Weights, learning_rate: float) -> list[Affine | Rectifier]:
    """Return affine layers with a rectifier between each two."""
    layers: list[Affine | Rectifier] = []
    for weight, bias in weights:
        layers += [Affine(weight, bias, learning_rate), Rectifier()]
    return layers[:-1]


def forward(layers: list[Affine | Rectifier], x: Array) -> list[Array]:
    """Return every layer's output."""
    outputs = []
    for layer in layers:
        x = layer.forward(x)
        outputs.append(x)
    return outputs


def predict(layers: list[Affine | Rectifier], x: Array) -> Array:
    """Return the class with the largest logit for each row."""
    return forward(layers, x)[-1].argmax(axis=-1)


def train_batch(layers: list[Affine | Rectifier], x: Array, y: Array) -> float:
    """Take one SGD step and return the mean loss before it."""
    outputs = forward(layers, x)
    inputs, logits = [x, *outputs], outputs[-1]
    rows = np.arange(len(logits))
    loss = -logits[rows, y] + np.log(np.sum(np.exp(logits), axis=-1))
    right = np.zeros_like(logits)
    right[rows, y] = 1
    softmax = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    grad = (softmax - right) / len(logits)
    for layer, layer_input in zip(reversed(layers), reversed(inputs[:-1]), strict=True):
        grad = layer.backward(layer_input, grad)
    return float(np.mean(loss))


class Contender:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.x, self.y = task.pixels(np.float64), task.dataset.train.labels
        self.layers = build(task.initial_weights(np.float64), task.config.learning_rate)

    def train(self, steps: int) -> None:
        for batch in self.task.batches(steps):
            train_batch(self.layers, self.x[batch], self.y[batch])

    def weights(self) -> Weights:
        return [(layer.weights, layer.biases) for layer in self.layers if isinstance(layer, Affine)]
