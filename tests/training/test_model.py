"""A model answers for examples as its data set has them, and refuses what is none."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp import Dataset, Model, RunConfig, advance, evaluate, initial_state, load_dataset
from mlp.inspection.diagnostics import examine

TABLE = Dataset.from_arrays(np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 2)


@pytest.mark.parametrize(
    ("dataset", "inputs", "sentence"),
    [
        (TABLE, TABLE.test.inputs[0], r"inputs has the shape \(4,\).* \[examples, 4\]"),
        (TABLE, [[2.0], [-2.0]], r"inputs has the shape \(2, 1\).* \[examples, 4\]"),
        (TABLE, np.zeros((0, 3)), r"inputs has the shape \(0, 3\)"),
        (load_dataset("digits"), np.zeros((3, 8, 8)), r"inputs has the shape \(3, 8, 8\).* \[examples, 64\]"),
        (load_dataset("moons"), np.ones((3, 5)), r"inputs has the shape \(3, 5\).* \[examples, 2\]"),
    ],
    ids=["one row", "too narrow", "none", "images", "points"],
)
def test_inputs_of_another_shape_than_the_data_sets_are_refused(dataset: Dataset, inputs: Any, sentence: str) -> None:
    config = RunConfig(hidden=(3,), batch_size=4)
    model = Model(config, dataset, initial_state(config, dataset))
    with pytest.raises(ValueError, match=sentence):
        model.logits(inputs)


@pytest.mark.parametrize("missing", [-1, 3])
def test_a_layer_that_the_network_does_not_have_is_refused(missing: int) -> None:
    config = RunConfig(hidden=(3,), batch_size=4)
    model = Model(config, TABLE, initial_state(config, TABLE))
    with pytest.raises(ValueError, match=f"layers has {missing}; the network has layers 0 to 2"):
        model.outputs(TABLE.test.inputs, [1, missing])


def test_what_needs_examples_says_so_where_there_are_none() -> None:
    config = RunConfig(hidden=(3,), batch_size=4)
    state = initial_state(config, TABLE)
    none = TABLE.test.rows(0, 0)
    with pytest.raises(ValueError, match="Own data has no examples in its validation split"):
        evaluate(config, replace(TABLE, validation=none), state)
    with pytest.raises(ValueError, match="no examples in its validation split"):
        advance(replace(config, early_stopping="loss"), replace(TABLE, validation=none), state, 20)
    with pytest.raises(ValueError, match="no examples in its train split"):
        examine(Model(config, replace(TABLE, train=none), state))
