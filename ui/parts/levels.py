"""Values on their way to the browser: in a few levels, and as text."""

import base64

import numpy as np

from mlp.network.layers import Array

HIGHEST = 254  # level of a byte; 127 is zero, and 255 has no value


def levels(values: Array, limit: float, highest: int = HIGHEST) -> Array:
    """Return values from −limit to limit as levels 0 … highest, with zero in the middle; highest + 1 for NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        found = np.rint((values / limit + 1) * (highest / 2)).clip(0, highest)
    return whole(found, highest)


def whole(found: Array, highest: int = HIGHEST) -> Array:
    """Return levels as bytes; highest + 1 for NaN."""
    return np.where(np.isnan(found), highest + 1, found).astype(np.uint8)


def text_of(array: Array) -> str:
    """Return an array's bytes as text, which pixels.js reads; numbers of several bytes start with the smallest."""
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return base64.b64encode(little.tobytes()).decode()
