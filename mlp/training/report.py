"""A report says what one call of `advance` did: losses and accuracies, the size of the last step, and divergence."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.network.layers import Array
from mlp.training.evaluation import Evaluation


class Divergence(NamedTuple):
    """Where training diverged: a number became infinite or NaN."""

    step: int  # the update that could not be made, counted from 1
    learning_rate: float
    loss: float  # the last finite mini-batch loss before it; NaN where there is none
    largest_weight: float  # |w| in the last finite state


@dataclass(frozen=True)
class Report:
    """What one call of `advance` did. Losses are means in nats, accuracies shares from 0 to 1."""

    epoch: int  # of the state after it, as the next three
    step: int
    examples: int
    progress: float  # epochs done, including the fraction of the current one
    trained: int  # examples trained on in this call
    train_loss: float  # mean over those, each measured just before its update; NaN if there are none
    train_accuracy: float
    learning_rate: float  # of the last step
    gradient_norm: float  # ‖dL/dW‖ over all layers, at the last step; NaN if there is none, as the next one
    update_ratio: float  # the largest ‖ΔW‖ / ‖W‖ of a layer, at the last step
    seconds: float  # spent training, without measuring the validation set
    diverged: Divergence | None = None
    validation: Evaluation | None = None  # if it was measured
    unaveraged: Evaluation | None = None  # the same without the average of the weights, if there is one
    evaluated_train: Evaluation | None = None  # over the whole training set, if it was measured


def explain_divergence(config: RunConfig, divergence: Divergence) -> str:
    """Return what happened, the evidence, and what to try.

    A step that is too long overshoots the valley and lands higher than it started; repeated, the loss grows
    without bound.

    Parameters
    ----------
    config
        The run's settings.
    divergence
        Where training diverged.

    Returns
    -------
    str
        Sentences for a person.

    Examples
    --------
    >>> from mlp import RunConfig
    >>> divergence = Divergence(step=7, learning_rate=80.0, loss=1e30, largest_weight=2e20)
    >>> print(explain_divergence(RunConfig(learning_rate=80.0), divergence).partition(":")[0])
    Training diverged at step 7
    """
    evidence = [f"learning rate {divergence.learning_rate:.3g}"]
    if math.isfinite(divergence.loss):
        evidence.append(f"the last finite loss was {divergence.loss:.3g}")
    evidence.append(f"the largest weight was {divergence.largest_weight:.3g}")
    return (
        f"Training diverged at step {divergence.step:,}: the numbers grew too large for float32 "
        f"({', '.join(evidence)}). Restart with a learning rate of {config.learning_rate / 10:.2g}."
    )


def norm(matrix: Array) -> float:
    """Return a matrix's Euclidean norm."""
    flat = matrix.reshape(-1)
    squares = float(np.vdot(flat, flat))  # a fifth of the time of `einsum`
    return math.sqrt(squares) if math.isfinite(squares) else float(np.linalg.norm(flat.astype(np.float64)))
