"""Tables to learn from, and networks trained on them: scikit-learn's data, with standardized columns."""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_diabetes

from mlp import Model, RunConfig, advance, initial_state
from mlp.datasets import REGRESSION, SPLITS, Dataset
from mlp.datasets.dataset import Table
from mlp.datasets.preprocessing import CategoryColumn, NumberColumn, Preprocessing


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


class Mixed(NamedTuple):
    """A table with a number, a category and noise, as it is before preprocessing, and a data set made of it."""

    preprocessing: Preprocessing
    raw: np.ndarray  # [rows, columns], in the order of the data set's validation split
    dataset: Dataset  # which has the table


@functools.cache
def mixed(task: str = "classification") -> Mixed:
    """Return a table whose answer depends on a number, sometimes missing, and on a category, but not on noise."""
    rng = np.random.default_rng(3)
    count = 800
    amount, city, noise = rng.uniform(0, 10, count), rng.integers(0, 4, count), rng.normal(size=count)
    score = (amount - 5) / 3 + np.array([1.5, -1.5, 0, 0.5])[city]
    amount[::20] = np.nan
    preprocessing = Preprocessing(
        (
            NumberColumn("amount", median=5, mean=5, scale=3, low=0, high=10, flag=True),
            CategoryColumn("city", ("Bonn", "Paris", "Oslo"), other=True, rare=("Nice",)),
            NumberColumn("noise", median=0, mean=0, scale=1, low=-3, high=3),
        )
    )
    raw = np.column_stack([amount, city, noise]).astype(np.float32)
    labels = score > 0 if task == "classification" else score
    dataset = Dataset.from_arrays(preprocessing.transform(raw), labels, task=task, validation=0.4)
    # Which row of the table is which example: from_arrays shuffles. No two rows have the same noise.
    place = {value: row for row, value in enumerate(preprocessing.transform(raw)[:, -1])}
    splits = [dataset.split(split).inputs for split in SPLITS]
    train, validation, test = ([place[value] for value in inputs[:, -1]] for inputs in splits)
    table = Table(preprocessing, raw[train], raw[validation], raw[test])
    return Mixed(preprocessing, raw[validation], replace(dataset, table=table))


def mixed_model(task: str = "classification", steps: int = 200) -> Model:
    """Return a small network trained on that table."""
    return trained(RunConfig(hidden=(8,), learning_rate=0.05, batch_size=16), mixed(task).dataset, steps)


@functools.cache
def shades_model() -> Model:
    """Return a small network that learns to predict how bright images are."""
    shades = np.random.default_rng(0).integers(0, 200, 120)
    images = np.repeat(shades, 16).reshape(-1, 4, 4).astype(np.uint8)
    return trained(
        RunConfig(hidden=(4,), learning_rate=0.05), Dataset.from_arrays(images, shades / 100, task=REGRESSION), 20
    )
