"""A layer turns its input into an output, and the gradient at its output into the gradient at its input.

Shapes everywhere: input [batch, inputs], output and grad_output [batch, outputs]. Gradients are those of a loss that is
a mean over the batch, so nothing here divides by the batch size again.

If `out` is given, it receives the result; otherwise a new array is made, so every layer can be tried by hand.
`backward` may overwrite `grad_output`; it never changes `input` or `output`.
"""

from typing import ClassVar

import numpy as np

from mlp.network.products import matmul

Array = np.ndarray
MaybeArray = Array | None


class Layer:
    """Passes its input through and its gradient back: a = z, dL/dz = dL/da."""

    label: ClassVar[str] = "Linear (none)"
    formula: ClassVar[str] = r"a = z"
    can_die: ClassVar[bool] = False  # whether a and its slope are 0 for all z below 0
    ends: ClassVar[tuple[float, float] | None] = None  # the two values that a tends to, if its slope does to 0

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return the output for `input`."""
        if out is None:
            return input
        np.copyto(out, input)
        return out

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/d input, given dL/d output.

        `output` is what `forward` returned for this input, if available: some slopes are cheaper to compute from it.
        """
        if out is None:
            return grad_output
        np.copyto(out, grad_output)
        return out


class Dense(Layer):
    """An affine map with learned weights: z = x W + b.

    W: [inputs, outputs], b: [outputs]. Both are views into a network's flat parameter vector, and `grad_weights` and
    `grad_biases` are views into its flat gradient; the optimizer, not the layer, changes the parameters.
    """

    label: ClassVar[str] = "Dense"
    formula: ClassVar[str] = r"z = x W + b"

    def __init__(self, weights: Array, biases: Array, grad_weights: Array, grad_biases: Array) -> None:
        self.weights = weights
        self.biases = biases
        self.grad_weights = grad_weights
        self.grad_biases = grad_biases

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return z = x W + b."""
        z = matmul(input, self.weights, out=out)  # x W, [batch, outputs]
        z += self.biases
        return z

    def backward_parameters(self, input: Array, grad_output: Array) -> None:
        """Write dL/dW = xᵀ dL/dz and dL/db = Σ_batch dL/dz into `grad_weights` and `grad_biases`."""
        matmul(input.T, grad_output, out=self.grad_weights)  # [inputs, batch] · [batch, outputs]
        grad_output.sum(axis=0, out=self.grad_biases)

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Write the parameters' gradients and return dL/dx = dL/dz Wᵀ."""
        self.backward_parameters(input, grad_output)
        return matmul(grad_output, self.weights.T, out=out)


class Dropout(Layer):
    """In training, switches each unit off with probability p and scales the others: a = z · m / (1 − p), m ∈ {0, 1}.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting" (2014), in its
    inverted form: nothing needs rescaling at prediction time.
    """

    label: ClassVar[str] = "Dropout"
    formula: ClassVar[str] = r"a = z \cdot m / (1 - p)"

    def __init__(self, probability: float, mask: Array) -> None:
        self.probability = probability
        self.mask = mask  # [batch, units], each entry 0 or 1 / (1 − p)

    def draw(self, rng: np.random.Generator) -> None:
        """Draw a new mask, in place."""
        rng.random(out=self.mask, dtype=self.mask.dtype.type)
        np.greater_equal(self.mask, self.probability, out=self.mask)
        self.mask *= 1 / (1 - self.probability)

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return a = z · mask."""
        return np.multiply(input, self.mask[: len(input)], out=out)

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/dz = dL/da · mask."""
        return np.multiply(grad_output, self.mask[: len(input)], out=out)


class ReLU(Layer):
    """a = max(0, z), and da/dz = 1 if z > 0, else 0."""

    label: ClassVar[str] = "ReLU"
    formula: ClassVar[str] = r"a = \max(0, z)"
    can_die: ClassVar[bool] = True

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return max(0, z)."""
        return np.maximum(input, 0, out=out)

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/da · [z > 0]."""
        slope = np.greater(input, 0, out=np.empty_like(input) if out is None else out)  # 1.0 or 0.0
        return np.multiply(grad_output, slope, out=slope)  # three times faster than a masked copy


class LeakyReLU(Layer):
    """a = z if z > 0, else α z, with α = 0.01: no unit can die.

    Source: Maas et al., "Rectifier nonlinearities improve neural network acoustic models" (2013).
    """

    label: ClassVar[str] = "Leaky ReLU"
    formula: ClassVar[str] = r"a = \max(0.01\,z, z)"
    slope_below_zero: ClassVar[float] = 0.01

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return max(α z, z)."""
        out = np.multiply(input, self.slope_below_zero, out=out)
        return np.maximum(input, out, out=out)

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/da · (1 if z > 0, else α)."""
        slope = np.greater(input, 0, out=np.empty_like(input) if out is None else out)
        slope *= 1 - self.slope_below_zero
        slope += self.slope_below_zero
        return np.multiply(grad_output, slope, out=slope)


class Tanh(Layer):
    """a = tanh z, and da/dz = 1 − a²."""

    label: ClassVar[str] = "Tanh"
    formula: ClassVar[str] = r"a = \tanh z"
    ends: ClassVar[tuple[float, float] | None] = (-1, 1)

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return tanh z."""
        return np.tanh(input, out=out)

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/da · (1 − a²)."""
        a = np.tanh(input) if output is None else output
        slope = np.multiply(a, a, out=out)
        np.subtract(1, slope, out=slope)
        return np.multiply(grad_output, slope, out=slope)


def half_one_plus_tanh(u: Array) -> Array:
    """Return ½ (1 + tanh u), in place: the sigmoid of 2u, in a form that cannot overflow."""
    np.tanh(u, out=u)
    u += 1
    u *= 0.5
    return u


class Sigmoid(Layer):
    """a = 1 / (1 + e⁻ᶻ), and da/dz = a (1 − a)."""

    label: ClassVar[str] = "Sigmoid"
    formula: ClassVar[str] = r"a = \frac{1}{1 + e^{-z}}"
    ends: ClassVar[tuple[float, float] | None] = (0, 1)

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return the sigmoid of z."""
        return half_one_plus_tanh(np.multiply(input, 0.5, out=out))

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/da · a (1 − a)."""
        a = self.forward(input) if output is None else output
        slope = np.subtract(1, a, out=out)
        slope *= a
        return np.multiply(grad_output, slope, out=slope)


class GELU(Layer):
    """a = z Φ(z), with Φ approximated as ½ (1 + tanh u), u = √(2/π) (z + 0.044715 z³).

    da/dz = ½ (1 + t) · (1 + z (1 − t) u'), with t = tanh u and u' = √(2/π) (1 + 3 · 0.044715 z²).
    Source: Hendrycks and Gimpel, "Gaussian error linear units" (2016).
    """

    label: ClassVar[str] = "GELU"
    formula: ClassVar[str] = r"a = z\,\Phi(z)"
    scale: ClassVar[float] = float(np.sqrt(2 / np.pi))
    cubic: ClassVar[float] = 0.044715

    def _half_one_plus_tanh(self, z: Array, out: MaybeArray) -> Array:
        out = np.multiply(z, z, out=out)
        out *= self.scale * self.cubic
        out += self.scale
        out *= z  # u
        return half_one_plus_tanh(out)

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return z · ½ (1 + tanh u)."""
        out = self._half_one_plus_tanh(input, out)
        out *= input
        return out

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/da · da/dz, working in `grad_output` and `out` alone."""
        h = self._half_one_plus_tanh(input, out)  # ½ (1 + t), so 1 − t = 2 (1 − h)
        g = np.multiply(grad_output, h, out=grad_output)
        np.subtract(1, h, out=h)
        h *= 2 * self.scale
        h *= input
        h *= g  # g · z (1 − t) √(2/π)
        g += h
        h *= 3 * self.cubic
        h *= input
        h *= input
        return np.add(g, h, out=h)


class Swish(Layer):
    """a = z σ(z), with σ the sigmoid, and da/dz = σ(z) (1 + z (1 − σ(z))).

    Source: Ramachandran et al., "Searching for activation functions" (2017); as SiLU, Elfwing et al. (2018).
    """

    label: ClassVar[str] = "Swish (SiLU)"
    formula: ClassVar[str] = r"a = \frac{z}{1 + e^{-z}}"

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return z σ(z)."""
        out = half_one_plus_tanh(np.multiply(input, 0.5, out=out))
        out *= input
        return out

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/da · da/dz, working in `grad_output` and `out` alone."""
        gate = half_one_plus_tanh(np.multiply(input, 0.5, out=out))  # σ(z)
        g = np.multiply(grad_output, gate, out=grad_output)
        np.subtract(1, gate, out=gate)
        gate *= input
        gate += 1
        return np.multiply(g, gate, out=gate)


class ELU(Layer):
    """a = z if z > 0, else eᶻ − 1, and da/dz = 1 if z > 0, else eᶻ = a + 1.

    Source: Clevert et al., "Fast and accurate deep network learning by exponential linear units" (2016).
    """

    label: ClassVar[str] = "ELU"
    formula: ClassVar[str] = r"a = z \text{ if } z > 0, \text{ else } e^z - 1"

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return max(z, e^min(z, 0) − 1), since eᶻ − 1 ≥ z."""
        out = np.minimum(input, 0, out=out)
        np.expm1(out, out=out)
        return np.maximum(input, out, out=out)

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/da · (min(a, 0) + 1)."""
        a = self.forward(input) if output is None else output
        slope = np.minimum(a, 0, out=out)
        slope += 1
        return np.multiply(grad_output, slope, out=slope)


class SELU(Layer):
    """a = λ z if z > 0, else λ α (eᶻ − 1): layer by layer, means tend to 0 and variances to 1.

    Source: Klambauer et al., "Self-normalizing neural networks" (2017), for weights drawn as LeCun proposed.
    """

    label: ClassVar[str] = "SELU"
    formula: ClassVar[str] = r"a = \lambda z \text{ if } z > 0, \text{ else } \lambda \alpha (e^z - 1)"
    scale: ClassVar[float] = 1.0507009873554805  # λ
    alpha: ClassVar[float] = 1.6732632423543772

    def forward(self, input: Array, out: MaybeArray = None) -> Array:
        """Return λ (max(z, 0) + α (e^min(z, 0) − 1))."""
        out = np.minimum(input, 0, out=out)
        np.expm1(out, out=out)
        out *= self.alpha
        out += np.maximum(input, 0)
        out *= self.scale
        return out

    def backward(self, input: Array, grad_output: Array, output: MaybeArray = None, out: MaybeArray = None) -> Array:
        """Return dL/da · (λ if z > 0, else a + λ α)."""
        a = self.forward(input) if output is None else output
        slope = np.add(a, self.scale * self.alpha, out=out)
        np.copyto(slope, self.scale, where=input > 0)
        return np.multiply(grad_output, slope, out=slope)


ACTIVATIONS: dict[str, type[Layer]] = {
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "gelu": GELU,
    "swish": Swish,
    "elu": ELU,
    "selu": SELU,
    "identity": Layer,
}
