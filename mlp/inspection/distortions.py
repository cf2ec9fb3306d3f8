"""Distortions change pictures as the world does: moved, rotated, scaled, noisy or partly covered.

A network that reads digits only in the places where its training set had them has learned less than it seems.
"""

import math
from typing import NamedTuple

import numpy as np

from mlp.datasets import Dataset
from mlp.datasets.drawing import pixel_range
from mlp.network.layers import Array
from mlp.training.augmentation import background_of, interpolated, squares


class Distortion(NamedTuple):
    """How much of each; by default, nothing changes."""

    right: float = 0.0  # pixels
    down: float = 0.0  # pixels
    degrees: float = 0.0  # clockwise
    size: float = 1.0  # times as large
    noise: float = 0.0  # standard deviation, as a share of full ink
    covered: float = 0.0  # side of a square of paper, as a share of the picture's


class Kind(NamedTuple):
    """One row of the table: a distortion, and the strengths at which networks are measured."""

    label: str
    unit: str
    field: str
    strengths: tuple[float, ...]


KINDS = (
    Kind("Moved right", "pixels", "right", (-4, -2, -1, 0, 1, 2, 4)),
    Kind("Rotated", "degrees", "degrees", (-45, -30, -15, 0, 15, 30, 45)),
    Kind("Scaled", "times as large", "size", (0.6, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5)),
    Kind("Noise", "share of full ink", "noise", (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)),
    Kind("Covered", "share of side", "covered", (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)),
)


def distort(dataset: Dataset, images: Array, how: Distortion, seed: int = 0) -> Array:
    """Return pictures [count, pixels] of a data set distorted, as float32 and in its range.

    Moving, rotating and scaling interpolate each new pixel between four old ones (bilinear); beyond the edge there is
    paper, as in augmentation. Noise is Gaussian, clipped at the range's ends or at an outlying pixel. The cover lies at
    a random place in each picture. The same `seed` gives the same noise and places.
    """
    shape, (low, high) = dataset.info.image_shape, pixel_range(dataset)
    assert shape is not None
    paper = background_of(dataset) / dataset.info.scale
    rng = np.random.default_rng(seed)
    pictures = np.asarray(images, np.float32)
    if (how.right, how.down, how.degrees, how.size) != (0, 0, 0, 1):
        pictures = _moved(pictures, shape, paper, how)
    else:
        pictures = pictures.copy()
    if how.noise:
        lowest, highest = np.minimum(pictures, low), np.maximum(pictures, high)
        pictures += rng.normal(0, how.noise * (high - low), pictures.shape).astype(np.float32)
        np.clip(pictures, lowest, highest, out=pictures)
    pictures[squares(len(pictures), shape, how.covered, rng)] = paper
    return pictures


def _moved(pictures: Array, shape: tuple[int, int], paper: float, how: Distortion) -> Array:
    """Return pictures moved, rotated and scaled about their center."""
    rows, columns = shape
    y, x = np.divmod(np.arange(rows * columns), columns)
    middle_y, middle_x = (rows - 1) / 2, (columns - 1) / 2
    angle = math.radians(how.degrees)
    # Where each new pixel was before: everything is undone, in reverse order.
    to_x, to_y = x - middle_x - how.right, y - middle_y - how.down
    was_x = (to_x * math.cos(angle) + to_y * math.sin(angle)) / how.size + middle_x
    was_y = (to_y * math.cos(angle) - to_x * math.sin(angle)) / how.size + middle_y
    places = (np.tile(was.astype(np.float32), (len(pictures), 1)) for was in (was_x, was_y))
    return interpolated(pictures, shape, paper, *places)
