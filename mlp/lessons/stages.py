"""A stage is one array that a network computes: its inputs, its result, and how each number is calculated.

Each calls the same function as training, and keeps that function's source. A gradient comes with a numerical check
(`walk.py`).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mlp.datasets import Dataset
from mlp.lessons.source import Excerpt, excerpt
from mlp.network.layers import Array, Dense, Layer
from mlp.network.losses import (
    grad_softmax_crossentropy_with_logits,
    log_softmax,
    softmax,
    softmax_crossentropy_with_logits,
)
from mlp.training import inputs_of

DOUBLE = np.dtype(np.float64)
NOISE = 1e-6  # numbers closer than this to a whole one differ from it by rounding, or by the numerical check's error
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class NamedArray(NamedTuple):
    """An array with its name."""

    name: str  # as plain text: "z⁽¹⁾"
    symbol: str  # in LaTeX: "z^{(1)}"
    values: Array  # [rows, columns]

    def element(self, column: int, row: int = 0) -> str:
        """Return the symbol of one of its numbers; of a slope's, the place goes inside the fraction."""
        place = f"{column + 1}" if len(self.values) == 1 else f"{row + 1}{column + 1}"
        end = "}" if self.symbol.startswith(r"\frac") else ""
        return f"{self.symbol.removesuffix(end)}_{{{place}}}{end}"


class Detail(NamedTuple):
    """How one number of a result is calculated."""

    latex: str
    used: tuple[tuple[int, ...], ...]  # for each operand, the places of the numbers it uses, counted row by row
    # Where in the network this happens: units as (column, row), with the inputs in column 0 and the loss in the last,
    # and links as (column, row, row in the next column).
    units: tuple[tuple[int, int], ...] = ()
    links: tuple[tuple[int, int, int], ...] = ()


class Stage(NamedTuple):
    """One array that the network computes."""

    key: str  # for an address: "z1", "dW2"
    title: str
    story: str
    formula: str  # LaTeX
    operands: tuple[NamedArray, ...]
    result: NamedArray
    details: tuple[Detail, ...]  # one for each number of the result, row by row
    source: Excerpt
    tried: Array | None = None  # for a gradient: the same by central differences

    @property
    def values(self) -> Array:
        """The result's numbers."""
        return self.result.values


# ── Forward ───────────────────────────────────────────────────────────────────────────────────────────────────────


def point_in(points: Array, input: Array, dataset: Dataset) -> Stage:
    """Return the stage in which an example enters the network."""
    return Stage(
        "x",
        "The example goes in",
        "It is one point in the plane. Its two coordinates are all the network gets to see.",
        _over("x = (x_1, x_2)", f"[1, {dataset.info.inputs}]"),
        (NamedArray("point", r"\text{point}", points.astype(DOUBLE)),),
        NamedArray("x", "x", input),
        _one_by_one(input, 0, lambda column: rf"x_{column + 1} = {written(input[0, column])}"),
        excerpt(inputs_of, "write_features("),
    )


def dense_forward(layer: Dense, input: Array, depth: int, last: bool = False) -> Stage:
    """Return the stage z = x W + b of dense layer number `depth`, counted from 1."""
    x, weights, z = _input(depth, input), _weights(depth, layer), _array("z", depth, layer.forward(input))
    biases = _array("b", depth, layer.biases.copy()[None])
    inputs, units = layer.weights.shape

    def detail(unit: int) -> Detail:
        products = _products(input[0], layer.weights[:, unit])
        return Detail(
            rf"{z.element(unit)} = {products} {_signed(layer.biases[unit])} \approx {written(z.values[0, unit])}",
            (tuple(range(inputs)), tuple(range(unit, inputs * units, units)), (unit,)),
            ((depth, unit),),
            tuple((depth - 1, row, unit) for row in range(inputs)),
        )

    return Stage(
        f"z{depth}",
        f"Layer {depth} computes its weighted sums",
        "The last layer gives one number per class, called its logit. The largest logit is the network's prediction."
        if last
        else "Each unit multiplies every input by the weight for that input, adds up the products, and adds its bias.",
        _over(
            rf"{z.symbol} = {x.symbol}\, {weights.symbol} + {biases.symbol}",
            rf"[1, {units}] = [1, {inputs}] \cdot [{inputs}, {units}] + [1, {units}]",
        ),
        (x, weights, biases),
        z,
        tuple(map(detail, range(units))),
        excerpt(layer.forward, "z =", "z +="),
    )


def relu_forward(layer: Layer, z: Array, depth: int) -> Stage:
    """Return the stage a = max(0, z)."""
    before, after = _array("z", depth, z), _array("a", depth, layer.forward(z))
    return Stage(
        f"a{depth}",
        "ReLU passes on what is positive",
        "If its sum is negative, a unit outputs zero; otherwise it passes the sum on unchanged.",
        rf"{after.symbol} = \max(0, {before.symbol})",
        (before,),
        after,
        _one_by_one(
            z,
            depth,
            lambda unit: rf"{after.element(unit)} = \max(0, {written(z[0, unit])}) = {written(after.values[0, unit])}",
        ),
        excerpt(layer.forward),
    )


def log_probabilities(logits: Array, depth: int) -> Stage:
    """Return the stage log p = log softmax(z)."""
    z, result = _array("z", depth, logits), NamedArray("log p", r"\log p", log_softmax(logits))
    largest = logits.max()
    rest = float(np.log(np.exp(logits - largest).sum()))

    def detail(unit: int) -> Detail:
        log_p = written(result.values[0, unit])
        latex = (
            rf"\log p_{unit + 1} = {written(logits[0, unit])} {_signed(-largest)} {_signed(-rest)} \approx {log_p} "
            rf"\qquad p_{unit + 1} = e^{{{log_p}}} \approx {100 * np.exp(result.values[0, unit]):.1f}\,\%"
        )
        return Detail(latex, (tuple(range(logits.shape[1])),), ((depth, unit),))

    return Stage(
        "logp",
        "Logits become probabilities",
        "Subtracting one number from every logit makes the probabilities add up to 1. We keep their logarithms.",
        _over(rf"\log p_k = {z.symbol}_k - m - \log \sum_j e^{{{z.symbol}_j - m}}", rf"m = \max_j {z.symbol}_j"),
        (z,),
        result,
        tuple(map(detail, range(logits.shape[1]))),
        excerpt(log_softmax, "shifted =", "return"),
    )


def loss(logits: Array, labels: Array, depth: int, class_name: str) -> Stage:
    """Return the stage L = −log p_y."""
    label = int(labels[0])
    loss = softmax_crossentropy_with_logits(logits, labels)
    before = NamedArray("log p", r"\log p", log_softmax(logits))
    latex = rf"L = -({written(before.values[0, label])}) = {written(loss[0])}"
    return Stage(
        "loss",
        "The loss: how wrong is it?",
        f"The correct class is {class_name}. If its probability is near 1, the loss is small; "
        "if it is near 0, the loss is large.",
        rf"L = -\log p_y, \qquad y = {label + 1}",
        (before,),
        NamedArray("L", "L", loss[None]),
        (Detail(latex, ((label,),), ((depth + 1, 0),), ((depth, label, 0),)),),
        excerpt(softmax_crossentropy_with_logits, "return"),
    )


# ── Backward ──────────────────────────────────────────────────────────────────────────────────────────────────────


def grad_logits(logits: Array, labels: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/dz = p − one-hot(y) of the logits."""
    label = int(labels[0])
    p = NamedArray("p", "p", softmax(logits))
    grad = _slope("z", depth, grad_softmax_crossentropy_with_logits(logits, labels))
    return Stage(
        f"dz{depth}",
        "The backward pass begins",
        "How would the loss change with a logit? The slope is the probability, minus 1 for the correct class.",
        rf"{grad.symbol} = p - \text{{one-hot}}(y)",
        (p,),
        grad,
        _one_by_one(
            logits,
            depth,
            lambda unit: (
                rf"{grad.element(unit)} = {written(p.values[0, unit])} - {int(unit == label)} "
                rf"= {written(grad.values[0, unit])}"
            ),
        ),
        excerpt(grad_softmax_crossentropy_with_logits, "grad =", "grad["),
        tried,
    )


def grad_weights(layer: Dense, input: Array, grad: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/dW = xᵀ dL/dz."""
    layer.backward_parameters(input, grad)
    x, slope, result = _input(depth, input), _slope("z", depth, grad), _slope("W", depth, layer.grad_weights.copy())
    rows, columns = result.values.shape
    details = tuple(
        Detail(
            rf"{result.element(column, row)} = {_products(input[0, [row]], grad[0, [column]])} "
            rf"\approx {written(result.values[row, column])}",
            ((row,), (column,)),
            links=((depth - 1, row, column),),
        )
        for row in range(rows)
        for column in range(columns)
    )
    return Stage(
        f"dW{depth}",
        f"The slope of each weight in layer {depth}",
        "A weight's slope is the number at its input end times the slope at its output end.",
        _over(
            rf"{result.symbol} = {{{x.symbol}}}^\top\, {slope.symbol}",
            rf"[{rows}, {columns}] = [{rows}, 1] \cdot [1, {columns}]",
        ),
        (x, slope),
        result,
        details,
        excerpt(layer.backward_parameters, "matmul("),
        tried,
    )


def grad_biases(layer: Dense, input: Array, grad: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/db = Σ_batch dL/dz."""
    layer.backward_parameters(input, grad)
    slope, result = _slope("z", depth, grad), _slope("b", depth, layer.grad_biases.copy()[None])
    return Stage(
        f"db{depth}",
        f"The slope of each bias in layer {depth}",
        "A bias is simply added, so its slope is the slope of the sum. Over a batch, these slopes are added up.",
        rf"{result.symbol} = \sum_{{\text{{batch}}}} {slope.symbol}",
        (slope,),
        result,
        _one_by_one(grad, depth, lambda unit: f"{result.element(unit)} = {written(result.values[0, unit])}"),
        excerpt(layer.backward_parameters, "grad_output.sum("),
        tried[None],
    )


def grad_input(layer: Dense, input: Array, grad: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/dx = dL/dz Wᵀ."""
    slope, weights = _slope("z", depth, grad), _weights(depth, layer)
    result = _slope("a", depth - 1, layer.backward(input, grad.copy()))
    inputs, units = layer.weights.shape
    details = tuple(
        Detail(
            rf"{result.element(row)} = {_products(grad[0], layer.weights[row])} "
            rf"\approx {written(result.values[0, row])}",
            (tuple(range(units)), tuple(range(row * units, (row + 1) * units))),
            ((depth - 1, row),),
            tuple((depth - 1, row, unit) for unit in range(units)),
        )
        for row in range(inputs)
    )
    return Stage(
        f"da{depth - 1}",
        f"Back through layer {depth}: the chain rule",
        "A hidden unit affects the loss through all of its weights: multiply along each path, then add up the paths.",
        _over(
            rf"{result.symbol} = {slope.symbol}\, {{{weights.symbol}}}^\top",
            rf"[1, {inputs}] = [1, {units}] \cdot [{units}, {inputs}]",
        ),
        (slope, weights),
        result,
        details,
        excerpt(layer.backward, "return"),
        tried,
    )


def relu_backward(layer: Layer, z: Array, grad: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/dz = dL/da · [z > 0]."""
    before, slope = _array("z", depth, z), _slope("a", depth, grad)
    result = _slope("z", depth, layer.backward(z, grad.copy()))

    def latex(unit: int) -> str:
        passed = rf"{written(grad[0, unit])} \cdot {int(z[0, unit] > 0)}"
        return f"{result.element(unit)} = {passed} = {written(result.values[0, unit])}"

    return Stage(
        f"dz{depth}",
        "Back through ReLU",
        "If a unit output zero, its slope becomes zero too. Otherwise the slope passes through unchanged.",
        rf"{result.symbol} = {slope.symbol} \cdot [{before.symbol} > 0]",
        (before, slope),
        result,
        _one_by_one(z, depth, latex, operands=2),
        excerpt(layer.backward, "return"),
        tried,
    )


# ── Names and numbers ─────────────────────────────────────────────────────────────────────────────────────────────


def _array(letter: str, depth: int, values: Array) -> NamedArray:
    return NamedArray(f"{letter}⁽{str(depth).translate(SUPERSCRIPTS)}⁾", rf"{letter}^{{({depth})}}", values)


def _slope(letter: str, depth: int, values: Array) -> NamedArray:
    of = _array(letter, depth, values)
    return NamedArray(f"∂L/∂{of.name}", rf"\frac{{\partial L}}{{\partial {of.symbol}}}", values)


def _input(depth: int, values: Array) -> NamedArray:
    return NamedArray("x", "x", values) if depth == 1 else _array("a", depth - 1, values)


def _weights(depth: int, layer: Dense) -> NamedArray:
    return _array("W", depth, layer.weights.copy())


def _one_by_one(values: Array, depth: int, latex: Callable[[int], str], operands: int = 1) -> tuple[Detail, ...]:
    """Return the details of a result each of whose numbers comes from the one at the same place of each operand."""
    return tuple(Detail(latex(unit), ((unit,),) * operands, ((depth, unit),)) for unit in range(values.shape[1]))


def _over(formula: str, below: str) -> str:
    """Return a formula with its shapes, or its second line, below it."""
    return rf"\begin{{gathered}} {formula} \\ {below} \end{{gathered}}"


def written(value: float) -> str:
    """Return a number with three decimals, or six if three would make a whole number of it; no minus before a zero.

    >>> written(-0.4639), written(0.0003796), written(0.9996204), written(-1e-12)
    ('-0.464', '0.000380', '0.999620', '0.000')
    """
    off = abs(value - round(value))
    return f"{value:z.6f}" if NOISE < off < 0.0005 else f"{value:z.3f}"


def _signed(value: float) -> str:
    text = written(value)
    return f"- {text[1:]}" if text.startswith("-") else f"+ {text}"


def _products(left: Array, right: Array) -> str:
    """Return the sum Σ left · right, term by term; negative factors in parentheses."""
    factors = ([f"({text})" if text.startswith("-") else text for text in map(written, each)] for each in (left, right))
    return " + ".join(map(r" \cdot ".join, zip(*factors, strict=True)))
