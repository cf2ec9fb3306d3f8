"""The floor: the step's matrix products alone, into aligned buffers made beforehand. No numpy step can be faster."""

from itertools import pairwise

import numpy as np

from benchmarks.contenders.task import Array, Task, Weights
from mlp.network.network import aligned_empty


def filled(rng: np.random.Generator, *shape: int) -> Array:
    """Return an aligned float32 array of small random numbers."""
    array = aligned_empty(shape, np.dtype(np.float32))
    array[...] = rng.standard_normal(shape) * 0.1
    return array


class Contender:
    def __init__(self, task: Task) -> None:
        rng = np.random.default_rng(0)
        rows = task.config.batch_size
        self.products: list[tuple[Array, Array, Array]] = []  # left, right, out
        backward: list[tuple[Array, Array, Array]] = []
        # No product's result enters the next one: it would shrink or grow without end.
        for inputs, outputs in pairwise(task.sizes):
            x, weights, grad = filled(rng, rows, inputs), filled(rng, inputs, outputs), filled(rng, rows, outputs)
            self.products.append((x, weights, filled(rng, rows, outputs)))
            if backward:
                backward.append((grad, weights.T, filled(rng, rows, inputs)))
            backward.append((x.T, grad, filled(rng, inputs, outputs)))
        self.products += reversed(backward)

    def train(self, steps: int) -> None:
        for _ in range(steps):
            for left, right, out in self.products:
                np.matmul(left, right, out=out)

    def weights(self) -> Weights:
        return []
