"""Softmax turns logits into probabilities; written the naive way it breaks where the logits are large."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlp.layers import Array
from mlp.lessons.prediction import Curve, Finding, Prediction
from mlp.lessons.source import Excerpt, excerpt
from mlp.losses import (
    grad_softmax_crossentropy_with_logits,
    log_softmax,
    softmax,
    softmax_crossentropy_with_logits,
)
from mlp.training import FLOAT

START = (2.0, 1.0, -1.0)
SHIFT = 1000.0  # of the prediction
MOST_SHIFT = 200.0


class Answered(NamedTuple):
    """What becomes of some logits."""

    probabilities: Array  # [classes]
    loss: float
    gradient: Array  # [classes], dL/d logit
    naive: float  # the loss by the naive formula; NaN or infinite where that breaks


def naive_crossentropy(logits: Array, answer: int) -> float:
    """Return −log softmax(z)_y as one would write it at first: e^z itself, then divide, then the logarithm."""
    powers = np.exp(logits)
    probabilities = powers / powers.sum()
    return float(-np.log(probabilities[answer]))


def answered(logits: Sequence[float], answer: int, shift: float = 0.0) -> Answered:
    """Return probabilities, loss and gradient when `shift` is added to every logit, in the numbers training uses."""
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
    """Return the loss by the naive formula and by ours, over what is added to every logit."""
    shifts = np.linspace(0, MOST_SHIFT, 101)
    found = [answered(logits, answer, float(shift)) for shift in shifts]
    return (
        Curve("naive", shifts, np.array([each.naive for each in found])),
        Curve("ours", shifts, np.array([each.loss for each in found])),
    )


def sources() -> tuple[Excerpt, Excerpt]:
    """Return the formula that training uses, and the naive one."""
    return (
        excerpt(
            log_softmax,
            "shifted = logits - logits.max(axis=-1, keepdims=True)",
            "return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))",
        ),
        excerpt(naive_crossentropy, "powers = np.exp(logits)"),
    )


def _measure(logits: tuple[float, ...], answer: int) -> Finding:
    before, after = answered(logits, answer), answered(logits, answer, SHIFT)
    if not math.isfinite(after.naive):
        came_out = "breaks"
    else:
        came_out = "same" if abs(after.naive - before.naive) < 1e-3 else "larger"
    said = f"{after.naive:.3f}" if math.isfinite(after.naive) else "no number"
    return Finding(
        came_out,
        f"The naive formula gave {before.naive:.3f} before and gives {said} now; ours gives {after.loss:.3f}.",
        "The probabilities do not change, but e to the thousandth is too large for the computer's numbers. "
        "Subtract the largest logit first, and the largest power is e⁰ = 1.",
        shifted(logits, answer),
        "added to every logit",
        "loss",
    )


PREDICTION = Prediction(
    "We add 1,000 to every logit, and work the loss out by the naive formula. What does it say?",
    {"same": "the same loss", "larger": "a larger loss", "breaks": "no number at all"},
    _measure,
)
