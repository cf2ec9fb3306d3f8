"""An optimizer turns the gradient into the step to take.

Each is one function over flat vectors: it reads `grad` (dL/dθ, shape [parameters]) and overwrites it with the step,
which the caller subtracts: θ ← θ − step. `moments` [rows, parameters] is its memory; it starts at zero and is updated
in place.

In the formulas: g the gradient, η the learning rate, t the number of this update, counted from 1.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Settings(NamedTuple):
    """The numbers that an update rule uses."""

    learning_rate: float  # η
    t: int
    momentum: float  # μ, and β₁ of Adam
    beta2: float  # decay of the mean squared gradient: ρ of RMSProp, β₂ of Adam
    epsilon: float
    weight_decay: float


def sgd(grad: Array, moments: Array, parameters: Array, scratch: Array, settings: Settings) -> None:
    """Take step = η g."""
    grad *= settings.learning_rate


def momentum(grad: Array, moments: Array, parameters: Array, scratch: Array, settings: Settings) -> None:
    """Heavy ball: v ← μ v + g, step = η v. Source: Polyak (1964), in the form of Sutskever et al. (2013)."""
    velocity = moments[0]
    velocity *= settings.momentum
    velocity += grad
    np.multiply(velocity, settings.learning_rate, out=grad)


def nesterov(grad: Array, moments: Array, parameters: Array, scratch: Array, settings: Settings) -> None:
    """Look ahead: v ← μ v + g, step = η (g + μ v). Source: Nesterov (1983), in the form of Bengio et al. (2013)."""
    velocity = moments[0]
    velocity *= settings.momentum
    velocity += grad
    np.multiply(velocity, settings.momentum, out=scratch)
    grad += scratch
    grad *= settings.learning_rate


def rmsprop(grad: Array, moments: Array, parameters: Array, scratch: Array, settings: Settings) -> None:
    """Divide by the recent size of the gradient: s ← ρ s + (1 − ρ) g², step = η g / (√s + ε).

    Source: Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning" (2012).
    """
    square = moments[0]
    np.multiply(grad, grad, out=scratch)
    scratch -= square
    scratch *= 1 - settings.beta2
    square += scratch
    np.sqrt(square, out=scratch)
    scratch += settings.epsilon
    grad *= settings.learning_rate
    grad /= scratch


def adam(grad: Array, moments: Array, parameters: Array, scratch: Array, settings: Settings) -> None:
    """Momentum and scaling together, both corrected for their start at zero.

    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², step = η m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
    Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015).
    """
    mean, square = moments
    np.multiply(grad, grad, out=scratch)
    grad -= mean
    grad *= 1 - settings.momentum
    mean += grad
    scratch -= square
    scratch *= 1 - settings.beta2
    square += scratch
    # √v̂ + ε = (√v + ε √c) / √c with c = 1 − β₂ᵗ, so both corrections become one factor on the learning rate.
    root = float(np.sqrt(1 - settings.beta2**settings.t))
    np.sqrt(square, out=scratch)
    scratch += settings.epsilon * root
    np.divide(mean, scratch, out=grad)
    grad *= settings.learning_rate * root / (1 - settings.momentum**settings.t)


def adamw(grad: Array, moments: Array, parameters: Array, scratch: Array, settings: Settings) -> None:
    """Adam, with weight decay separate from the gradient instead of in it: step = Adam's step + η λ θ.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019).
    """
    adam(grad, moments, parameters, scratch, settings)
    np.multiply(parameters, settings.learning_rate * settings.weight_decay, out=scratch)
    grad += scratch


Update = Callable[[Array, Array, Array, Array, Settings], None]


class Optimizer(NamedTuple):
    """One row of the table."""

    label: str
    update: Update
    moments: int  # number of vectors in its memory
    settings: tuple[str, ...]  # which settings it uses besides the learning rate
    learning_rate: float  # a rate to start with, for images


OPTIMIZERS = {
    "sgd": Optimizer("SGD", sgd, 0, (), 0.1),
    "momentum": Optimizer("Momentum", momentum, 1, ("momentum",), 0.05),
    "nesterov": Optimizer("Nesterov", nesterov, 1, ("momentum",), 0.05),
    "rmsprop": Optimizer("RMSProp", rmsprop, 1, ("beta2", "epsilon"), 0.001),
    "adam": Optimizer("Adam", adam, 2, ("momentum", "beta2", "epsilon"), 0.001),
    "adamw": Optimizer("AdamW", adamw, 2, ("momentum", "beta2", "epsilon", "weight_decay"), 0.001),
}
