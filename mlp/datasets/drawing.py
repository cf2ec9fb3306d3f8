"""Turns a drawing into an example like those that a network was trained on: cut out, scaled and placed the same way.

A network has only ever seen pictures that were made by one recipe. To it, the same digit drawn smaller or in a corner
is a different picture, so each drawing goes through its data set's recipe first.
"""

import functools
import math

import numpy as np

from mlp.datasets import DATASETS, Dataset
from mlp.datasets.own.pictures import edge
from mlp.network.layers import Array

FILLED = ("fashion-mnist",)  # pictures that reach the border, with the middle of their box in the middle

LOOKED_AT = 1000  # training images, to see what ground they have, and which pixels are usual
USUAL = (0.001, 0.999)  # quantiles of the pixels: those beyond are outliers,
FAR = 2.0  # if the range of all pixels is more than this many times as wide

Span = tuple[int, int]  # the first pixel, and one beyond the last

UCI_SIDE = 32  # the bitmap whose blocks of 4 × 4 pixels are counted
UCI_BOX = (32, 20)  # rows, columns that a digit fills before it is straightened
UCI_MOST_STRETCH = 2.0  # width against height, or height against width: a 1 stays narrow
UCI_INK = (310, 400)  # pixels of the bitmap; the training pictures have 313 on average, 99 in 100 at most 397
UCI_TOO_THICK = (412, 560)  # pixels above which NIST's program erodes a bitmap once, and once more
UCI_NOISY_ROWS = 2  # at the top and bottom, which are skipped when the slant is measured
PEN_SIDE = 96  # pixels of the longer side while strokes are thickened or thinned
PEN_MOST_GROWTH = 15  # pixels on each side of a stroke
PEN_MOST_LOSS = 0.45  # share of the thickest stroke: what is thinned further falls apart


def prepare(ink: Array, dataset: Dataset) -> Array:
    """Return a drawing as a network for this data set sees it: one example, in the data set's range and type.

    `ink` is a picture of any size, shape [rows, columns], from 0 (paper) to 255 (ink). No ink at all gives empty paper.
    Raises ValueError if the data set's examples are not pictures.
    """
    if dataset.info.image_shape is None:
        raise ValueError(f"The examples of {dataset.info.name} are points, not pictures.")
    ink = np.asarray(ink, np.float64) / 255
    if not ink.any():
        picture = np.zeros(dataset.info.image_shape)
    elif dataset.info.name == "digits":
        picture = _as_uci(ink)
    else:
        picture = _as_mnist(ink, dataset.info.image_shape, filled=dataset.info.name in FILLED)
    if on_paper(dataset):
        picture = 1 - picture
    return in_range(picture, dataset)


def in_range(picture: Array, dataset: Dataset) -> Array:
    """Return a picture, from 0 to 1, as one example of a data set: in its range, and in whole numbers if those are."""
    low, high = pixel_range(dataset)
    example, dtype = low + picture * (high - low), dataset.train.inputs.dtype
    return (np.rint(example) if dtype == np.uint8 else example).astype(dtype).reshape(-1)


@functools.lru_cache(maxsize=8)
def pixel_range(dataset: Dataset) -> tuple[float, float]:
    """Return the values of the lowest and of the highest ink in a data set's images: of floats, in the training set.

    A few pixels far from all others don't count. An opened file has no images: it says the range of those of floats, or
    else, from an earlier version, it counts as from 0 to 1.
    """
    images = dataset.train.inputs
    if images.dtype == np.uint8:
        return 0, round(1 / dataset.info.scale)
    if not len(images):
        return dataset.info.float_range or (0, 1)
    ends = float(images.min()), float(images.max())
    low, high = (float(end) for end in np.quantile(images[:: -(-len(images) // LOOKED_AT)], USUAL))
    return (low, high) if 0 < FAR * (high - low) < ends[1] - ends[0] else ends


@functools.lru_cache(maxsize=8)
def on_paper(dataset: Dataset) -> bool:
    """Whether a data set's images are of something on light ground, as your own may be: then a drawing is dark."""
    info, images = dataset.info, dataset.train.inputs[:LOOKED_AT]
    assert info.image_shape is not None
    if info.name in DATASETS or not len(images):
        return info.on_paper
    return bool(np.median(edge(images.reshape(-1, *info.image_shape))) > sum(pixel_range(dataset)) / 2)


@functools.lru_cache(maxsize=8)
def most_ink(dataset: Dataset) -> float:
    """Return the most ink that any training picture has: the mean of its pixels."""
    images = dataset.train.inputs
    return max(float(images[start : start + 5000].mean(axis=1).max()) for start in range(0, len(images), 5000))


def _as_mnist(ink: Array, shape: tuple[int, int], filled: bool) -> Array:
    """Scale the ink's box to 20 × 20, keeping its aspect, and place its center of mass in the middle of 28 × 28.

    Each pixel gets the mean of the area that falls on it. MNIST's centers of mass are in the middle of the pixel to the
    right of and below the center: at 14.49 ± 0.29 in both directions, measured on 5,000 pictures. Sources: LeCun,
    Cortes and Burges, http://yann.lecun.com/exdb/mnist/; for Fashion-MNIST, whose pictures fill all 28 × 28: Xiao,
    Rasul and Vollgraf, https://arxiv.org/abs/1708.07747.
    """
    spans = _box(ink)
    side = min(shape) * (1 if filled else 20 / 28)
    scale = side / max(high - low for low, high in spans)
    rows, columns = (
        _placed(ink.sum(axis=1 - axis), span, scale, shape[axis], filled) for axis, span in enumerate(spans)
    )
    return rows @ ink @ columns.T


def _placed(profile: Array, span: Span, scale: float, count: int, filled: bool) -> Array:
    """Return the matrix that scales one direction and places it; `profile` is the ink in each row or column."""
    low, high = span
    if filled:
        offset = (count - scale * (low + high)) / 2
    else:
        center = float(profile @ (np.arange(len(profile)) + 0.5) / profile.sum())
        offset = count // 2 + 0.5 - scale * center
        offset = min(max(offset, -scale * low), count - scale * high)  # never over the border
    return _shares(count, len(profile), scale, offset)


def _as_uci(ink: Array) -> Array:
    """Fit the ink into a bitmap of 32 × 32, then count the pixels in each block of 4 × 4; return shares of 16.

    The data set's digits were made by the steps of NIST's programs norm_2nd_gen and shear_char: scale to 32 rows and 20
    columns, whatever the aspect; thicken thin strokes and thin thick ones; shift the rows until the left ends of the
    top and bottom rows are in one column. That is why its sevens look upright: in the 1,197 training pictures these two
    ends differ by 0.0 ± 0.2 blocks in each class. Sources: Alpaydin and Kaynak, "Optical Recognition of Handwritten
    Digits" (UCI, 1998); Garris et al., "NIST Form-Based Handprint Recognition System" (NISTIR 5469, 1994).

    Unlike NIST's, this changes the thickness before it scales: strokes on a screen may be far from a real pen's.
    """
    bitmap = _fitted(_with_usual_pen(_enlarged(ink)))
    for _ in [limit for limit in UCI_TOO_THICK if bitmap.sum() > limit]:
        bitmap = _with_neighbors(bitmap, np.minimum)
    return _upright(bitmap).reshape(8, 4, 8, 4).mean(axis=(1, 3))


def _enlarged(ink: Array) -> Array:
    """Return the ink's box with its longer side scaled to PEN_SIDE, and room around it for strokes to grow."""
    spans = _box(ink)
    scale = PEN_SIDE / max(high - low for low, high in spans)
    side = PEN_SIDE + 2 * (PEN_MOST_GROWTH + 1)
    picture = _centered(ink, spans, (scale, scale), side)
    return picture / picture.max()


def _with_usual_pen(ink: Array) -> Array:
    """Return a drawing with its strokes thickened or thinned until its bitmap has the usual amount of ink."""
    least, most = UCI_INK
    thinner = [ink]
    while thinner[-1].max() >= 0.5:
        thinner.append(_with_neighbors(thinner[-1], np.minimum))
    for ink in thinner[: int(PEN_MOST_LOSS * (len(thinner) - 1)) + 1]:
        if _fitted(ink).sum() <= most:
            break
    for _ in range(PEN_MOST_GROWTH):
        if _fitted(ink).sum() >= least:
            break
        ink = _with_neighbors(ink, np.maximum)
    return ink


def _fitted(ink: Array) -> Array:
    """Return a drawing as a bitmap of UCI_SIDE × UCI_SIDE in which its box is as large as UCI_BOX."""
    spans = _box(ink)
    tall, wide = (side / (high - low) for side, (low, high) in zip(UCI_BOX, spans, strict=True))
    wide = min(wide, UCI_MOST_STRETCH * tall)
    tall = min(tall, UCI_MOST_STRETCH * wide)
    picture = _centered(ink, spans, (tall, wide), UCI_SIDE)
    return picture >= picture.max() / 2


def _upright(bitmap: Array) -> Array:
    """Shift each row of a bitmap so that the left ends of its top and bottom rows are in one column."""
    rows = np.flatnonzero(bitmap.any(axis=1))
    top, bottom = rows[0] + UCI_NOISY_ROWS, rows[-1] - UCI_NOISY_ROWS
    if top >= bottom or not (bitmap[top].any() and bitmap[bottom].any()):
        return bitmap
    slope = (int(bitmap[top].argmax()) - int(bitmap[bottom].argmax())) / (bottom - top)
    columns = np.arange(UCI_SIDE) - np.rint(slope * (np.arange(UCI_SIDE)[:, None] - UCI_SIDE // 2)).astype(int)
    inside = (columns >= 0) & (columns < UCI_SIDE)
    return inside & np.take_along_axis(bitmap, columns.clip(0, UCI_SIDE - 1), axis=1)


def _centered(ink: Array, spans: tuple[Span, Span], scales: tuple[float, float], side: int) -> Array:
    """Return a square picture with the ink's box in the middle, scaled down and across."""
    rows, columns = (
        _shares(side, length, scale, (side - scale * sum(span)) / 2)
        for length, span, scale in zip(ink.shape, spans, scales, strict=True)
    )
    return rows @ ink @ columns.T


def _box(ink: Array) -> tuple[Span, Span]:
    """Return where the ink begins and ends, down and across. The faint edge of a stroke does not count."""
    dark = ink >= ink.max() / 2
    down, across = (np.flatnonzero(dark.any(axis=axis)) for axis in (1, 0))
    return (int(down[0]), int(down[-1]) + 1), (int(across[0]), int(across[-1]) + 1)


def _shares(count: int, length: int, scale: float, offset: float) -> Array:
    """Return how much of each of `count` pixels each of `length` covers once scaled and moved, shape [count, length].

    Pixel j covers [scale·j + offset, scale·(j + 1) + offset]; pixel i is [i, i + 1].
    """
    edges = scale * np.arange(length + 1) + offset
    pixels = np.arange(count)[:, None]
    return (np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)).clip(0)


def _with_neighbors(picture: Array, choose: np.ufunc) -> Array:
    """Return for each pixel the maximum or minimum of it and its four neighbors; beyond the border there is no ink."""
    padded = np.pad(picture, 1)
    crosses = padded[1:-1, 1:-1], padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]
    return functools.reduce(choose, crosses)


def side_of(pixels: int) -> int:
    """Return the side of a square picture with this many pixels. Raises ValueError if it is not a square number."""
    side = math.isqrt(pixels)
    if side == 0 or side * side != pixels:
        raise ValueError(f"A drawing must be a square picture; {pixels:,} pixels do not make one.")
    return side
