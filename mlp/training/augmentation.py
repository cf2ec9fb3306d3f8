"""Augmentation changes the training images a little, differently each time, so that no image is seen twice.

A digit moved, turned or written by a shakier hand is still the same digit: a network that sees such variants learns
what matters about it. All chance comes from the seed, the epoch and the position in it, so a run stays a value.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset
from mlp.network.layers import Array

PLACES = 128  # rows and columns of places from which an image's displacements may be taken
MOST_PIXELS = 2**17  # changed at once, in all images together
FRAMES = 1000  # images in which the background is looked for


def augmenter(config: RunConfig, dataset: Dataset) -> Callable[[Array, int, int], Array] | None:
    """Return what changes a mini-batch's images, given its epoch and position; None for a run that changes none."""
    if not config.augmentations:
        return None
    shape, background = dataset.info.image_shape, background_of(dataset)
    assert shape is not None
    return lambda images, epoch, position: augmented(images, shape, background, config, config.seed, epoch, position)


@functools.lru_cache(maxsize=4)
def background_of(dataset: Dataset) -> float:
    """Return what is beyond an image's edge, as the network gets it: the median of the images' outermost pixels."""
    assert dataset.info.image_shape is not None
    images = dataset.train.inputs[:FRAMES].reshape(-1, *dataset.info.image_shape)
    frames = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    return float(np.median(frames) * dataset.info.scale)


def augmented(
    images: Array, shape: tuple[int, int], background: float, how: Any, seed: int, epoch: int, position: int
) -> Array:
    """Return a mini-batch of images, each changed at random.

    Parameters
    ----------
    images
        The mini-batch [batch, pixels], with 1 for full ink.
    shape
        Rows and columns of an image.
    background
        What is beyond an image's edge, and in what is cut out.
    how
        Has the settings of augmentation, as a RunConfig.
    seed, epoch, position
        Of the run, and where in it: equal ones give equal images, to the last bit.

    Returns
    -------
    Array
        A new array [batch, pixels], float32.

    Examples
    --------
    >>> from mlp import RunConfig
    >>> dot = np.array([[0, 0, 0, 0, 1, 0, 0, 0, 0]], np.float32)
    >>> augmented(dot, (3, 3), 0.0, RunConfig(shift=1), seed=0, epoch=0, position=0).reshape(3, 3).round(2)
    array([[0.  , 0.02, 0.  ],
           [0.  , 0.95, 0.02],
           [0.  , 0.  , 0.  ]], dtype=float32)
    """
    # A fourth number keeps this stream apart from those of dropout.
    rng = np.random.default_rng([seed, epoch, 1 + position, 2])
    changed = np.empty(images.shape, np.float32)
    pieces = range(0, len(images), max(1, MOST_PIXELS // images.shape[1]))
    for rows in (slice(start, start + pieces.step) for start in pieces):
        x, y = places(len(images[rows]), shape, how, rng)
        if how.elastic:
            bent = displacements(shape, how.elastic, how.elastic_smoothness, seed, epoch)
            top, left = rng.integers(0, PLACES, (2, len(x)))
            windows = np.lib.stride_tricks.sliding_window_view(bent, shape, (1, 2))
            x += windows[0, top, left].reshape(x.shape)
            y += windows[1, top, left].reshape(y.shape)
        changed[rows] = interpolated(images[rows], shape, background, x, y)
    if how.pixel_noise:
        changed += np.float32(how.pixel_noise) * rng.standard_normal(changed.shape, np.float32)
    if how.cutout:
        changed[squares(len(images), shape, how.cutout, rng)] = background
    return changed


def places(count: int, shape: tuple[int, int], how: Any, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return where each pixel of the new images was in the old ones, columns and rows [count, pixels].

    About the center c, p_old − c = R(θ) · [1 s; 0 1] · diag(w, h) · (p_new − c) + t: rotated by θ, slanted by s,
    stretched by w and h, and moved by t, each drawn uniformly between its bounds. Mirrored images have a negative w.
    """
    rows, columns = shape
    turn, slant, wide, high, right, down, side = rng.uniform(-1, 1, (7, count)).astype(np.float32)
    sin, cos = np.sin(math.radians(how.rotation) * turn), np.cos(math.radians(how.rotation) * turn)
    slope, width, height = how.shear * slant, 1 + how.scaling * wide, 1 + how.scaling * high
    width = np.where(how.flip & (side < 0), -width, width)
    y, x = np.divmod(np.arange(rows * columns, dtype=np.float32), columns)
    middle_x, middle_y = (columns - 1) / 2, (rows - 1) / 2
    grid = np.stack([x - middle_x, y - middle_y, np.ones_like(x)])  # [3, pixels]
    to_x = np.stack([width * cos, height * (slope * cos - sin), how.shift * right + middle_x], axis=1)
    to_y = np.stack([width * sin, height * (slope * sin + cos), how.shift * down + middle_y], axis=1)
    return to_x @ grid, to_y @ grid


@functools.lru_cache(maxsize=4)
def displacements(shape: tuple[int, int], strength: float, smoothness: float, seed: int, epoch: int) -> Array:
    """Return by how many pixels to move each place, [x and y, rows, columns], of which each image takes a window.

    That is α · (G_σ ∗ u): uniform noise u from −1 to 1, smoothed by a Gaussian of width σ. Each epoch has its own.

    Source: Simard, Steinkraus and Platt, "Best practices for convolutional neural networks" (2003).
    """
    rng = np.random.default_rng([seed, epoch, 0, 2])
    reach = math.ceil(4 * smoothness)
    smoothing = []
    for side in (shape[0] + PLACES - 1, shape[1] + PLACES - 1):
        distance = np.arange(side + 2 * reach) - np.arange(reach, side + reach)[:, None]
        bells = np.exp(-0.5 * (distance / smoothness) ** 2) * (abs(distance) <= reach)
        smoothing.append((bells / bells[0].sum()).astype(np.float32))
    down, across = smoothing
    noise = rng.uniform(-1, 1, (2, down.shape[1], across.shape[1])).astype(np.float32)
    return np.float32(strength) * (down @ noise @ across.T)


def interpolated(images: Array, shape: tuple[int, int], background: float, x: Array, y: Array) -> Array:
    """Return images [batch, pixels] of what is at places x and y of each, between four pixels (bilinear).

    x and y, [batch, pixels], are overwritten.
    """
    rows, columns = shape
    width = columns + 3  # with a margin of background: one pixel before, and two behind
    padded = np.full((len(images), rows + 3, width), background, np.float32)
    padded[:, 1:-2, 1:-2] = images.reshape(-1, rows, columns)
    for place, last in ((x, columns + 1), (y, rows + 1)):
        place += 1  # for the margin
        np.clip(place, 0, last, out=place)
    left, top = np.floor(x), np.floor(y)
    x -= left
    y -= top
    corner = (top * width + left).astype(np.intp)
    corner += padded[0].size * np.arange(len(images))[:, None]
    flat = padded.reshape(-1)
    above, above_right = flat.take(corner), flat[1:].take(corner)
    below, below_right = flat[width:].take(corner), flat[width + 1 :].take(corner)
    above += x * (above_right - above)
    below += x * (below_right - below)
    above += y * (below - above)
    return above


def squares(count: int, shape: tuple[int, int], share: float, rng: np.random.Generator) -> Array:
    """Return which pixels [count, pixels] are in a square, or oblong, of a share of each side, somewhere in each image.

    Source: DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout" (2017).
    """
    (rows, columns), (high, wide) = shape, (round(share * side) for side in shape)
    top = rng.integers(0, rows - high + 1, (count, 1))
    left = rng.integers(0, columns - wide + 1, (count, 1))
    y, x = np.divmod(np.arange(rows * columns), columns)
    inside: Array = (y >= top) & (y < top + high) & (x >= left) & (x < left + wide)
    return inside
