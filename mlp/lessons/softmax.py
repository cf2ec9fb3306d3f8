"""Softmax turns logits into probabilities; written the naive way, it breaks if the logits are large."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlp.lessons.experiment import Curve, Experiment, Result
from mlp.lessons.source import excerpt
from mlp.network.layers import Array
from mlp.network.losses import (
    grad_softmax_crossentropy_with_logits,
    log_softmax,
    softmax,
    softmax_crossentropy_with_logits,
)
from mlp.training import FLOAT

START = (2.0, 1.0, -1.0)
SHIFT = 1000.0  # in the prediction
MOST_SHIFT = 200.0


class Answered(NamedTuple):
    """What follows from some logits."""

    probabilities: Array  # [classes]
    loss: float
    gradient: Array  # [classes], dL/d logit
    naive: float  # the loss by the naive formula; NaN or infinite if that breaks


def naive_crossentropy(logits: Array, answer: int) -> float:
    """Return −log softmax(z)_y the way one would first write it: e^z, then divide, then the logarithm."""
    powers = np.exp(logits)
    probabilities = powers / powers.sum()
    return float(-np.log(probabilities[answer]))


SOURCES = excerpt(log_softmax, "shifted =", "return"), excerpt(naive_crossentropy, "powers =")


def answered(logits: Sequence[float], answer: int, shift: float = 0.0) -> Answered:
    """Return probabilities, loss and gradient with `shift` added to every logit, in the precision of training."""
    rows = np.array([logits], FLOAT) + FLOAT.type(shift)
    answers = np.array([answer])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        naive = naive_crossentropy(rows[0], answer)
    return Answered(
        softmax(rows)[0],
        float(softmax_crossentropy_with_logits(rows, answers)[0]),
        grad_softmax_crossentropy_with_logits(rows, answers)[0],
        naive,
    )


def shifted(logits: Sequence[float], answer: int) -> tuple[Curve, Curve]:
    """Return the loss by the naive formula and by ours, as a function of what is added to every logit."""
    shifts = np.linspace(0, MOST_SHIFT, 101)
    found = [answered(logits, answer, float(shift)) for shift in shifts]
    return (
        Curve("naive", shifts, np.array([each.naive for each in found])),
        Curve("ours", shifts, np.array([each.loss for each in found])),
    )


def _measure(logits: tuple[float, ...], correct: int) -> Result:
    before, after = answered(logits, correct), answered(logits, correct, SHIFT)
    if not math.isfinite(after.naive):
        answer = "breaks"
    else:
        answer = "same" if abs(after.naive - before.naive) < 1e-3 else "larger"
    said = f"{after.naive:.3f}" if math.isfinite(after.naive) else "NaN"
    return Result(
        answer,
        f"The naive formula gave {before.naive:.3f} before and gives {said} now; our formula gives {after.loss:.3f}.",
        "The probabilities do not change, but e¹⁰⁰⁰ is too large for the computer's numbers. "
        "If the largest logit is subtracted first, the largest power is e⁰ = 1.",
        shifted(logits, correct),
        "added to every logit",
        "loss",
    )


EXPERIMENT = Experiment(
    "We add 1,000 to every logit and compute the loss with the naive formula. What does it give?",
    {"same": "the same loss", "larger": "a larger loss", "breaks": "NaN: not a number"},
    _measure,
)
