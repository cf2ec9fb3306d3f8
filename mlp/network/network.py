"""A network is a list of layers, each applied to the output of the one before.

All weights and biases are in one flat vector, all their gradients in another; layers have views of their parts. So an
optimizer updates everything in a few calls, and a whole network is copied, stored or compared as one array.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from mlp.network.initializers import INITIALIZERS
from mlp.network.layers import ACTIVATIONS, Array, Dense, Dropout, Layer, MaybeArray
from mlp.network.normalization import EPSILON, BatchNormalization


def aligned_empty(shape: int | tuple[int, ...], dtype: np.dtype) -> Array:
    """Return an uninitialized array that starts on a 64-byte cache line: products run faster, and reproducibly."""
    count = shape if isinstance(shape, int) else math.prod(shape)
    raw = np.empty(count * dtype.itemsize + 64, np.uint8)
    return np.ndarray(shape, dtype, raw, offset=-raw.ctypes.data % 64)


def aligned_copy(array: Array) -> Array:
    """Return a copy that starts on a cache line."""
    copy = aligned_empty(array.shape, array.dtype)
    copy[...] = array
    return copy


def count_parameters(sizes: Sequence[int]) -> int:
    """Return Σ over layers of inputs · outputs weights plus outputs biases; `sizes` includes input and output."""
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def split_parameters(flat: Array, sizes: Sequence[int]) -> Iterator[tuple[Array, Array]]:
    """Yield (weights [inputs, outputs], biases [outputs]) of each dense layer, as views into a flat vector."""
    start = 0
    for inputs, outputs in pairwise(sizes):
        middle, end = start + inputs * outputs, start + inputs * outputs + outputs
        yield flat[start:middle].reshape(inputs, outputs), flat[middle:end]
        start = end


def scales_and_shifts(flat: Array, sizes: Sequence[int]) -> Array:
    """Return γ and β of all hidden units, [2, hidden units], a view: they are after all dense layers' parameters."""
    return flat[count_parameters(sizes) :].reshape(2, sum(sizes[1:-1]))


def initial_parameters(
    sizes: Sequence[int], initializer: str, rng: np.random.Generator, dtype: np.dtype, batch_norm: bool = False
) -> Array:
    """Return a fresh flat vector: weights drawn by the initializer, biases 0; of batch normalization γ = 1, β = 0."""
    parameters = aligned_empty(count_parameters(sizes) + batch_norm * 2 * sum(sizes[1:-1]), dtype)
    for weights, biases in split_parameters(parameters, sizes):
        weights[...] = INITIALIZERS[initializer].draw(rng, *weights.shape)
        biases[...] = 0
    if batch_norm:
        scales, shifts = scales_and_shifts(parameters, sizes)
        scales[...], shifts[...] = 1, 0
    return parameters


def folded(parameters: Array, sizes: Sequence[int], statistics: Array) -> Array:
    """Return the parameters of a network without batch normalization that gives the same outputs in predictions.

    With the running mean μ and variance σ² of each hidden unit in `statistics`, [2, hidden units], and its scale
    s = γ / √(σ² + ε): W ← W s and b ← (b − μ) s + β.
    """
    scales, shifts = scales_and_shifts(parameters, sizes)
    means, variances = statistics
    scales = scales / np.sqrt(variances + EPSILON)
    plain = aligned_copy(parameters[: count_parameters(sizes)])
    start = 0
    for weights, biases in list(split_parameters(plain, sizes))[:-1]:
        units = slice(start, start + len(biases))
        weights *= scales[units]
        biases -= means[units]
        biases *= scales[units]
        biases += shifts[units]
        start = units.stop
    return plain


def first_rows(buffers: list[Array], rows: int) -> list[Array]:
    """Return the first rows of each buffer; the buffers themselves, at no cost, if that is all rows."""
    return buffers if len(buffers[0]) == rows else [buffer[:rows] for buffer in buffers]


class Network:
    """Dense layers with one of `activations` (and `dropouts`, if any) after each but the last, for up to `batch` rows.

    With running `statistics`, [2, hidden units], each hidden layer's sums are normalized over the mini-batch, as in
    training. `parameters` and `statistics` are used in place, not copied. Every buffer for the passes is made here.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activations: Sequence[str],
        parameters: Array,
        batch: int,
        dropouts: Sequence[float] = (),
        statistics: MaybeArray = None,
    ) -> None:
        self.parameters = parameters
        self.gradient = aligned_empty(len(parameters), parameters.dtype)
        self.layers: list[Layer] = []
        self.dense_layers: list[Dense] = []  # first to last
        self.normalizations: list[BatchNormalization] = []
        self._outputs: list[Array] = []
        self._grads: list[Array] = []
        shares = zip(split_parameters(parameters, sizes), split_parameters(self.gradient, sizes), strict=True)
        for index, ((weights, biases), (grad_weights, grad_biases)) in enumerate(shares):
            self.dense_layers.append(Dense(weights, biases, grad_weights, grad_biases))
            self._append(self.dense_layers[-1], len(biases), batch)
            if index < len(sizes) - 2:
                if statistics is not None:
                    first = sum(sizes[1 : index + 1])
                    self._normalize(slice(first, first + len(biases)), sizes, statistics, batch)
                self._append(ACTIVATIONS[activations[index]](), len(biases), batch)
                if dropouts and dropouts[index]:
                    mask = aligned_empty((batch, len(biases)), parameters.dtype)
                    self._append(Dropout(dropouts[index], mask), len(biases), batch)
        self._activations: list[Array] = []

    def _append(self, layer: Layer, units: int, batch: int) -> None:
        self.layers.append(layer)
        self._outputs.append(aligned_empty((batch, units), self.parameters.dtype))
        self._grads.append(aligned_empty((batch, units), self.parameters.dtype))

    def _normalize(self, units: slice, sizes: Sequence[int], statistics: Array, batch: int) -> None:
        learned, gradient = (scales_and_shifts(flat, sizes)[:, units] for flat in (self.parameters, self.gradient))
        normalized = aligned_empty((batch, learned.shape[1]), self.parameters.dtype)
        self.normalizations.append(BatchNormalization(learned, gradient, statistics[:, units], normalized))
        self._append(self.normalizations[-1], learned.shape[1], batch)

    def draw_dropout(self, rng: np.random.Generator) -> None:
        """Draw fresh masks for all dropout layers."""
        for layer in self.layers:
            if isinstance(layer, Dropout):
                layer.draw(rng)

    def forward(self, input: Array) -> Array:
        """Return the logits [batch, classes] for input [batch, inputs]; they are overwritten by the next call."""
        return self.forward_all(input)[-1]

    def forward_all(self, input: Array) -> list[Array]:
        """Return the input and every layer's output, in order; they are overwritten by the next call."""
        self._activations = activations = [input]
        for layer, output in zip(self.layers, first_rows(self._outputs, len(input)), strict=True):
            activations.append(layer.forward(activations[-1], out=output))
        return activations

    def backward(self, grad_logits: Array) -> None:
        """Write dL/dθ into `gradient`, given dL/d logits of the last forward pass: the chain rule, last layer first."""
        activations = self._activations
        grads = first_rows(self._grads, len(grad_logits))
        grad = grad_logits
        for index in range(len(self.layers) - 1, 0, -1):
            grad = self.layers[index].backward(activations[index], grad, activations[index + 1], grads[index - 1])
        # The gradient at the pixels is never needed, so the first layer computes only that of its parameters.
        self.dense_layers[0].backward_parameters(activations[0], grad)
