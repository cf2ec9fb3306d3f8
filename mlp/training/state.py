"""A training state is everything a network has learned so far, and its position in the run."""

from dataclasses import dataclass, field, fields

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset, write_features
from mlp.network.layers import Array
from mlp.network.network import initial_parameters
from mlp.network.optimizers import OPTIMIZERS
from mlp.training.monitor import NOTHING_YET, Monitor, stopped_early

FLOAT = np.dtype(np.float32)


def no_statistics() -> Array:
    """Return what a network without batch normalization has as running statistics."""
    return np.empty((2, 0), FLOAT)


def no_average() -> Array:
    """Return what a state has whose parameters are not averaged, or not yet."""
    return np.empty(0, FLOAT)


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Everything learned so far, and the position in the run."""

    parameters: Array  # every layer's weights and biases, flat; then γ and β of batch normalization, if it is on
    moments: Array  # [vectors the optimizer remembers, parameters]
    optimizer: str  # whose moments those are
    updates: int = 0  # updates those moments have seen
    epoch: int = 0  # complete epochs
    position: int = 0  # examples seen in the current epoch
    step: int = 0  # updates in total
    examples: int = 0  # examples seen in total
    statistics: Array = field(default_factory=no_statistics)  # running mean and variance, [2, hidden units], or [2, 0]
    average: Array = field(default_factory=no_average)  # of the parameters, [parameters], or [0]
    average_statistics: Array = field(default_factory=no_statistics)  # of the statistics, as the average is
    monitor: Monitor = NOTHING_YET  # of the validation set, for early stopping and reduce on plateau

    def progress(self, training_examples: int) -> float:
        """Return the epochs done, including the fraction of the current one.

        Parameters
        ----------
        training_examples
            How many one epoch has.

        Returns
        -------
        float
            Epochs.

        Examples
        --------
        >>> from mlp import RunConfig, advance, initial_state, load_dataset
        >>> config, dataset = RunConfig(dataset="digits", batch_size=399), load_dataset("digits")
        >>> state, _ = advance(config, dataset, initial_state(config, dataset), steps=4)
        >>> round(state.progress(dataset.info.train), 3)  # 4 · 399 of 1,197 examples
        1.333
        """
        return self.epoch + self.position / training_examples

    def same_as(self, other: "TrainingState") -> bool:
        """Return whether two states are equal to the last bit.

        Parameters
        ----------
        other
            The state to compare with.

        Returns
        -------
        bool
            NaN equals NaN here.

        Examples
        --------
        >>> from mlp import RunConfig, advance, initial_state, load_dataset
        >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
        >>> begun = initial_state(config, dataset)
        >>> at_once, _ = advance(config, dataset, begun, steps=7)
        >>> some, _ = advance(config, dataset, begun, steps=3)
        >>> cut, _ = advance(config, dataset, some, steps=4)
        >>> at_once.same_as(cut)
        True
        """
        return all(
            np.array_equal(mine, theirs, equal_nan=True) if isinstance(mine, np.ndarray) else mine == theirs
            for mine, theirs in ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        )


def initial_state(config: RunConfig, dataset: Dataset, dtype: np.dtype = FLOAT) -> TrainingState:
    """Return the state before the first step: weights drawn by the initializer from the seed, moments zero.

    Parameters
    ----------
    config
        The run's settings, with its seed.
    dataset
        What is learned from.
    dtype
        Of the parameters, and of all that is computed from them.

    Returns
    -------
    TrainingState
        Equal arguments give equal bits.

    Raises
    ------
    ConfigError
        If a mini-batch would be larger than the training set.

    Examples
    --------
    >>> from mlp import RunConfig, initial_state, load_dataset
    >>> state = initial_state(RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits"))
    >>> state.step, len(state.parameters)  # 64·20 + 20 + 20·10 + 10
    (0, 1510)
    """
    config.check(dataset.info)
    # Zeros at a seed's end are ignored: the 1 keeps this stream apart from every epoch's order and masks.
    rng = np.random.default_rng([config.seed, 0, 0, 1])
    parameters = initial_parameters(config.sizes(dataset.info), config.initializer, rng, dtype, config.batch_norm)
    moments = np.zeros((OPTIMIZERS[config.optimizer].moments, len(parameters)), dtype)
    statistics = np.zeros((2, config.normalized_units), dtype)
    statistics[1] = 1
    return TrainingState(parameters, moments, config.optimizer, statistics=statistics)


def inputs_of(dataset: Dataset, inputs: Array, out: Array | None = None) -> Array:
    """Return a data set's inputs as the network gets them: pixels from 0 to 1, or points' features.

    Parameters
    ----------
    dataset
        The data set, which knows the scale and the features.
    inputs
        Some of its rows [batch, columns], as they are kept.
    out
        Where to write the result; by default, a new array.

    Returns
    -------
    Array
        Inputs [batch, inputs].

    Examples
    --------
    >>> from mlp import load_dataset
    >>> dataset = load_dataset("digits")
    >>> float(dataset.train.inputs.max()), float(inputs_of(dataset, dataset.train.inputs).max())
    (16.0, 1.0)
    """
    if dataset.info.features:
        out = np.empty((len(inputs), len(dataset.info.features)), FLOAT) if out is None else out
        write_features(dataset.info.features, inputs, out)
        return out
    if out is None:
        out = np.empty(inputs.shape, FLOAT)
    if out is not inputs:
        np.copyto(out, inputs)
    if dataset.info.scale != 1:
        out *= dataset.info.scale
    return out


def finished(config: RunConfig, state: TrainingState) -> bool:
    """Return whether all epochs are done, or the run was stopped early.

    Parameters
    ----------
    config
        The run's settings.
    state
        What is learned so far, and the position in the run.

    Returns
    -------
    bool
        Whether there is nothing left to train.

    Examples
    --------
    >>> from mlp import RunConfig, initial_state, load_dataset
    >>> config = RunConfig(dataset="digits")
    >>> finished(config, initial_state(config, load_dataset("digits")))
    False
    """
    return state.epoch >= config.epochs or stopped_early(config, state.monitor)


def steps_left_in_epoch(config: RunConfig, dataset: Dataset, state: TrainingState) -> int:
    """Return how many mini-batches the current epoch still has.

    Parameters
    ----------
    config
        The run's settings.
    dataset
        What is learned from.
    state
        What is learned so far, and the position in the run.

    Returns
    -------
    int
        From 1 to all of an epoch.

    Examples
    --------
    >>> from mlp import RunConfig, initial_state, load_dataset
    >>> config, dataset = RunConfig(dataset="digits", batch_size=32), load_dataset("digits")
    >>> steps_left_in_epoch(config, dataset, initial_state(config, dataset))  # of 1,197 examples
    38
    """
    return -(-(len(dataset.train.labels) - state.position) // config.batch_size)


def steps_left(config: RunConfig, dataset: Dataset, state: TrainingState) -> int:
    """Return how many mini-batches the run still has.

    Parameters
    ----------
    config
        The run's settings.
    dataset
        What is learned from.
    state
        What is learned so far, and the position in the run.

    Returns
    -------
    int
        0 if the run is finished.

    Examples
    --------
    >>> from mlp import RunConfig, initial_state, load_dataset
    >>> config, dataset = RunConfig(dataset="digits", batch_size=32, epochs=10), load_dataset("digits")
    >>> steps_left(config, dataset, initial_state(config, dataset))
    380
    """
    if finished(config, state):
        return 0
    per_epoch = -(-len(dataset.train.labels) // config.batch_size)
    return steps_left_in_epoch(config, dataset, state) + (config.epochs - state.epoch - 1) * per_epoch
