"""Points in the plane make the simplest data sets: one can see what a network has learned.

Each function below draws one point for each label, exactly on its class's shape, within [-1, 1] × [-1, 1]; noise is
added afterwards. The shapes follow scikit-learn's make_moons and make_circles, and the TensorFlow Playground's spirals
(Smilkov et al., "Direct-Manipulation Visualization of Deep Networks", 2017).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlp.datasets.dataset import Split

MOST_CLASSES = 6


def _moons(rng: np.random.Generator, labels: np.ndarray, classes: int) -> np.ndarray:
    """Two interleaving half circles."""
    angle = np.pi * rng.random(len(labels))
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1) / 1.5
    return np.where(labels[:, None] == 0, upper, -upper)


def _circles(rng: np.random.Generator, labels: np.ndarray, classes: int) -> np.ndarray:
    """A circle around another of half its radius."""
    return _polar(np.where(labels == 0, 1.0, 0.5), 2 * np.pi * rng.random(len(labels)))


def _spirals(rng: np.random.Generator, labels: np.ndarray, classes: int) -> np.ndarray:
    """Arms that leave the center in different directions and wind around it one and a quarter times."""
    radius = 0.1 + 0.9 * rng.random(len(labels))
    return _polar(radius, 2 * np.pi * (1.25 * radius + labels / classes))


def _gaussians(rng: np.random.Generator, labels: np.ndarray, classes: int) -> np.ndarray:
    """Round clouds, their centers spaced evenly on a circle. The noise alone gives them their width."""
    return _polar(np.full(len(labels), 0.7), 2 * np.pi * (0.25 + labels / classes))


def _xor(rng: np.random.Generator, labels: np.ndarray, classes: int) -> np.ndarray:
    """Four squares: class 1 if exactly one coordinate is negative. No straight line separates them."""
    x, y = 0.1 + 0.9 * rng.random((2, len(labels)))
    side = rng.choice([-1.0, 1.0], len(labels))
    return np.stack([side * x, np.where(labels == 0, side, -side) * y], axis=1)


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


@dataclass(frozen=True)
class Shape:
    """How one kind of points is drawn, and its defaults."""

    label: str
    draw: Callable[[np.random.Generator, np.ndarray, int], np.ndarray]  # rng, labels, classes → [n, 2]
    noise: float  # standard deviation, in the units of the coordinates
    classes: int
    most_classes: int


SHAPES = {
    "moons": Shape("Moons", _moons, noise=0.08, classes=2, most_classes=2),
    "circles": Shape("Circles", _circles, noise=0.08, classes=2, most_classes=2),
    "spirals": Shape("Spirals", _spirals, noise=0.03, classes=3, most_classes=MOST_CLASSES),
    "gaussians": Shape("Gaussians", _gaussians, noise=0.25, classes=3, most_classes=MOST_CLASSES),
    "xor": Shape("XOR", _xor, noise=0.05, classes=2, most_classes=2),
}


def make_points(shape: str, points: int, noise: float, classes: int, seed: int) -> Split:
    """Draw points of some shape, in random order.

    The classes are equally large, give or take one point. A `Recipe` checks all this.

    Parameters
    ----------
    shape
        One of SHAPES.
    points
        How many.
    noise
        The standard deviation of the normal noise on each coordinate.
    classes
        How many, as far as the shape has them.
    seed
        Equal arguments give equal points.

    Returns
    -------
    Split
        float32 coordinates [points, 2], and uint8 labels [points].

    Examples
    --------
    >>> split = make_points("moons", points=100, noise=0.1, classes=2, seed=0)
    >>> split.inputs.shape, np.bincount(split.labels).tolist()
    ((100, 2), [50, 50])
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(points) % classes)
    coordinates = SHAPES[shape].draw(rng, labels, classes) + rng.normal(0.0, noise, (points, 2))
    return Split(coordinates.astype(np.float32), labels.astype(np.uint8))
