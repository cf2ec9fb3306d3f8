"""A feature is a number computed from a point's two coordinates: it gives a small network what it cannot learn.

The choice is the TensorFlow Playground's (Smilkov et al., 2017). Its plane reaches from −6 to 6 and ours from −1 to 1,
so its sin x is our sin 6x.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Feature:
    """One row of the table."""

    label: str
    of: Callable[[Array, Array, Array], object]  # x [n], y [n], and out [n], which it writes


FEATURES = {
    "x": Feature("x", lambda x, y, out: np.copyto(out, x)),
    "y": Feature("y", lambda x, y, out: np.copyto(out, y)),
    "xx": Feature("x²", lambda x, y, out: np.multiply(x, x, out=out)),
    "yy": Feature("y²", lambda x, y, out: np.multiply(y, y, out=out)),
    "xy": Feature("xy", lambda x, y, out: np.multiply(x, y, out=out)),
    "sinx": Feature("sin 6x", lambda x, y, out: np.sin(6 * x, out=out)),
    "siny": Feature("sin 6y", lambda x, y, out: np.sin(6 * y, out=out)),
}
PLAIN = ("x", "y")


def write_features(names: Sequence[str], points: Array, out: Array) -> None:
    """Write the features of points.

    Parameters
    ----------
    names
        Some of FEATURES.
    points
        Coordinates [n, 2].
    out
        Where they are written [n, features].

    Examples
    --------
    >>> out = np.empty((1, 3))
    >>> write_features(["x", "xx", "xy"], np.array([[0.5, -1.0]]), out)
    >>> out.tolist()
    [[0.5, 0.25, -0.5]]
    """
    for column, name in enumerate(names):
        FEATURES[name].of(points[:, 0], points[:, 1], out[:, column])
