"""A report says what one call of `advance` did: losses and accuracies, the size of the last step, and divergence."""

from dataclasses import dataclass
from typing import NamedTuple

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
    full_train: Evaluation | None = None  # over the whole training set, if it was measured
