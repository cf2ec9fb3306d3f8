"""The network that a view shows: a run's, at a step of its history, with its predictions for a split."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

from mlp.config import RunConfig
from mlp.datasets import Dataset, load_dataset
from mlp.engine import RunView, Status
from mlp.inspection.predictions import Predictions, predict
from mlp.training import Model, TrainingState
from ui.train.feed import model_at


class Inspected(NamedTuple):
    """A network at one step."""

    config: RunConfig
    dataset: Dataset
    state: TrainingState
    moving: bool  # whether it is the latest state of a run that is training

    @property
    def model(self) -> Model:
        """The network as a model."""
        return Model(self.config, self.dataset, self.state)

    def predictions(self, split: str) -> Predictions:
        """Return its predictions for a split; computed once for all views."""
        known = _predictions.setdefault(self.state, {})
        if split not in known:
            known[split] = predict(self.model, split)
        return known[split]


_predictions: WeakKeyDictionary[TrainingState, dict[str, Predictions]] = WeakKeyDictionary()


def inspected(view: RunView, step: int | None) -> Inspected:
    """Return the network at that step, or its latest state. Raises StoreError if that step was not kept."""
    dataset = load_dataset(view.config.dataset)
    if step is None:
        return Inspected(view.config, dataset, view.state, view.status is Status.RUNNING)
    model = model_at(view.run_id, step)
    return Inspected(model.config, model.dataset, model.state, moving=False)
