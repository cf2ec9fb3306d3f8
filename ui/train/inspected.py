"""What a view of a run shows: the network at one step, and its predictions for a split."""

from typing import NamedTuple

from mlp.engine import RunView, Status
from mlp.inspection.predictions import Predictions, predict
from mlp.inspection.regression import NumberPredictions, predict_numbers
from mlp.training import Model
from ui.parts.memo import once_per_state
from ui.train.feed import model_at


class Inspected(NamedTuple):
    """A run's network at one step."""

    model: Model
    step: int | None  # None for the latest
    moving: bool  # whether it is the latest of a run that is training


def inspected_at(view: RunView, step: int | None) -> Inspected:
    """Return the network at that step, or the latest. Raises StoreError if that step was not kept."""
    if step is None:
        return Inspected(view.model, None, view.status is Status.RUNNING)
    return Inspected(model_at(view.run_id, step), step, moving=False)


@once_per_state
def predictions_for(model: Model, split: str) -> Predictions:
    """Return a network's predictions for a split."""
    return predict(model, split)


@once_per_state
def numbers_for(model: Model, split: str) -> NumberPredictions:
    """Return the numbers that a regression predicts for a split."""
    return predict_numbers(model, split)
