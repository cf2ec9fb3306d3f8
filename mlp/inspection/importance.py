"""What matters to a network: how much worse it does when the values of one column change places among the rows.

A column that is permuted keeps its values but says nothing about its row any more. The drop in the score is what the
network owes to the column, given all others: of two columns that say the same, each may look unimportant.

Source: Breiman, "Random forests" (2001), section 10; of any model: Fisher, Rudin and Dominici, "All models are wrong,
but many are useful" (2019).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlp.datasets import REGRESSION, Split
from mlp.inspection.regression import NumberPredictions, regression_scores
from mlp.network.layers import Array
from mlp.training import Model

MOST_ROWS = 2_000  # that are looked at
REPEATS = 10
SEED = 0  # of the permutations, and of the rows that are drawn


class Importance(NamedTuple):
    """How much the score drops when a single column is changed, such as by a permutation."""

    score: float  # as the columns are: accuracy, or R² of a regression
    drops: Array  # [columns, repeats], of that score

    @property
    def means(self) -> Array:
        """The mean drop of each column, shape [columns]."""
        return self.drops.mean(axis=1)

    @property
    def spreads(self) -> Array:
        """The standard deviation of each column's drops, shape [columns]."""
        return self.drops.std(axis=1)


def table_importance(model: Model) -> Importance:
    """Return how much each column of an imported table matters on its validation rows."""
    assert model.dataset.table is not None
    return permutation_importance(model, model.dataset.table.preprocessing.parts)


def permutation_importance(model: Model, columns: Sequence[slice]) -> Importance:
    """Return how much each column matters on the validation set, of which at most MOST_ROWS rows are drawn at random.

    `columns` are the inputs of each column, which are permuted together: `Preprocessing.parts` of a table. Each
    column gets the same permutations. Raises ValueError for a network whose numbers are NaN or infinite.

    >>> from mlp import RunConfig, initial_state, load_dataset
    >>> config, dataset = RunConfig(dataset="moons", hidden=(4,)), load_dataset("moons")
    >>> model = Model(config, dataset, initial_state(config, dataset))
    >>> permutation_importance(model, [slice(0, 1), slice(1, 2)]).drops.shape
    (2, 10)
    """
    examples = _sample(model.dataset.validation)
    score = score_on(model, examples)
    inputs = examples.inputs.copy()
    drops = np.empty((len(columns), REPEATS))
    for column, part in enumerate(columns):
        rng = np.random.default_rng(SEED)
        kept = examples.inputs[:, part]
        for repeat in range(REPEATS):
            inputs[:, part] = rng.permutation(kept)
            drops[column, repeat] = score - score_on(model, Split(inputs, examples.labels))
        inputs[:, part] = kept
    return Importance(score, drops)


def _sample(examples: Split) -> Split:
    """Return up to MOST_ROWS examples, drawn at random."""
    count = len(examples.labels)
    if count <= MOST_ROWS:
        return examples
    rows = np.sort(np.random.default_rng(SEED).choice(count, MOST_ROWS, replace=False))
    return Split(examples.inputs[rows], examples.labels[rows])


def score_on(model: Model, examples: Split) -> float:
    """Return the accuracy, or R² of a regression. Raises ValueError for a network whose numbers are NaN or infinite."""
    outputs = model.logits(examples.inputs)
    if not np.isfinite(outputs).all():
        raise ValueError("This network's weights became NaN or infinite. Choose an earlier step.")
    if model.dataset.info.task == REGRESSION:  # R² is the same in any unit
        return regression_scores(NumberPredictions(outputs[:, 0], examples.labels.astype(np.float64))).r_squared
    return float(np.mean(outputs.argmax(axis=1) == examples.labels))
