"""A drawing becomes what a network was trained on: cut out, scaled and placed the way its data set's pictures were.

A network has only ever seen pictures that were made by one recipe. The same digit, drawn smaller or in a corner, is
another picture to it; so each drawing goes through the recipe of the data set first.
"""

import functools
import math

import numpy as np

from mlp.datasets import Dataset
from mlp.layers import Array

FILLED = ("fashion-mnist",)  # pictures that reach the border, with the middle of their box in the middle

UCI_SIDE = 32  # the bitmap whose blocks of 4 × 4 pixels are counted
UCI_BOX = (32, 20)  # rows, columns that a digit fills
UCI_MOST_STRETCH = 2.0  # of a narrow digit's width against its height: a 1 stays narrow
UCI_INK = (0.27, 0.34)  # share of the bitmap; those of the data set have 0.30 on average, a 1 as much as an 8
UCI_THINNINGS = 2


def prepare(ink: Array, dataset: Dataset) -> Array:
    """Return a drawing as a network for this data set sees it: one example, uint8 in the data set's range.

    `ink` is a picture of any size, shape [rows, columns], from 0 (paper) to 255 (ink). No ink at all gives zeros.
    Raises ValueError where the data set's examples are no pictures.
    """
    if dataset.image_shape is None:
        raise ValueError(f"The examples of {dataset.name} are points, not pictures.")
    ink = np.asarray(ink, np.float64) / 255
    if not ink.any():
        return np.zeros(dataset.inputs, np.uint8)
    if dataset.name == "digits":
        picture = _as_uci(ink)
    else:
        picture = _as_mnist(ink, dataset.image_shape, filled=dataset.name in FILLED)
    return np.rint(picture / dataset.scale).astype(np.uint8).reshape(-1)


@functools.lru_cache(maxsize=8)
def most_ink(dataset: Dataset) -> float:
    """Return the most ink that any training picture has, as a share of the whole picture."""
    images = dataset.train.images
    return max(
        float(images[start : start + 5000].mean(axis=1).max() * dataset.scale) for start in range(0, len(images), 5000)
    )


def _as_mnist(ink: Array, shape: tuple[int, int], filled: bool) -> Array:
    """Scale the ink's box to 20 × 20, keeping its aspect, and place its centre of mass in the middle of 28 × 28.

    What a pixel gets is the mean of the area that falls on it. MNIST's centres of mass lie in the middle of the pixel
    right and below the middle: at 14.49 ± 0.29 in both directions, measured on 5,000 pictures. Sources: LeCun, Cortes
    and Burges, http://yann.lecun.com/exdb/mnist/; for Fashion-MNIST, whose pictures fill all 28 × 28: Xiao, Rasul and
    Vollgraf, https://arxiv.org/abs/1708.07747.
    """
    spans = _box(ink)
    side = min(shape) * (1 if filled else 20 / 28)
    scale = side / max(high - low for low, high in spans)
    rows, columns = (
        _placed(ink.sum(axis=1 - axis), span, scale, shape[axis], filled) for axis, span in enumerate(spans)
    )
    return rows @ ink @ columns.T


def _placed(profile: Array, span: tuple[int, int], scale: float, count: int, filled: bool) -> Array:
    """Return the matrix that scales one direction and places it; `profile` is how much ink lies where."""
    low, high = span
    if filled:
        offset = (count - scale * (low + high)) / 2
    else:
        centre = float(profile @ (np.arange(len(profile)) + 0.5) / profile.sum())
        offset = count // 2 + 0.5 - scale * centre
        offset = min(max(offset, -scale * low), count - scale * high)  # never over the border
    return _shares(count, len(profile), scale, offset)


def _as_uci(ink: Array) -> Array:
    """Fit the ink into a bitmap of 32 × 32, and count the pixels in each block of 4 × 4; return shares of 16.

    As in the data, a digit is 32 pixels tall and up to 20 wide, whatever its aspect, and its strokes are thickened or
    thinned until it has the usual amount of ink. Sources: Alpaydin and Kaynak, "Optical Recognition of Handwritten
    Digits" (UCI, 1998), who took the bitmaps of Garris et al., "NIST Form-Based Handprint Recognition System" (NISTIR
    5469, 1994); how much ink, and how wide, was measured on the 1,197 training pictures.
    """
    spans = _box(ink)
    height, width = (high - low for low, high in spans)
    tall, wide = UCI_BOX[0] / height, UCI_BOX[1] / width
    wide = min(wide, UCI_MOST_STRETCH * tall)
    tall = min(tall, UCI_MOST_STRETCH * wide)
    rows, columns = (
        _shares(UCI_SIDE, ink.shape[axis], scale, (UCI_SIDE - scale * sum(spans[axis])) / 2)
        for axis, scale in enumerate((tall, wide))
    )
    picture = rows @ ink @ columns.T
    bitmap = picture >= picture.max() / 2
    least, most = UCI_INK
    while bitmap.mean() < least:
        bitmap = _grown(bitmap)
    for _ in range(UCI_THINNINGS):
        if bitmap.mean() > most:
            bitmap = ~_grown(~bitmap)
    return bitmap.reshape(8, 4, 8, 4).mean(axis=(1, 3))


def _box(ink: Array) -> tuple[tuple[int, int], tuple[int, int]]:
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


def _grown(bitmap: Array) -> Array:
    """Return a bitmap with the four neighbours of each of its pixels."""
    padded = np.pad(bitmap, 1)
    return padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]


def side_of(pixels: int) -> int:
    """Return the side of a square picture of so many pixels. Raises ValueError where there is none."""
    side = math.isqrt(pixels)
    if side == 0 or side * side != pixels:
        raise ValueError(f"{pixels} pixels are no square.")
    return side
