"""An optimizer turns the gradient into the step to take.

Each is one function over flat vectors: it reads `grad` (dL/dθ, shape [parameters]) and overwrites it with the step,
which the caller subtracts: θ ← θ − step. Its last arguments are its moments, the vectors that it remembers: they start
at zero, and it updates them in place.

In the formulas: g the gradient, η the learning rate, t the number of this update, counted from 1.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Hyperparameters(NamedTuple):
    """The numbers that an update rule uses."""

    learning_rate: float  # η
    t: int
    momentum: float  # μ, and β₁ of Adam
    beta2: float  # decay of the mean squared gradient: ρ of RMSProp, β₂ of Adam
    epsilon: float
    weight_decay: float


def sgd(grad: Array, parameters: Array, scratch: Array, hyper: Hyperparameters) -> None:
    """Take step = η g."""
    grad *= hyper.learning_rate


def momentum(grad: Array, parameters: Array, scratch: Array, hyper: Hyperparameters, velocity: Array) -> None:
    """Heavy ball: v ← μ v + g, step = η v. Source: Polyak (1964), in PyTorch's form.

    Sutskever et al. (2013) have v ← μ v + η g, step = v: the same until the learning rate changes, which here acts on
    all of v at once.
    """
    velocity *= hyper.momentum
    velocity += grad
    np.multiply(velocity, hyper.learning_rate, out=grad)


def nesterov(grad: Array, parameters: Array, scratch: Array, hyper: Hyperparameters, velocity: Array) -> None:
    """Look ahead: v ← μ v + g, step = η (g + μ v). Source: Nesterov (1983), in PyTorch's form, as momentum is."""
    velocity *= hyper.momentum
    velocity += grad
    np.multiply(velocity, hyper.momentum, out=scratch)
    grad += scratch
    grad *= hyper.learning_rate


def rmsprop(grad: Array, parameters: Array, scratch: Array, hyper: Hyperparameters, square: Array) -> None:
    """Divide by the recent size of the gradient: s ← ρ s + (1 − ρ) g², step = η g / (√s + ε).

    Source: Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning" (2012).
    """
    np.multiply(grad, grad, out=scratch)
    scratch *= 1 - hyper.beta2
    square *= hyper.beta2
    square += scratch
    np.sqrt(square, out=scratch)
    scratch += hyper.epsilon
    grad *= hyper.learning_rate
    grad /= scratch


def adam(grad: Array, parameters: Array, scratch: Array, hyper: Hyperparameters, mean: Array, square: Array) -> None:
    """Momentum and scaling together, both corrected for their start at zero.

    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², step = η m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
    Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015).
    """
    np.multiply(grad, grad, out=scratch)
    scratch *= 1 - hyper.beta2
    square *= hyper.beta2
    square += scratch
    grad *= 1 - hyper.momentum
    mean *= hyper.momentum
    mean += grad
    # √v̂ + ε = (√v + ε √c) / √c with c = 1 − β₂ᵗ, so both corrections become one factor on the learning rate.
    root = float(np.sqrt(1 - hyper.beta2**hyper.t))
    step = np.sqrt(square, out=grad)
    step += hyper.epsilon * root
    np.divide(mean, step, out=step)
    step *= hyper.learning_rate * root / (1 - hyper.momentum**hyper.t)


def adamw(grad: Array, parameters: Array, scratch: Array, hyper: Hyperparameters, mean: Array, square: Array) -> None:
    """Adam, with weight decay separate from the gradient instead of in it: step = Adam's step + η λ θ.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019).
    """
    adam(grad, parameters, scratch, hyper, mean, square)
    np.multiply(parameters, hyper.learning_rate * hyper.weight_decay, out=scratch)
    grad += scratch


def forget_tiny(t: int, moments: Array) -> None:
    """Every 50 updates, set moments that are almost zero, as those of units that died, to zero.

    They only change parameters that are as small themselves, such as weights that an L2 penalty has shrunk. Below
    1.2e-38, numbers are slow: with a quarter of Adam's moments there, a step of 784–228–228–10 took three times as
    long.
    """
    if t % 50 == 0:
        moments[np.abs(moments) < 1e-35] = 0


class Optimizer(NamedTuple):
    """One row of the table."""

    label: str
    update: Callable[..., None]  # of grad, parameters, scratch [parameters], hyperparameters, and its moments
    moments: int  # how many
    settings: tuple[str, ...]  # which settings it uses besides the learning rate
    learning_rate: float  # a rate to start with, for images

    @property
    def adaptive(self) -> bool:
        """Whether it divides by the size of past gradients: then a step is about as large as the learning rate."""
        return "beta2" in self.settings


OPTIMIZERS = {
    "sgd": Optimizer("SGD", sgd, 0, (), 0.1),
    "momentum": Optimizer("Momentum", momentum, 1, ("momentum",), 0.05),
    "nesterov": Optimizer("Nesterov", nesterov, 1, ("momentum",), 0.05),
    "rmsprop": Optimizer("RMSProp", rmsprop, 1, ("beta2", "epsilon"), 0.001),
    "adam": Optimizer("Adam", adam, 2, ("momentum", "beta2", "epsilon"), 0.001),
    "adamw": Optimizer("AdamW", adamw, 2, ("momentum", "beta2", "epsilon", "weight_decay"), 0.001),
}
