"""An .onnx file is the network as a graph that other programs run: raw examples in, predictions out.

Everything between a data set's examples and the answer is inside: scaling, a table's preprocessing, a point's features.
Opset 17 and IR version 8 are what runtimes of the last years read.
"""

import importlib.util
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from mlp.datasets import REGRESSION
from mlp.datasets.preprocessing import CategoryColumn, NumberColumn
from mlp.export.description import KEY, describe
from mlp.export.run import ExportedRun
from mlp.network.layers import GELU, LeakyReLU
from mlp.network.network import split_parameters
from mlp.training import Model

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto

OPSET, ML_OPSET, IR_VERSION = 17, 3, 8
ML = "ai.onnx.ml"  # the operators for texts
BATCH = "batch"  # the name of the free dimension
OUTPUTS = ("logits", "probabilities", "label", "value")


def why_not_onnx(run: ExportedRun) -> str:
    """Return how to install onnx if it is missing."""
    if importlib.util.find_spec("onnx") is None:
        return "ONNX files need the package onnx, which is not installed. Install it with: pip install onnx"
    return ""


def write_onnx(run: ExportedRun, out: IO[bytes]) -> None:
    """Write the network as a graph, with its description in the metadata.

    Images go in as `pixels` [batch, rows, columns], in the type and range of the data set's, which is uint8 for all
    that are loaded; points as `points` [batch, 2], float32; other rows of numbers as `columns` [batch, columns], in the
    type of the data set's, which is float32, or what an estimator was fitted on; a table's columns each by its name, as
    float64 (NaN is missing) or texts ("" is missing) [batch, 1]. Out come `logits` and `probabilities` [batch,
    classes], float32, and `label`, the position of the class [batch], int64; of a regression `value` [batch], float64,
    in its own unit.
    """
    out.write(graph_of(run.model).SerializeToString())


def graph_of(model: Model) -> "ModelProto":
    """Return the network as ONNX has it."""
    from onnx import helper

    graph = _Graph()
    z = _inputs(graph, model)
    layers = list(split_parameters(model.parameters, model.sizes))
    for index, (weights, biases) in enumerate(layers):
        z = graph.node("Gemm", z, graph.constant(weights), graph.constant(biases))
        if index < len(layers) - 1:
            z = ACTIVATION_NODES[model.config.activations[index]](graph, z)
    _outputs(graph, model, z)
    info = model.dataset.info
    made = helper.make_model(
        helper.make_graph(graph.nodes, "mlp", graph.inputs, graph.outputs, graph.constants),
        producer_name="mlp",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)],
        doc_string=f"{info.label}: a multilayer perceptron trained to {info.goal}.",
    )
    helper.set_model_props(made, {KEY: describe(model)})
    return made


class _Graph:
    """Collects what a graph consists of, and names what flows through it."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self.inputs: list[ValueInfoProto] = []
        self.outputs: list[ValueInfoProto] = []
        self._taken = set(OUTPUTS)

    def input(self, name: str, dtype: Any, *shape: int) -> str:
        """Add an input of that shape for each example; return its name, which is another if that is taken."""
        from onnx import helper

        name = self._unique(name)
        self.inputs.append(helper.make_tensor_value_info(name, _type(dtype), [BATCH, *shape]))
        return name

    def output(self, name: str, source: str, dtype: Any, *shape: int) -> None:
        """Give a result the name of an output."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [source], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, _type(dtype), [BATCH, *shape]))

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        from onnx import numpy_helper

        name = self._unique(f"constant {len(self.constants)}")
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype), name))
        return name

    def node(self, operator: str, *sources: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator; return the name of its result."""
        from onnx import helper

        name = self._unique(f"{operator} {len(self.nodes)}")
        self.nodes.append(helper.make_node(operator, sources, [name], name, domain=domain, **attributes))
        return name

    def cast(self, source: str, dtype: Any) -> str:
        return self.node("Cast", source, to=_type(dtype))

    def _unique(self, name: str) -> str:
        free = name
        while free in self._taken or not free:
            free += "_"
        self._taken.add(free)
        return free


def _type(dtype: Any) -> int:
    from onnx import TensorProto, helper

    return TensorProto.STRING if dtype is str else helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


def _inputs(graph: _Graph, model: Model) -> str:
    """Add the inputs and what makes of them that which the network gets, [batch, inputs]; return its name."""
    info, table = model.dataset.info, model.dataset.table
    if table:
        pairs = zip(table.preprocessing.columns, table.preprocessing.parts, strict=True)
        parts = [_column(graph, column) for column, part in pairs if part.start < part.stop]
        return graph.node("Concat", *parts, axis=1)
    if info.features:
        points = graph.input("points", np.float32, 2)
        x, y = (graph.node("Gather", points, graph.constant([place], np.int64), axis=1) for place in (0, 1))
        return graph.node("Concat", *(FEATURE_NODES[name](graph, x, y) for name in info.features), axis=1)
    dtype = model.dataset.train.inputs.dtype
    if info.image_shape and info.pixel_range:
        raw = _as_bytes(graph, graph.input("pixels", np.float32, *info.image_shape), *info.pixel_range)
    elif info.image_shape:
        raw = graph.node("Flatten", graph.input("pixels", dtype, *info.image_shape), axis=1)
    else:
        raw = graph.input("columns", dtype, info.inputs)
    return graph.node("Mul", graph.cast(raw, np.float32), graph.constant(info.scale))


def _as_bytes(graph: _Graph, pixels: str, low: float, high: float) -> str:
    """Add what an import made of pixels [batch, rows, columns] of an unusual range; return [batch, inputs]."""
    raw = graph.cast(graph.node("Flatten", pixels, axis=1), np.float64)
    black, scale = (graph.constant(value, np.float64) for value in (low, 255 / (high - low)))
    return graph.node("Round", graph.node("Mul", graph.node("Sub", raw, black), scale))


def _column(graph: _Graph, column: NumberColumn | CategoryColumn) -> str:
    """Add one column of a table, with the arithmetic of its `write`; return the name of its part of the inputs."""
    if isinstance(column, CategoryColumn):
        kept = len(column.categories)
        positions = graph.node(
            "LabelEncoder",
            graph.input(column.name, str, 1),
            domain=ML,
            keys_strings=column.values,
            values_int64s=[min(position, kept) for position in range(len(column.values))],
            default_int64=kept,
        )
        known = graph.constant(np.arange(len(column.names)), np.int64)
        return graph.cast(graph.node("Equal", positions, known), np.float32)
    raw = graph.input(column.name, np.float64, 1)
    median, mean, scale = (graph.constant(value, np.float64) for value in (column.median, column.mean, column.scale))
    missing = graph.node("IsNaN", raw)
    for value in column.missing_values:
        missing = graph.node("Or", missing, graph.node("Equal", raw, graph.constant(value, np.float64)))
    z = graph.node("Div", graph.node("Sub", graph.node("Where", missing, median, raw), mean), scale)
    parts = [graph.cast(z, np.float32)] + ([graph.cast(missing, np.float32)] if column.flag else [])
    return graph.node("Concat", *parts, axis=1)


def _gelu(graph: _Graph, z: str) -> str:
    """Add z · ½ (1 + tanh u), u = √(2/π) (z + 0.044715 z³); opset 17 has no operator for it."""
    cubic, scale, half, one = map(graph.constant, (GELU.scale * GELU.cubic, GELU.scale, 0.5, 1))
    slope = graph.node("Add", graph.node("Mul", graph.node("Mul", z, z), cubic), scale)
    t = graph.node("Tanh", graph.node("Mul", slope, z))
    return graph.node("Mul", z, graph.node("Mul", graph.node("Add", t, one), half))


# A row for each of ACTIVATIONS in mlp/network/layers.py.
ACTIVATION_NODES: dict[str, Callable[[_Graph, str], str]] = {
    "relu": lambda graph, z: graph.node("Relu", z),
    "leaky_relu": lambda graph, z: graph.node("LeakyRelu", z, alpha=LeakyReLU.slope_below_zero),
    "tanh": lambda graph, z: graph.node("Tanh", z),
    "sigmoid": lambda graph, z: graph.node("Sigmoid", z),
    "gelu": _gelu,
    "swish": lambda graph, z: graph.node("Mul", z, graph.node("Sigmoid", z)),
    "elu": lambda graph, z: graph.node("Elu", z),
    "selu": lambda graph, z: graph.node("Selu", z),
    "identity": lambda graph, z: z,
}

# A row for each of FEATURES in mlp/datasets/features.py, of the coordinates x and y [batch, 1].
FEATURE_NODES: dict[str, Callable[[_Graph, str, str], str]] = {
    "x": lambda graph, x, y: x,
    "y": lambda graph, x, y: y,
    "xx": lambda graph, x, y: graph.node("Mul", x, x),
    "yy": lambda graph, x, y: graph.node("Mul", y, y),
    "xy": lambda graph, x, y: graph.node("Mul", x, y),
    "sinx": lambda graph, x, y: graph.node("Sin", graph.node("Mul", x, graph.constant(6))),
    "siny": lambda graph, x, y: graph.node("Sin", graph.node("Mul", y, graph.constant(6))),
}


def _outputs(graph: _Graph, model: Model, logits: str) -> None:
    info = model.dataset.info
    if info.task == REGRESSION:
        value = graph.cast(graph.node("Squeeze", logits, graph.constant([1], np.int64)), np.float64)
        if info.target:
            value = graph.node("Mul", value, graph.constant(info.target.scale, np.float64))
            value = graph.node("Add", value, graph.constant(info.target.mean, np.float64))
        graph.output("value", value, np.float64)
        return
    graph.output("logits", logits, np.float32, info.classes)
    graph.output("probabilities", graph.node("Softmax", logits, axis=1), np.float32, info.classes)
    graph.output("label", graph.node("ArgMax", logits, axis=1, keepdims=0), np.int64)
