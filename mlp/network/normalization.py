"""Batch normalization gives each unit mean 0 and variance 1 over a mini-batch, then a learned scale and shift."""

from typing import ClassVar

import numpy as np

from mlp.network.averaging import move_toward
from mlp.network.layers import Array, Layer, MaybeArray

EPSILON = 1e-5  # keeps a unit that gives every example the same from being divided by zero
DECAY = 0.9  # of the running statistics, a step


class BatchNormalization(Layer):
    """a = γ x̂ + β with x̂ = (z − μ) / √(σ² + ε); μ and σ² are each unit's mean and variance over the mini-batch.

    dL/dγ = Σ_batch dL/da · x̂, dL/dβ = Σ_batch dL/da, and dL/dz = γ / √(σ² + ε) · (dL/da − (dL/dβ + x̂ dL/dγ) / batch).

    A mini-batch of one example, such as the last one of an epoch may be, has no variance: it is normalized with the
    running statistics, as every example is in a prediction. Source: Ioffe and Szegedy, "Batch normalization:
    accelerating deep network training by reducing internal covariate shift" (2015).
    """

    label: ClassVar[str] = "Batch normalization"
    formula: ClassVar[str] = r"a = \gamma\,\frac{z - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta"

    def __init__(self, learned: Array, gradient: Array, statistics: Array, normalized: Array) -> None:
        self.scales, self.shifts = learned  # γ and β, [units]: views into a network's flat parameter vector
        self.grad_scales, self.grad_shifts = gradient
        self.statistics = statistics  # running mean and variance, [2, units]
        self.normalized = normalized  # x̂ of the last mini-batch, [batch, units]
        self.mean, self.variance = statistics  # of the last mini-batch, [units]
        self.inverse = 1 / np.sqrt(self.variance + EPSILON)

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return γ x̂ + β, and keep what `backward` and `remember` need."""
        rows = len(input)
        self.mean = self.statistics[0] if rows == 1 else input.sum(axis=0) / rows
        normalized = np.subtract(input, self.mean, out=self.normalized[:rows])
        if rows == 1:
            self.variance = self.statistics[1]
        else:
            self.variance = np.einsum("ij,ij->j", normalized, normalized) / rows
        self.inverse = 1 / np.sqrt(self.variance + EPSILON)
        normalized *= self.inverse
        out = np.multiply(normalized, self.scales, out=out)
        out += self.shifts
        return out

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Write dL/dγ and dL/dβ into `grad_scales` and `grad_shifts`, and return dL/dz."""
        rows = len(input)
        normalized = self.normalized[:rows]
        np.einsum("ij,ij->j", grad_output, normalized, out=self.grad_scales)
        grad_output.sum(axis=0, out=self.grad_shifts)
        if rows == 1:  # its mean and variance do not depend on it
            return np.multiply(grad_output, self.scales * self.inverse, out=out)
        out = np.multiply(normalized, self.grad_scales / -rows, out=out)
        out += grad_output
        out -= self.grad_shifts / rows
        out *= self.scales * self.inverse
        return out

    def remember(self, rows: int, share: float) -> None:
        """Move the running statistics by a share toward those of the last mini-batch, of that many rows."""
        if rows > 1:
            move_toward(self.statistics[0], self.mean, share)
            move_toward(self.statistics[1], self.variance * (rows / (rows - 1)), share)  # of all examples, unbiased
