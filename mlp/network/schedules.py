"""A schedule changes the learning rate during a run.

Each is a factor on the chosen learning rate as a function of progress: 0 at the first step, 1 after the last epoch.
Only "reduce on plateau" also depends on what the validation set says.
"""

from collections.abc import Callable
from math import cos, pi
from typing import NamedTuple


def constant(progress: float) -> float:
    """Keep the chosen rate: 1."""
    return 1.0


def step(progress: float) -> float:
    """Drop to a tenth after half of the run, and to a hundredth after three quarters.

    Source: the stepwise decay of He et al., "Deep residual learning" (2016).
    """
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


def cosine(progress: float) -> float:
    """Decrease along half a cosine: ½ (1 + cos π·progress).

    Source: Loshchilov and Hutter, "SGDR" (2017), without restarts.
    """
    return 0.5 * (1 + cos(pi * progress))


def one_cycle(progress: float, warm_up: float = 0.3, start: float = 1 / 25, end: float = 1e-4) -> float:
    """Climb from 1/25 of the chosen rate to all of it over 30 % of the run, then decrease to 1/10,000 of it.

    Source: Smith and Topin, "Super-convergence" (2018), with cosine slopes.
    """
    if progress < warm_up:
        return start + (1 - start) * 0.5 * (1 - cos(pi * progress / warm_up))
    return end + (1 - end) * 0.5 * (1 + cos(pi * (progress - warm_up) / (1 - warm_up)))


def warm_up(progress: float, share: float = 0.05, start: float = 0.01) -> float:
    """Climb evenly from 1/100 of the chosen rate to all of it over 5 % of the run, then decrease along half a cosine.

    Sources: Goyal et al., "Accurate, large minibatch SGD" (2017), for the warm-up; Loshchilov and Hutter (2017).
    """
    if progress < share:
        return start + (1 - start) * progress / share
    return cosine((progress - share) / (1 - share))


def decay_at_end(progress: float, share: float = 0.2) -> float:
    """Keep the chosen rate for 80 % of the run, then decrease evenly to 0.

    Source: Hägele et al., "Scaling laws and compute-optimal training beyond fixed training durations" (2024).
    """
    return min((1 - progress) / share, 1.0)


class Schedule(NamedTuple):
    """One row of the table."""

    label: str
    factor: Callable[[float], float]


PLATEAU = "plateau"  # the schedule whose further factor follows from the validation loss, see mlp/training/monitor.py


SCHEDULES = {
    "constant": Schedule("Constant", constant),
    "step": Schedule("Step (÷ 10 at ½ and ¾)", step),
    "cosine": Schedule("Cosine", cosine),
    "one_cycle": Schedule("One cycle", one_cycle),
    "warm_up": Schedule("Warm-up, then cosine", warm_up),
    "decay_at_end": Schedule("Decay at the end", decay_at_end),
    PLATEAU: Schedule("Reduce on plateau", constant),
}
