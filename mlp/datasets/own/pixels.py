"""The pixels of images may be numbers of any range: they become bytes, from black to white."""

from collections.abc import Iterable

import numpy as np

from mlp.datasets.errors import DatasetError

BYTES, SHARES = (0.0, 255.0), (0.0, 1.0)  # the usual numbers for black and white
DARK = 64  # the highest number of a whole file that no bytes have

Range = tuple[float, float]  # the numbers for black and white


def pixel_range(low: float, high: float) -> Range:
    """Return which numbers are black and white in a file whose pixels are from `low` to `high`.

    >>> pixel_range(0, 240), pixel_range(0.1, 0.9), pixel_range(0, 16), pixel_range(-1, 1)
    ((0.0, 255.0), (0.0, 1.0), (0.0, 16.0), (-1.0, 1.0))
    """
    if not np.isfinite([low, high, high - low]).all():
        raise DatasetError("Pixels are NaN, infinite or too large in places. Replace them, or leave out those images.")
    if low >= 0 and high <= 1:
        return SHARES
    if low >= 0 and DARK < high <= 255:
        return BYTES
    low = min(low, 0)
    if low == high:
        raise DatasetError(f"All pixels are {low:g}, so there is nothing to learn. Save the images again.")
    return float(low), float(high)


def unusual(found: Range) -> Range | None:
    """Return the numbers for black and white if these can't be seen from a file's pixels alone."""
    return None if found in (BYTES, SHARES) else found


def notes_on_range(found: Range) -> tuple[str, ...]:
    """Return a sentence on numbers for black and white that are unusual."""
    return (f"Pixels from {found[0]:g} to {found[1]:g}: shown as black to white.",) if unusual(found) else ()


def lowest_and_highest(blocks: Iterable[np.ndarray]) -> Range:
    """Return the lowest and the highest number in some arrays; NaN if there is any."""
    lows, highs = zip(*((block.min(), block.max()) for block in blocks), strict=True)
    return float(np.min(lows)), float(np.max(highs))


def as_bytes(pixels: np.ndarray, found: Range) -> np.ndarray:
    """Return pixels as uint8, from black, 0, to white, 255."""
    if pixels.dtype == np.uint8 and found == BYTES:
        return pixels
    low, high = found
    return np.rint((pixels.astype(np.float64) - low) * (255 / (high - low))).astype(np.uint8)
