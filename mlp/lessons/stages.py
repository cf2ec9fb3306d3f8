"""A stage is one array that a network computes: its inputs, its result, and how each number is calculated.

Each calls the same function as training, and keeps that function's source. A gradient comes with a numerical check
(`walk.py`).
"""

from typing import NamedTuple

import numpy as np

from mlp.datasets import Dataset
from mlp.lessons.source import Excerpt, excerpt
from mlp.network.layers import Array, Dense, Layer, ReLU
from mlp.network.losses import (
    grad_softmax_crossentropy_with_logits,
    log_softmax,
    softmax,
    softmax_crossentropy_with_logits,
)
from mlp.training import inputs_of

DOUBLE = np.dtype(np.float64)
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Quantity(NamedTuple):
    """An array with its name."""

    name: str  # as plain text: "z⁽¹⁾"
    symbol: str  # in LaTeX: "z^{(1)}"
    values: Array  # [rows, columns]


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
    operands: tuple[Quantity, ...]
    result: Quantity
    details: tuple[Detail, ...]  # one for each number of the result, row by row
    source: Excerpt
    tried: Array | None = None  # for a gradient: the same by central differences


# ── Forward ───────────────────────────────────────────────────────────────────────────────────────────────────────


def point_in(points: Array, input: Array, dataset: Dataset) -> Stage:
    """Return the stage in which an example enters the network."""
    source = excerpt(inputs_of, "write_features(dataset.info.features, images, out)")
    details = tuple(
        Detail(rf"x_{column + 1} = {_number(value)}", ((column,),), ((0, column),))
        for column, value in enumerate(input[0])
    )
    point = Quantity("point", r"\text{point}", points.astype(DOUBLE))
    return Stage(
        "x",
        "The example goes in",
        "It is one point in the plane. Its two coordinates are all the network gets to see.",
        _over("x = (x_1, x_2)", f"[1, {dataset.info.inputs}]"),
        (point,),
        Quantity("x", "x", input),
        details,
        source,
    )


def dense_forward(layer: Dense, input: Array, depth: int, last: bool = False) -> Stage:
    """Return the stage z = x W + b of dense layer number `depth`, counted from 1."""
    x, weights, biases = _inputs(depth, input), _weights(depth, layer), _biases(depth, layer)
    z = Quantity(*_name("z", depth), layer.forward(input))
    source = excerpt(layer.forward, "z = matmul(input, self.weights, out=out)", "z += self.biases")
    inputs, units = layer.weights.shape
    details = []
    for unit in range(units):
        sum_ = " + ".join(_product(input[0, row], layer.weights[row, unit]) for row in range(inputs))
        latex = rf"{_element(z, 0, unit)} = {sum_} {_signed(layer.biases[unit])} \approx {_number(z.values[0, unit])}"
        column = tuple(row * units + unit for row in range(inputs))
        links = tuple((depth - 1, row, unit) for row in range(inputs))
        details.append(Detail(latex, (tuple(range(inputs)), column, (unit,)), ((depth, unit),), links))
    story = (
        "The last layer gives one number per class, called its logit. The largest logit is the network's prediction."
        if last
        else "Each unit multiplies every input by the weight for that input, adds up the products, and adds its bias."
    )
    return Stage(
        f"z{depth}",
        f"Layer {depth} computes its weighted sums",
        story,
        _over(
            rf"{z.symbol} = {x.symbol}\, {weights.symbol} + {biases.symbol}",
            rf"[1, {units}] = [1, {inputs}] \cdot [{inputs}, {units}] + [1, {units}]",
        ),
        (x, weights, biases),
        z,
        tuple(details),
        source,
    )


def relu_forward(layer: Layer, z: Array, depth: int) -> Stage:
    """Return the stage a = max(0, z). Raises ValueError for any other activation."""
    if not isinstance(layer, ReLU):
        raise ValueError(f"A walk goes through ReLU, not {layer.label}.")
    before, after = Quantity(*_name("z", depth), z), Quantity(*_name("a", depth), layer.forward(z))
    details = tuple(
        Detail(
            rf"{_element(after, 0, unit)} = \max(0, {_number(z[0, unit])}) = {_number(after.values[0, unit])}",
            ((unit,),),
            ((depth, unit),),
        )
        for unit in range(z.shape[1])
    )
    return Stage(
        f"a{depth}",
        "ReLU passes on what is positive",
        "If its sum is negative, a unit outputs zero; otherwise it passes the sum on unchanged.",
        rf"{after.symbol} = \max(0, {before.symbol})",
        (before,),
        after,
        details,
        excerpt(layer.forward, "return np.maximum(input, 0, out=out)"),
    )


def log_probabilities(logits: Array, depth: int) -> Stage:
    """Return the stage log p = log softmax(z)."""
    z, result = Quantity(*_name("z", depth), logits), Quantity("log p", r"\log p", log_softmax(logits))
    everything = tuple(range(logits.shape[1]))
    largest = logits.max()
    rest = float(np.log(np.exp(logits - largest).sum()))
    details = tuple(
        Detail(
            rf"\log p_{unit + 1} = {_number(logits[0, unit])} {_signed(-largest)} {_signed(-rest)} "
            rf"\approx {_number(result.values[0, unit])} \qquad "
            rf"p_{unit + 1} = e^{{{_number(result.values[0, unit])}}} \approx "
            rf"{100 * np.exp(result.values[0, unit]):.1f}\,\%",
            (everything,),
            ((depth, unit),),
        )
        for unit in range(logits.shape[1])
    )
    return Stage(
        "logp",
        "Logits become probabilities",
        "Subtracting one number from every logit makes the probabilities add up to 1. We keep their logarithms.",
        rf"\begin{{gathered}} \log p_k = {z.symbol}_k - m - \log \sum_j e^{{{z.symbol}_j - m}} \\ "
        rf"m = \max_j {z.symbol}_j \end{{gathered}}",
        (z,),
        result,
        details,
        excerpt(
            log_softmax,
            "shifted = logits - logits.max(axis=-1, keepdims=True)",
            "return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))",
        ),
    )


def loss(logits: Array, labels: Array, depth: int, names: tuple[str, ...]) -> Stage:
    """Return the stage L = −log p_y."""
    label = int(labels[0])
    loss = softmax_crossentropy_with_logits(logits, labels)
    before = Quantity("log p", r"\log p", log_softmax(logits))
    return Stage(
        "loss",
        "The loss: how wrong is it?",
        f"The correct class is {names[label]}. If its probability is near 1, the loss is small; "
        "if it is near 0, the loss is large.",
        rf"L = -\log p_y, \qquad y = {label + 1}",
        (before,),
        Quantity("L", "L", loss[None]),
        (
            Detail(
                rf"L = -({_number(before.values[0, label])}) = {_number(loss[0])}",
                ((label,),),
                ((depth + 1, 0),),
                ((depth, label, 0),),
            ),
        ),
        excerpt(
            softmax_crossentropy_with_logits, "return -log_softmax(logits)[np.arange(len(logits)), reference_answers]"
        ),
    )


# ── Backward ──────────────────────────────────────────────────────────────────────────────────────────────────────


def grad_logits(logits: Array, labels: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/dz = p − one-hot(y) of the logits."""
    label = int(labels[0])
    p = Quantity("p", "p", softmax(logits))
    grad = Quantity(*_slope("z", depth), grad_softmax_crossentropy_with_logits(logits, labels))
    details = tuple(
        Detail(
            rf"{_slope_element(grad, 0, unit)} = {_number(p.values[0, unit])} - {int(unit == label)} "
            rf"= {_number(grad.values[0, unit])}",
            ((unit,),),
            ((depth, unit),),
        )
        for unit in range(logits.shape[1])
    )
    return Stage(
        f"dz{depth}",
        "The backward pass begins",
        "How would the loss change with a logit? The slope is the probability, minus 1 for the correct class.",
        rf"{grad.symbol} = p - \text{{one-hot}}(y)",
        (p,),
        grad,
        details,
        excerpt(
            grad_softmax_crossentropy_with_logits,
            "grad = softmax(logits)",
            "grad[np.arange(len(logits)), reference_answers] -= 1",
        ),
        tried,
    )


def grad_weights(layer: Dense, input: Array, grad: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/dW = xᵀ dL/dz."""
    layer.backward_parameters(input, grad)
    x, slope = _inputs(depth, input), Quantity(*_slope("z", depth), grad)
    result = Quantity(*_slope("W", depth), layer.grad_weights.copy())
    rows, columns = result.values.shape
    details = tuple(
        Detail(
            rf"{_slope_element(result, row, column)} = {_product(input[0, row], grad[0, column])} "
            rf"\approx {_number(result.values[row, column])}",
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
        excerpt(layer.backward_parameters, "matmul(input.T, grad_output, out=self.grad_weights)"),
        tried,
    )


def grad_biases(layer: Dense, input: Array, grad: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/db = Σ_batch dL/dz."""
    layer.backward_parameters(input, grad)
    slope = Quantity(*_slope("z", depth), grad)
    result = Quantity(*_slope("b", depth), layer.grad_biases.copy()[None])
    details = tuple(
        Detail(rf"{_slope_element(result, 0, unit)} = {_number(result.values[0, unit])}", ((unit,),), ((depth, unit),))
        for unit in range(grad.shape[1])
    )
    return Stage(
        f"db{depth}",
        f"The slope of each bias in layer {depth}",
        "A bias is simply added, so its slope is the slope of the sum. Over a batch, these slopes are added up.",
        rf"{result.symbol} = \sum_{{\text{{batch}}}} {slope.symbol}",
        (slope,),
        result,
        details,
        excerpt(
            layer.backward_parameters,
            "np.dot(_ones(len(grad_output), grad_output.dtype), grad_output, out=self.grad_biases)",
        ),
        tried[None],
    )


def grad_input(layer: Dense, input: Array, grad: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/dx = dL/dz Wᵀ."""
    slope, weights = Quantity(*_slope("z", depth), grad), _weights(depth, layer)
    result = Quantity(*_slope("a", depth - 1), layer.backward(input, grad.copy()))
    columns = grad.shape[1]
    details = tuple(
        Detail(
            rf"{_slope_element(result, 0, row)} = "
            + " + ".join(_product(grad[0, column], layer.weights[row, column]) for column in range(columns))
            + rf" \approx {_number(result.values[0, row])}",
            (tuple(range(columns)), tuple(row * columns + column for column in range(columns))),
            ((depth - 1, row),),
            tuple((depth - 1, row, column) for column in range(columns)),
        )
        for row in range(input.shape[1])
    )
    return Stage(
        f"da{depth - 1}",
        f"Back through layer {depth}: the chain rule",
        "A hidden unit affects the loss through all of its weights: multiply along each path, then add up the paths.",
        _over(
            rf"{result.symbol} = {slope.symbol}\, {{{weights.symbol}}}^\top",
            rf"[1, {len(layer.weights)}] = [1, {columns}] \cdot [{columns}, {len(layer.weights)}]",
        ),
        (slope, weights),
        result,
        details,
        excerpt(layer.backward, "return matmul(grad_output, self.weights.T, out=out)"),
        tried,
    )


def relu_backward(layer: Layer, z: Array, grad: Array, depth: int, tried: Array) -> Stage:
    """Return the stage dL/dz = dL/da · [z > 0]."""
    before, slope = Quantity(*_name("z", depth), z), Quantity(*_slope("a", depth), grad)
    result = Quantity(*_slope("z", depth), layer.backward(z, grad.copy()))
    details = tuple(
        Detail(
            rf"{_slope_element(result, 0, unit)} = {_number(grad[0, unit])} \cdot {int(z[0, unit] > 0)} "
            rf"= {_number(result.values[0, unit])}",
            ((unit,), (unit,)),
            ((depth, unit),),
        )
        for unit in range(z.shape[1])
    )
    return Stage(
        f"dz{depth}",
        "Back through ReLU",
        "If a unit output zero, its slope becomes zero too. Otherwise the slope passes through unchanged.",
        rf"{result.symbol} = {slope.symbol} \cdot [{before.symbol} > 0]",
        (before, slope),
        result,
        details,
        excerpt(layer.backward, "return np.multiply(grad_output, slope, out=slope)"),
        tried,
    )


# ── Names and numbers ─────────────────────────────────────────────────────────────────────────────────────────────


def _name(letter: str, depth: int) -> tuple[str, str]:
    """Return an array's name as plain text and in LaTeX."""
    return f"{letter}⁽{str(depth).translate(SUPERSCRIPTS)}⁾", rf"{letter}^{{({depth})}}"


def _slope(letter: str, depth: int) -> tuple[str, str]:
    plain, symbol = _name(letter, depth)
    return f"∂L/∂{plain}", rf"\frac{{\partial L}}{{\partial {symbol}}}"


def _inputs(depth: int, values: Array) -> Quantity:
    return Quantity("x", "x", values) if depth == 1 else Quantity(*_name("a", depth - 1), values)


def _weights(depth: int, layer: Dense) -> Quantity:
    return Quantity(*_name("W", depth), layer.weights.copy())


def _biases(depth: int, layer: Dense) -> Quantity:
    return Quantity(*_name("b", depth), layer.biases.copy()[None])


def _over(formula: str, shapes: str) -> str:
    """Return a formula with the shapes below it."""
    return rf"\begin{{gathered}} {formula} \\ {shapes} \end{{gathered}}"


def _element(of: Quantity, row: int, column: int) -> str:
    place = f"{column + 1}" if len(of.values) == 1 else f"{row + 1}{column + 1}"
    return f"{of.symbol}_{{{place}}}"


def _slope_element(of: Quantity, row: int, column: int) -> str:
    """Return ∂L/∂v for one number v: its place goes inside the fraction."""
    place = f"{column + 1}" if of.values.shape[0] == 1 else f"{row + 1}{column + 1}"
    return f"{of.symbol[:-1]}_{{{place}}}}}"


def _number(value: float) -> str:
    """Return a number with three decimals, and no minus sign before a zero."""
    return f"{value + 0.0:.3f}".replace("-0.000", "0.000")


def _signed(value: float) -> str:
    text = _number(value)
    return f"- {text[1:]}" if text.startswith("-") else f"+ {text}"


def _product(left: float, right: float) -> str:
    texts = (_number(left), _number(right))
    return r" \cdot ".join(f"({text})" if text.startswith("-") else text for text in texts)
