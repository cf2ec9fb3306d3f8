"""What shows only once all pictures of a file are read: which numbers are black and white in those of many bits.

Pictures of 8 bits go from 0 to 255. Those of more bits don't say: a camera's 12 bits, for example, are kept in 16.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from mlp.datasets.own.pixels import BEYOND, BYTES, SHARES, Range, fits
from mlp.text import counted

DEEP = (0.0, 65535.0)  # black and white of whole numbers of more than 8 bits, as long as nothing else is known
WHITES = (1.0, 255.0, 4095.0, 65535.0)  # of which the first that is no darker than any pixel is white


@dataclass
class Findings:
    """What was found in the pictures read so far. It is added to as they are read."""

    pixel_range: Range | None = None  # black and white in pictures of many bits, if not as usual for their numbers
    several: set[str] = field(default_factory=set)  # names of those with several frames or pages
    _ends: Range = (math.inf, -math.inf)  # the lowest and the highest number
    _used: set[Range] = field(default_factory=set)  # as black and white
    _floats: set[bool] = field(default_factory=set)  # whether they are numbers with decimals

    def as_bytes(self, pixels: np.ndarray, floats: bool) -> np.ndarray:
        """Return the pixels of a picture of many bits, float32, as uint8 from black to white; NaN is black."""
        known = np.isfinite(pixels)
        low, high = (float(end(pixels, where=known, initial=0)) for end in (np.min, np.max))
        black, white = (SHARES if high <= 1 + BEYOND else BYTES) if floats else DEEP
        if self.pixel_range and fits(low, high, self.pixel_range):
            black, white = self.pixel_range
        self._ends = min(low, self._ends[0]), max(high, self._ends[1])
        self._used.add((black, white))
        self._floats.add(floats)
        values = np.nan_to_num(pixels, nan=black, posinf=white, neginf=black)
        values -= black
        values *= 255 / (white - black)
        return np.rint(np.clip(values, 0, 255, out=values), out=values).astype(np.uint8)

    def settle(self) -> bool:
        """Return whether all pictures were read with their black and white. If not, read them again: now it is known.

        Pictures in whole numbers and in numbers with decimals, side by side, stay as usual for each.
        """
        if len(self._floats) != 1:
            return True
        found = _range(*self._ends, BEYOND if True in self._floats else 0)
        if self._used == {found}:
            return True
        self.pixel_range = found
        return False

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what a person may not expect."""
        notes = []
        if self.pixel_range:
            black, white = self.pixel_range
            notes.append(f"Pixels of more than 8 bits, from {black:g} to {white:g}: shown as black to white.")
        if self.several:
            count = counted(len(self.several), "image has", "images have")
            notes.append(f"{count} several frames or pages: only the first is read.")
        return tuple(notes)


def _range(low: float, high: float, beyond: float) -> Range:
    """Return which numbers are black and white in pictures of `low` to `high`, or of a share `beyond` these."""
    white = next((white for white in WHITES if high <= (1 + beyond) * white), high)
    return (0.0, white) if low >= -beyond * white else (low, high)
