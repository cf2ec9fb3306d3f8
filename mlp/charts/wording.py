"""Numbers as people read them aloud: 97.6 %, 203 k, 1:05."""

import math

import numpy as np

from mlp.text import UNKNOWN


def nats(loss: float) -> str:
    """Return a loss with three decimals, or with fewer if it is large."""
    if not math.isfinite(loss):
        return UNKNOWN
    return f"{loss:.3f}" if loss < 100 else f"{loss:.3g}" if loss < 1e5 else f"{loss:.0e}"


def compact(number: float) -> str:
    """Return a large number with three significant digits: "203 k", "1.05 M"."""
    if not math.isfinite(number):
        return UNKNOWN
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit * 0.9995:
            return f"{number / limit:.3g}\u202f{unit}"
    return f"{number:.3g}"


def duration(seconds: float) -> str:
    """Return seconds as "1:05", or, from one hour, as "2:03:00"."""
    if not math.isfinite(seconds):
        return UNKNOWN
    minutes, seconds = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def rate(value: float) -> str:
    """Return a learning rate with three digits and no exponent: 0.00001, not 1e-05."""
    return np.format_float_positional(float(f"{value:.3g}"), trim="-")
