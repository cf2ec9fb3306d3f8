"""The floor: the step's matrix products alone, into aligned buffers made beforehand. No numpy step can be faster."""

from itertools import pairwise

import numpy as np

from benchmarks.contenders.task import Array, Task, Weights
from mlp.network import aligned_empty


def filled(rng: np.random.Generator, *shape: int) -> Array:
    """Return an aligned float32 array of small random numbers."""
    array = aligned_empty(shape, np.dtype(np.float32))
    array[...] = rng.standard_normal(shape) * 0.1
    return array


class Contender:
    def __init__(self, task: Task) -> None:
        rng = np.random.default_rng(0)
        rows = task.config.batch_size
        activations = [filled(rng, rows, units) for units in task.sizes]
        gradients = [filled(rng, rows, units) for units in task.sizes]
        self.products: list[tuple[Array, Array, Array]] = []  # left, right, out
        layers = [(filled(rng, *shape), filled(rng, *shape)) for shape in pairwise(task.sizes)]
        for index, (weights, _) in enumerate(layers):
            self.products.append((activations[index], weights, activations[index + 1]))
        for index, (weights, grad_weights) in reversed(list(enumerate(layers))):
            self.products.append((activations[index].T, gradients[index + 1], grad_weights))
            if index:
                self.products.append((gradients[index + 1], weights.T, gradients[index]))
        # Their values are not fed from one product to the next, where they would shrink or grow without end.
        self.products = [(left.copy("K"), right.copy("K"), out) for left, right, out in self.products]

    def train(self, steps: int) -> None:
        for _ in range(steps):
            for left, right, out in self.products:
                np.matmul(left, right, out=out)

    def weights(self) -> Weights:
        return []
