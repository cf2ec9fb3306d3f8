"""Initializers choose the weights a layer starts from, before it has learned anything.

Each one draws W with shape [inputs, outputs], mean zero and a variance chosen so that signals keep their size through
many layers. Biases always start at zero.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def xavier(rng: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    """Var(W) = 2 / (inputs + outputs): keeps both activations and gradients in scale.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).
    """
    return rng.standard_normal((inputs, outputs)) * np.sqrt(2 / (inputs + outputs))


def he(rng: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    """Var(W) = 2 / inputs: compensates for ReLU setting half of its inputs to zero.

    Source: He et al., "Delving deep into rectifiers" (2015).
    """
    return rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)


def lecun(rng: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    """Var(W) = 1 / inputs: keeps the variance of activations through layers that are linear near zero (tanh).

    Source: LeCun et al., "Efficient BackProp" (1998).
    """
    return rng.standard_normal((inputs, outputs)) / np.sqrt(inputs)


def zeros(rng: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    """W = 0: all units of a layer compute the same and get the same gradient, so they never become different."""
    return np.zeros((inputs, outputs))


class Initializer(NamedTuple):
    """One row of the table: its name, its formula, and the function that draws the weights."""

    label: str
    formula: str
    draw: Draw


INITIALIZERS = {
    "xavier": Initializer("Xavier (Glorot)", r"\mathrm{Var}(W) = \frac{2}{\text{inputs} + \text{outputs}}", xavier),
    "he": Initializer("He", r"\mathrm{Var}(W) = \frac{2}{\text{inputs}}", he),
    "lecun": Initializer("LeCun", r"\mathrm{Var}(W) = \frac{1}{\text{inputs}}", lecun),
    "zeros": Initializer("All zeros (equal units)", r"W = 0", zeros),
}
