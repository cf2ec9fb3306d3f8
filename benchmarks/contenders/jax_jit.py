"""JAX: one jitted function for the whole step, its old parameters donated to the new ones."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.contenders.task import Task, Weights

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def loss_of(parameters: Any, x: Any, y: Any) -> Any:
    """Return the mean cross-entropy of a mini-batch."""
    for weights, biases in parameters[:-1]:
        x = jax.nn.relu(x @ weights + biases)
    weights, biases = parameters[-1]
    logits = x @ weights + biases
    return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(len(y)), y])


def sgd(parameters: Any, moments: Any, gradients: Any, learning_rate: float) -> Any:
    return jax.tree.map(lambda p, g: p - learning_rate * g, parameters, gradients), moments


def adam(parameters: Any, moments: Any, gradients: Any, learning_rate: float) -> Any:
    mean, square, t = moments
    t = t + 1
    mean = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, mean, gradients)
    square = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, square, gradients)
    rate = learning_rate / (1 - BETA1**t)
    correction = 1 - BETA2**t
    parameters = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v / correction) + EPSILON), parameters, mean, square
    )
    return parameters, (mean, square, t)


class Contender:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.x = jnp.asarray(task.pixels(np.float32))
        self.y = jnp.asarray(task.dataset.train.labels.astype(np.int32))
        self.parameters = jax.tree.map(jnp.asarray, task.initial_weights(np.float32))
        zeros = partial(jax.tree.map, jnp.zeros_like)
        self.moments = (zeros(self.parameters), zeros(self.parameters), jnp.zeros((), jnp.int32))
        self.total_loss = jnp.zeros(())
        update = {"sgd": sgd, "adam": adam}[task.config.optimizer]
        rate = task.config.learning_rate

        @partial(jax.jit, donate_argnums=(0, 1, 2))
        def step(parameters: Any, moments: Any, total_loss: Any, x: Any, y: Any, batch: Any) -> Any:
            loss, gradients = jax.value_and_grad(loss_of)(parameters, x[batch], y[batch])
            parameters, moments = update(parameters, moments, gradients, rate)
            return parameters, moments, total_loss + loss

        self.step = step

    def train(self, steps: int) -> None:
        for batch in self.task.batches(steps).astype(np.int32):
            self.parameters, self.moments, self.total_loss = self.step(
                self.parameters, self.moments, self.total_loss, self.x, self.y, batch
            )
        jax.block_until_ready(self.parameters)

    def weights(self) -> Weights:
        return [(np.asarray(weights), np.asarray(biases)) for weights, biases in self.parameters]
