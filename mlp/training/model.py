"""A model is a run's network at one moment: its settings, the data it learns from, and what it has learned."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.layers import Array
from mlp.network.network import Network, aligned_empty, folded
from mlp.training.state import TrainingState, inputs_of, no_average, no_statistics

BATCH = 500  # rows at a time through a network that is looked at: its buffers fit a core's cache


class Learned(NamedTuple):
    """What a network answers with."""

    parameters: Array  # laid out as a state's
    statistics: Array  # running mean and variance, [2, hidden units], or [2, 0] without batch normalization


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
        return self.state.progress(self.dataset.info.train)

    @property
    def parameters(self) -> Array:
        """The weights and biases of the plain dense layers that answer, flat.

        They are the state's own, not a copy, unless the average of its parameters answers in their place, or batch
        normalization is on: then its running statistics, scales and shifts are in the weights and biases.
        """
        parameters, statistics = self.learned
        return folded(parameters, self.sizes, statistics) if self.config.batch_norm else parameters

    @property
    def learned(self) -> Learned:
        """The state's parameters and running statistics, or the averages of them that answer in their place."""
        state = self.state
        if self.config.averaging and len(state.average):
            return Learned(state.average, state.average_statistics)
        return Learned(state.parameters, state.statistics)

    def with_parameters(self, parameters: Array) -> "Model":
        """Return a model of plain dense layers that answers with these parameters.

        Parameters
        ----------
        parameters
            All weights and biases, laid out as the property `parameters`.

        Returns
        -------
        Model
            Without batch normalization, whose effect is in the weights and biases.

        Examples
        --------
        >>> from mlp import Model, RunConfig, initial_state, load_dataset
        >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
        >>> model = Model(config, dataset, initial_state(config, dataset))
        >>> model.with_parameters(0 * model.parameters).logits(dataset.test.inputs[:1]).any()
        np.False_
        """
        none = no_statistics()
        state = replace(
            self.state, parameters=parameters, statistics=none, average=no_average(), average_statistics=none
        )
        return replace(self, config=replace(self.config, batch_norm=False), state=state)

    def network(self, rows: int, dtype: np.dtype | None = None) -> Network:
        """Return the network that answers: plain dense layers, without dropout, with `parameters`.

        They are not copied, unless `dtype` is another.

        Parameters
        ----------
        rows
            The most examples at a time.
        dtype
            Of parameters and results; by default, the state's.

        Returns
        -------
        Network
            With buffers for mini-batches of that size.

        Examples
        --------
        >>> from mlp import Model, RunConfig, initial_state, load_dataset
        >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
        >>> model = Model(config, dataset, initial_state(config, dataset))
        >>> model.network(rows=10).parameters.size
        1510
        """
        parameters = self.parameters.astype(dtype or self.state.parameters.dtype, copy=False)
        return Network(self.sizes, self.config.activations, parameters, rows)

    def logits(self, inputs: Array) -> Array:
        """Return the logits.

        They are infinite or NaN if training diverged.

        Parameters
        ----------
        inputs
            As the data set has them [examples, columns].

        Returns
        -------
        Array
            Logits [examples, classes].

        Raises
        ------
        ValueError
            For inputs of another shape.

        Examples
        --------
        >>> from mlp import Model, RunConfig, initial_state, load_dataset
        >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
        >>> model = Model(config, dataset, initial_state(config, dataset))
        >>> model.logits(dataset.test.inputs[:3]).shape
        (3, 10)
        """
        return self.outputs(inputs, [len(self.config.hidden) + 1])[0]

    def outputs(self, inputs: Array, layers: Collection[int]) -> list[Array]:
        """Return the outputs of some layers.

        Layer 0 is the network's input, then come the hidden layers after their activation; the last one is the logits.

        Parameters
        ----------
        inputs
            As the data set has them [examples, columns].
        layers
            Their numbers.

        Returns
        -------
        list of Array
            For each layer [examples, units].

        Raises
        ------
        ValueError
            For inputs of another shape, and for a layer that the network does not have.

        Examples
        --------
        >>> from mlp import Model, RunConfig, initial_state, load_dataset
        >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
        >>> model = Model(config, dataset, initial_state(config, dataset))
        >>> [output.shape for output in model.outputs(dataset.test.inputs[:3], layers=[0, 1, 2])]
        [(3, 64), (3, 20), (3, 10)]
        """
        if unknown := set(layers).difference(range(len(self.sizes))):
            raise ValueError(f"layers has {min(unknown)}; the network has layers 0 to {len(self.sizes) - 1}.")
        network = self.network(min(len(inputs), BATCH))
        found = [np.empty((len(inputs), self.sizes[layer]), network.parameters.dtype) for layer in layers]
        with np.errstate(over="ignore", invalid="ignore"):
            for rows, batch in self.batches(inputs):
                passed = network.forward_all(batch)
                for layer, output in zip(layers, found, strict=True):
                    output[rows] = passed[min(2 * layer, len(passed) - 1)]  # each hidden layer has its activation
        return found

    def batches(self, inputs: Array) -> Iterator[tuple[slice, Array]]:
        """Yield inputs as the network gets them, up to BATCH at a time.

        Each one overwrites the one before.

        Parameters
        ----------
        inputs
            As the data set has them [examples, columns].

        Returns
        -------
        Iterator of (slice, Array)
            Which rows they are, and inputs [batch, inputs].

        Raises
        ------
        ValueError
            For inputs of another shape.

        Examples
        --------
        >>> from mlp import Model, RunConfig, initial_state, load_dataset
        >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
        >>> model = Model(config, dataset, initial_state(config, dataset))
        >>> [(rows.start, rows.stop, batch.shape) for rows, batch in model.batches(dataset.train.inputs)]
        [(0, 500, (500, 64)), (500, 1000, (500, 64)), (1000, 1197, (197, 64))]
        """
        inputs, columns = np.asarray(inputs), self.dataset.train.inputs.shape[1]
        if inputs.ndim != 2 or inputs.shape[1] != columns:
            raise ValueError(
                f"inputs has the shape {inputs.shape}; it must be [examples, {columns}], as the data set has them."
            )
        buffer = aligned_empty((min(len(inputs), BATCH), self.dataset.info.inputs), self.state.parameters.dtype)
        for start in range(0, len(inputs), BATCH):
            batch = inputs[start : start + BATCH]
            yield slice(start, start + len(batch)), inputs_of(self.dataset, batch, out=buffer[: len(batch)])
