"""A model is a run's network at one moment: its settings, the data it learns from, and what it has learned."""

from dataclasses import dataclass

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.layers import Array
from mlp.network.network import Network
from mlp.training.state import FLOAT, TrainingState, inputs_of


@dataclass(frozen=True, eq=False)
class Model:
    """What everything that looks at a network takes.

    >>> from mlp import RunConfig, initial_state, load_dataset
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
    >>> model = Model(config, dataset, initial_state(config, dataset))
    >>> model.sizes, model.progress, model.logits(dataset.test.inputs[:3]).shape
    ((64, 20, 10), 0.0, (3, 10))
    """

    config: RunConfig
    dataset: Dataset
    state: TrainingState

    @property
    def sizes(self) -> tuple[int, ...]:
        """The units of every layer, input and output included."""
        return self.config.sizes(self.dataset.info)

    @property
    def progress(self) -> float:
        return self.state.progress(len(self.dataset.train.labels))

    def network(self, rows: int, dtype: np.dtype = FLOAT) -> Network:
        """Return the network for up to `rows` examples at a time, without dropout.

        It uses the state's parameters themselves, unless `dtype` is another.
        """
        return Network(self.sizes, self.config.activation, self.state.parameters.astype(dtype, copy=False), rows)

    def logits(self, inputs: Array) -> Array:
        """Return the logits [examples, classes] for inputs as the data set has them, [examples, …].

        They are infinite or NaN if training diverged.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return self.network(len(inputs)).forward(inputs_of(self.dataset, inputs))
