"""A task is what all contenders are given: data, initial weights, and the order of the examples."""

from dataclasses import dataclass

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset, Split, load_dataset
from mlp.network.network import split_parameters
from mlp.training import epoch_order, initial_state

Array = np.ndarray
Weights = list[tuple[Array, Array]]  # (W [inputs, outputs], b [outputs]) of each layer


@dataclass
class Task:
    """One setting to train, and how far its data have been handed out."""

    config: RunConfig
    dataset: Dataset
    epoch: int = 0
    position: int = 0

    @classmethod
    def from_json(cls, text: str) -> "Task":
        """Read a RunConfig as JSON and load its data."""
        config = RunConfig.from_json(text)
        return cls(config, load_dataset(config.dataset))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer."""
        return self.config.sizes(self.dataset.info)

    def pixels(self, dtype: type[np.floating]) -> Array:
        """Return all training images as numbers from 0 to 1, [examples, inputs]."""
        return self.dataset.train.inputs.astype(dtype) / dtype(255)

    def initial_weights(self, dtype: type[np.floating]) -> Weights:
        """Return fresh copies of the weights that every contender starts from."""
        flat = initial_state(self.config, self.dataset).parameters.astype(dtype)
        return [(weights.copy(), biases.copy()) for weights, biases in split_parameters(flat, self.sizes)]

    def batches(self, steps: int) -> Array:
        """Return which examples the next mini-batches hold, [steps, batch], in the order `advance` visits them.

        The smaller batch at an epoch's end is left out: JAX would compile the step once more for it.
        """
        size = self.config.batch_size
        batches = np.empty((steps, size), np.intp)
        for row in batches:
            if self.position == 0:
                self.order = epoch_order(self.config, self.dataset, self.epoch)
            row[:] = self.order[self.position : self.position + size]
            self.position += size
            if self.position + size > len(self.order):
                self.epoch, self.position = self.epoch + 1, 0
        return batches


def mean_loss(weights: Weights, examples: Split) -> float:
    """Return the mean cross-entropy of a ReLU network, in float64 whatever it was trained in."""
    activation = examples.inputs / 255.0
    for weight, bias in weights[:-1]:
        activation = np.maximum(activation @ weight.astype(float) + bias, 0)
    weight, bias = weights[-1]
    logits = activation @ weight.astype(float) + bias
    logits -= logits.max(axis=1, keepdims=True)
    log_likelihood = logits[np.arange(len(logits)), examples.labels] - np.log(np.exp(logits).sum(axis=1))
    return float(-log_likelihood.mean())
