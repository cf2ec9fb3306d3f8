"""Tables to learn from, and networks trained on them: scikit-learn's data, with standardized columns."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes

from mlp import Model, RunConfig, advance, initial_state
from mlp.datasets import REGRESSION, Dataset


def standardized(columns: np.ndarray) -> np.ndarray:
    """Return columns with mean 0 and standard deviation 1."""
    return (columns - columns.mean(axis=0)) / columns.std(axis=0)


@functools.cache
def table(load: Callable[[], Any], task: str = "classification", seed: int = 0) -> Dataset:
    """Return one of scikit-learn's data sets."""
    data = load()
    target = standardized(data.target) if task == REGRESSION else data.target
    return Dataset.from_arrays(standardized(data.data), target, task=task, seed=seed)


def trained(config: RunConfig, dataset: Dataset, steps: int) -> Model:
    """Return a network after some steps."""
    state = initial_state(config, dataset)
    return Model(config, dataset, advance(config, dataset, state, steps)[0])


def regression_model(steps: int) -> Model:
    """Return a small network that learns to predict diabetes."""
    return trained(RunConfig(hidden=(16,), learning_rate=0.05), table(load_diabetes, REGRESSION), steps)
