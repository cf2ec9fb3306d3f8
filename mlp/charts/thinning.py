"""Thinning draws a long curve by few points, either those that make its shape or its moving average."""

import math

import numpy as np
from tsdownsample import MinMaxLTTBDownsampler

from mlp.network.layers import Array

MOST_POINTS = 300  # of one curve
MOST_SMOOTHED = 200


def thin(x: Array, y: Array) -> tuple[Array, Array]:
    """Return up to MOST_POINTS of the points, those that make the shape: the first, the last, peaks and valleys.

    MinMaxLTTB: J. Van Der Donckt et al., 2023, arXiv:2305.00332.
    """
    if len(x) <= MOST_POINTS:
        return x, y
    chosen = MinMaxLTTBDownsampler().downsample(x, y, n_out=MOST_POINTS)  # type: ignore[no-untyped-call]
    return x[chosen], y[chosen]


def smooth(x: Array, y: Array, share: float) -> tuple[Array, Array]:
    """Return the exponential moving average at up to MOST_SMOOTHED points, evenly spread:

        m_i = (1 − s) Σ_{j ≥ 0} s^j y_{i−j} / (1 − s^{i+1})

    The divisor corrects for an average that starts at zero, as in Adam. The sum ends where s^j is below 10⁻⁴.
    """
    index = np.unique(np.linspace(0, len(y) - 1, min(MOST_SMOOTHED, len(y))).astype(np.intp))
    memory = math.ceil(math.log(1e-4) / math.log(share))
    weights = share ** np.arange(memory)[::-1]  # of y_i last
    totals = np.cumsum(weights[::-1])
    averages = np.empty(len(index))
    for place, last in enumerate(index):
        window = y[max(last + 1 - memory, 0) : last + 1]
        averages[place] = window @ weights[-len(window) :] / totals[len(window) - 1]
    return x[index], averages
