"""What networks are ranked by, in words: the accuracy or, of a regression, R²."""

from math import isfinite

from mlp.datasets import REGRESSION, Dataset, DatasetInfo
from mlp.inspection.regression import score_of
from mlp.text import percent, score
from mlp.training.best import best_of
from mlp.training.history import HistoryView


def score_name(info: DatasetInfo) -> str:
    """Return what it is called."""
    return "R²" if info.task == REGRESSION else "accuracy"


def score_text(info: DatasetInfo, value: float, decimals: int = 1) -> str:
    """Return it as a tile shows it: "97.6 %", and "0.531" of a regression."""
    return score(value) if info.task == REGRESSION else percent(value, decimals)


def reached_text(info: DatasetInfo, value: float, decimals: int = 1) -> str:
    """Return it as a sentence names it: "97.6 %", and "R² 0.531" of a regression."""
    return ("R² " if info.task == REGRESSION else "") + score_text(info, value, decimals)


def in_percent(info: DatasetInfo, value: float) -> float:
    """Return it in percent as `reached_text` with two decimals shows it, to be compared with a goal.

    A goal is reached if it is seen to be: not missed by what was rounded away, as R² 0.7496, or by 100 · 0.57 < 57.
    """
    return round(100 * round(value, 3), 1) if info.task == REGRESSION else round(100 * value, 2)


def goal_text(info: DatasetInfo, goal: str) -> str:
    """Return a goal that is given in percent: "95 %", and "R² 0.95" of a regression."""
    return f"R² {float(goal) / 100:g}" if info.task == REGRESSION else f"{goal} %"


def best_score(dataset: Dataset, history: HistoryView) -> tuple[int, float] | None:
    """Return the step and the score of the best epoch's end on the validation set.

    None if no epoch has ended, and where there is no R²: all targets are equal.
    """
    best = best_of(history, "loss" if dataset.info.task == REGRESSION else "accuracy")
    if best is None:
        return None
    reached = score_of(dataset, "validation", best.accuracy, best.loss)
    return (best.step, reached) if isfinite(reached) else None
