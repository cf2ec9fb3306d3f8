"""An ensemble is several networks that answer together: with the mean of their probabilities, or of their numbers.

Networks that make different mistakes correct each other, so together they are usually better than each alone.

Source: Hansen and Salamon, "Neural network ensembles" (1990).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlp.datasets import REGRESSION, Split
from mlp.inspection.predictions import Predictions
from mlp.inspection.regression import NumberPredictions
from mlp.network.layers import Array
from mlp.network.losses import log_softmax
from mlp.network.training_losses import NEAR
from mlp.training import Evaluation, Model


class Ensemble(NamedTuple):
    """How well networks do on a split, each alone and all together."""

    members: tuple[Evaluation, ...]
    together: Evaluation
    # The share of examples for which not all predict the same class. Of a regression, the standard deviation of their
    # numbers in the target's own unit, as a mean over the examples.
    disagreement: float


def ensemble(models: Sequence[Model], names: Sequence[str], split: str = "validation") -> Ensemble:
    """Measure networks alone and together on one split of the data set that they share. Dropout is off.

    `names` are what sentences call them. Raises ValueError for fewer than two networks, for different data sets, and
    for a network whose numbers are NaN or infinite.
    """
    check_members([(model.dataset.info.name, model.dataset.info.label) for model in models])
    if not all(_are_same(models[0].dataset.split(split), model.dataset.split(split)) for model in models):
        raise ValueError(
            f"These networks learned from different examples, though all are called {models[0].dataset.info.label}. "
            "Only networks with the same ones can answer together."
        )
    info, (inputs, labels) = models[0].dataset.info, models[0].dataset.split(split)
    outputs = np.array([_finite_outputs(model, name, inputs) for model, name in zip(models, names, strict=True)])
    if info.task == REGRESSION:
        numbers = outputs[:, :, 0]
        unit = info.target.scale if info.target else 1.0
        members = tuple(_of_numbers(own, labels) for own in numbers)
        return Ensemble(members, _of_numbers(numbers.mean(axis=0), labels), unit * float(numbers.std(axis=0).mean()))
    logs = log_softmax(outputs)
    classes = logs.argmax(axis=2)
    with np.errstate(divide="ignore"):  # all are sure that it is another class: the loss is infinite
        together = np.log(np.exp(logs).mean(axis=0))
    members = tuple(_of_classes(own, labels) for own in logs)
    return Ensemble(members, _of_classes(together, labels), float((classes != classes[0]).any(axis=0).mean()))


def mean_predictions(found: Sequence[Predictions]) -> Predictions:
    """Return what networks predict together for the same examples: the mean of their probabilities."""
    return Predictions(np.mean([each.probabilities for each in found], axis=0), found[0].labels)


def mean_numbers(found: Sequence[NumberPredictions]) -> NumberPredictions:
    """Return what networks of a regression predict together for the same examples: the mean of their numbers."""
    return NumberPredictions(np.mean([each.numbers for each in found], axis=0), found[0].truth)


def check_members(datasets: Sequence[tuple[str, str]]) -> None:
    """Refuse networks that can't answer together, given the name and label of the data set of each, with ValueError."""
    if len(datasets) < 2:
        raise ValueError("One network is no ensemble. Choose two or more that learned from the same data set.")
    labels: Mapping[str, str] = dict(datasets)
    if len(labels) > 1:
        raise ValueError(
            f"These networks learned from different data sets: {'; '.join(labels.values())}. Only networks with the "
            "same one can answer together."
        )


def _are_same(split: Split, other: Split) -> bool:
    return split is other or all(np.array_equal(*arrays) for arrays in zip(split, other, strict=True))


def _finite_outputs(model: Model, name: str, inputs: Array) -> Array:
    """Return a network's outputs in float64, shape [inputs, outputs]. Raises ValueError if they are not finite."""
    outputs = model.logits(inputs).astype(np.float64)
    if not np.isfinite(outputs).all():
        raise ValueError(f"The weights of {name} became NaN or infinite, so it can't answer with others. Leave it out.")
    return outputs


def _of_classes(logs: Array, labels: Array) -> Evaluation:
    """Return the evaluation of logarithms of probabilities, [examples, classes]."""
    right = logs.argmax(axis=1) == labels
    return Evaluation(float(right.mean()), -float(logs[np.arange(len(labels)), labels].mean()))


def _of_numbers(numbers: Array, targets: Array) -> Evaluation:
    """Return the evaluation of predicted numbers, [examples]."""
    errors = numbers - targets
    return Evaluation(float((np.abs(errors) <= NEAR).mean()), 0.5 * float(np.square(errors).mean()))
