"""Networks to look at, trained without an engine."""

from dataclasses import replace

import numpy as np

from mlp import Model, RunConfig, advance, initial_state, load_dataset
from mlp.network.layers import Array

WHOLE = 10**9  # steps: a run ends when its epochs are over


def model_of(config: RunConfig, steps: int = 0) -> Model:
    """Return the network of a run after some steps, on the data set that its settings name."""
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    return Model(config, dataset, advance(config, dataset, state, steps)[0] if steps else state)


def with_parameters(model: Model, parameters: Array) -> Model:
    """Return the same network with other parameters."""
    return replace(model, state=replace(model.state, parameters=parameters.astype(np.float32)))
