"""How good a regression's predictions are: R², mean errors, and residuals, in the target's own unit."""

import functools
import math
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import numpy as np

from mlp.datasets import REGRESSION, SPLITS, Dataset, DatasetInfo
from mlp.network.layers import Array
from mlp.text import percent, score
from mlp.training import Evaluation, Model, evaluate

Number = TypeVar("Number", float, Array)
DECIMALS, DIGITS = 4, 6  # of a target's spread: what is shown of fractions, and at most of whole numbers


class NumberPredictions(NamedTuple):
    """A network's predictions for some examples of a regression, in the target's own unit."""

    numbers: Array  # [examples], float64; NaN or infinite if a network's weights are
    truth: Array  # [examples], float64, the correct number of each

    @classmethod
    def of(cls, model: Model, inputs: Array, labels: Array) -> "NumberPredictions":
        """Return a network's predictions for some rows."""
        return cls(predicted_numbers(model, inputs), in_own_unit(model.dataset.info, labels))

    @property
    def known(self) -> Array:
        """Whether there is a prediction, shape [examples]."""
        return np.isfinite(self.numbers)

    @property
    def residuals(self) -> Array:
        """True − predicted, shape [examples]: positive where the prediction is too low."""
        return self.truth - self.numbers


class RegressionScores(NamedTuple):
    """How good the predictions z of numbers y are. Examples without a prediction are not counted; NaN if none is left.

    R² = 1 − Σ (y − z)² / Σ (y − mean y)² is 1 if all are exact and 0 for predicting the mean; NaN if all y are equal.
    MAE = mean |y − z| and RMSE = √(mean (y − z)²) have the unit of y.
    """

    r_squared: float
    mae: float
    rmse: float


def in_own_unit(info: DatasetInfo, values: Array) -> Array:
    """Return targets or answers as the file had them, not as the network learns them: float64, of the same shape."""
    values = values.astype(np.float64)
    return values if info.target is None else info.target.mean + info.target.scale * values


def shown_decimals(info: DatasetInfo) -> int:
    """Return to how many decimals a regression's numbers are shown, by how far its targets spread; −1: to tens.

    >>> from dataclasses import replace; from mlp import load_dataset; from mlp.datasets.dataset import Target
    >>> info = load_dataset("moons").info
    >>> [shown_decimals(replace(info, target=Target("price", scale=scale))) for scale in (0.5, 77, 5e4, 2e6)]
    [4, 2, 0, -1]
    """
    scale = info.target.scale if info.target else 1.0
    size = math.floor(math.log10(scale)) if 0 < scale < math.inf else 0
    return max(DECIMALS - 1 - size, min(0, DIGITS - 1 - size))


def as_shown(info: DatasetInfo, values: Array) -> Array:
    """Return a regression's numbers, in the target's own unit, as they are shown wherever one example is."""
    return np.round(values.astype(np.float64), shown_decimals(info)) + 0.0  # no −0


def predicted_numbers(model: Model, inputs: Array) -> Array:
    """Return the number predicted for each row in the target's own unit, shape [rows]. Dropout is off."""
    return in_own_unit(model.dataset.info, model.logits(inputs)[:, 0])


def predict_numbers(model: Model, split: str = "validation") -> NumberPredictions:
    """Return the predictions for one split's examples. Dropout is off. Raises ValueError for an unknown split."""
    return NumberPredictions.of(model, *model.dataset.split(split))


def regression_scores(predictions: NumberPredictions) -> RegressionScores:
    """Return R², MAE and RMSE.

    >>> regression_scores(NumberPredictions(np.array([1.0, 2.0, 5.0]), np.array([1.0, 2.0, 3.0])))
    RegressionScores(r_squared=-1.0, mae=0.6666666666666666, rmse=1.1547005383792515)
    """
    known = predictions.known
    if not known.any():
        return RegressionScores(math.nan, math.nan, math.nan)
    errors = predictions.residuals[known]
    mean_square = float(np.mean(errors**2))
    scale = TargetScale(float(predictions.truth[known].var()))
    return RegressionScores(scale.r_squared(mean_square / 2), float(np.abs(errors).mean()), math.sqrt(mean_square))


class TargetScale(NamedTuple):
    """What turns a regression's loss, the mean of ½ (z − y)², into numbers that people know.

    A run's history holds losses alone: R² = 1 − 2 · loss / variance of y, RMSE = √(2 · loss) · unit.

    >>> TargetScale(variance=0.5, unit=77.0).r_squared(0.125)
    0.5
    """

    variance: float  # of a split's targets, as the network sees them
    unit: float = 1.0  # how much of the target's own unit is 1 for the network

    def r_squared(self, loss: Number) -> Number:
        """Return R² for a loss, or for each of several; NaN if all targets are equal."""
        return 1 - loss / (self.variance / 2 or math.nan)

    def rmse(self, loss: Number) -> Number:
        """Return the root mean squared error for a loss, or for each of several, in the target's own unit."""
        return (2 * loss) ** 0.5 * self.unit

    def reached(self, loss: float) -> str:
        """Return both in words: "R² 0.512, RMSE 54.3"."""
        return f"R² {score(self.r_squared(loss))}, RMSE {self.rmse(loss):.4g}"


@functools.lru_cache(maxsize=32)
def target_scales(dataset: Dataset) -> Mapping[str, TargetScale]:
    """Return the scale of each split's targets; of a split without examples, their variance is NaN."""
    unit = dataset.info.target.scale if dataset.info.target else 1.0
    targets = {split: dataset.split(split).labels for split in SPLITS}
    variances = {split: np.var(each, dtype=np.float64) if len(each) else math.nan for split, each in targets.items()}
    return {split: TargetScale(float(variance), unit) for split, variance in variances.items()}


def score_of(dataset: Dataset, split: str, accuracy: Number, loss: Number) -> Number:
    """Return what networks are ranked by: the accuracy on a split or, of a regression, R², which the loss says."""
    return target_scales(dataset)[split].r_squared(loss) if dataset.info.task == REGRESSION else accuracy


def measured_score(model: Model, split: str) -> float:
    """Measure what a network is ranked by, on one split."""
    return score_of(model.dataset, split, *evaluate(model.config, model.dataset, model.state, split))


def reached(dataset: Dataset, split: str, found: Evaluation, decimals: int = 2, with_loss: bool = False) -> str:
    r"""Return in words what was measured on a split: the accuracy or, of a regression, R² and the error.

    >>> from mlp import load_dataset
    >>> reached(load_dataset("digits"), "test", Evaluation(accuracy=0.975, loss=0.1), with_loss=True)
    'accuracy 97.50\u202f%, loss 0.1'
    """
    if dataset.info.task == REGRESSION:
        return target_scales(dataset)[split].reached(found.loss)
    return f"accuracy {percent(found.accuracy, decimals)}" + (f", loss {found.loss:.4g}" if with_loss else "")
