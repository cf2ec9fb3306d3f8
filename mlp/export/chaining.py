"""Arrays with names become the layers of a network: weights find their biases, and layers their order.

PyTorch stores weights as [outputs, inputs], Keras as [inputs, outputs]. Names tell which, where the shapes allow both.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from mlp.export.format import OpeningError
from mlp.run_settings import MOST_HIDDEN_LAYERS
from mlp.text import quoted

WEIGHTS = {"weight", "weights", "w", "kernel", "kernels", "coef", "coefs"}
BIASES = {"bias", "biases", "b", "intercept", "intercepts"}
INPUTS_FIRST = {"kernel", "kernels", "coef", "coefs"}  # words of Keras and scikit-learn
MOST_LISTED = 8

Shape = tuple[int, ...]


class DenseLayer(NamedTuple):
    """Where a layer's numbers are."""

    weights: str
    biases: str  # empty if it has none
    transposed: bool  # whether the weights are stored as [outputs, inputs]
    inputs: int
    outputs: int

    def follows(self, before: "DenseLayer") -> bool:
        return self.inputs == before.outputs


def chain(shapes: Mapping[str, Shape]) -> tuple[list[DenseLayer], list[str]]:
    """Return the layers that these arrays make up, first to last, and sentences on how that was found out.

    Raises OpeningError for arrays that are not the layers of a network of Dense layers, or of more than one.

    >>> layers, notes = chain({"fc2.weight": (3, 8), "fc1.bias": (8,), "fc1.weight": (8, 4), "fc2.bias": (3,)})
    >>> [layer.weights for layer in layers], notes
    (['fc1.weight', 'fc2.weight'], ['Weights are stored as [outputs, inputs], as in PyTorch.'])
    """
    pairs = _pairs(shapes)
    if len(pairs) > MOST_HIDDEN_LAYERS + 1:
        raise OpeningError(
            f"It has {len(pairs):,} layers with weights; at most {MOST_HIDDEN_LAYERS + 1} are possible: "
            f"{MOST_HIDDEN_LAYERS} hidden ones and the output. Choose a smaller network."
        )
    inputs_first = any(INPUTS_FIRST & set(_words(weights)) for weights in pairs)
    layouts = [(transposed, _layers(pairs, shapes, transposed)) for transposed in (not inputs_first, inputs_first)]
    if len(pairs) == 1 or any(word.isdigit() for weights in pairs for word in _words(weights)):  # names tell the order
        for transposed, layers in layouts:
            if layers and all(after.follows(before) for before, after in pairwise(layers)):
                return layers, [_layout(transposed)]
    found = next(filter(None, (list(_orders(layers)) for _, layers in layouts)), [])
    if len(found) == 1:
        (layers,) = found
        order = ", ".join(quoted(layer.weights) for layer in layers)
        return layers, [_layout(layers[0].transposed), f"The order of the layers was found by their shapes: {order}."]
    listed = ", ".join(f"{quoted(name)} {list(shapes[name])}" for name in list(pairs)[:MOST_LISTED])
    if found:
        raise OpeningError(
            f"Its layers fit together in more than one order: {listed}. Number their names in order, as in fc1 and fc2."
        )
    raise OpeningError(
        f"Its layers don't fit together: {listed}. Each must have as many inputs as the one before has outputs, "
        "and as many biases as outputs."
    )


def _pairs(shapes: Mapping[str, Shape]) -> dict[str, str]:
    """Return the name of each layer's weights with that of its biases, or "", in the natural order of names."""
    for name, shape in shapes.items():
        if len(shape) not in (1, 2) or not all(shape):
            raise OpeningError(
                f"{quoted(name)} has the shape {list(shape)[:MOST_LISTED]}, so it is not part of a Dense layer. "
                "Choose a network of Dense layers alone."
            )
    names = sorted(shapes, key=_natural)
    biases = {_stem(name): name for name in names if len(shapes[name]) == 1}
    pairs = {name: biases.pop(_stem(name), "") for name in names if len(shapes[name]) == 2}
    if not pairs:
        raise OpeningError("It has no weights of Dense layers: arrays with two dimensions. Choose another file.")
    alone = set(names) - set(pairs) - set(pairs.values())
    if alone:
        raise OpeningError(
            f"{quoted(min(alone))} belongs to no Dense layer: no weights have a name like it. "
            "Choose a network of Dense layers alone."
        )
    return pairs


def _layers(pairs: Mapping[str, str], shapes: Mapping[str, Shape], transposed: bool) -> list[DenseLayer]:
    """Return the layers if their weights are stored that way; none if their biases don't fit."""
    layers = []
    for weights, biases in pairs.items():
        inputs, outputs = shapes[weights][:: -1 if transposed else 1]
        if biases and shapes[biases] != (outputs,):
            return []
        layers.append(DenseLayer(weights, biases, transposed, inputs, outputs))
    return layers


def _orders(layers: Sequence[DenseLayer], so_far: tuple[DenseLayer, ...] = ()) -> Iterator[list[DenseLayer]]:
    """Yield every order in which each layer has as many inputs as the one before has outputs."""
    if not layers and so_far:
        yield list(so_far)
    for layer in layers:
        if not so_far or layer.follows(so_far[-1]):
            yield from _orders([other for other in layers if other is not layer], (*so_far, layer))


def _layout(transposed: bool) -> str:
    if transposed:
        return "Weights are stored as [outputs, inputs], as in PyTorch."
    return "Weights are stored as [inputs, outputs], as in Keras."


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z]+|\d+", name.lower())


def _stem(name: str) -> tuple[str, ...]:
    """Return what the names of a layer's weights and biases have in common: ("fc", "1") for "fc1.weight"."""
    words = _words(name)
    for place in reversed(range(len(words))):
        if words[place] in WEIGHTS | BIASES:
            return (*words[:place], *words[place + 1 :])
    return tuple(words)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that puts fc10 after fc9: a longer number is larger."""
    return [(len(word.lstrip("0")), word.lstrip("0")) if word.isdigit() else (-1, word) for word in _words(name)]
