"""A short program builds the same network in PyTorch or Keras, with the weights of a .safetensors file."""

from itertools import pairwise
from typing import IO

from mlp.datasets import FEATURES, REGRESSION
from mlp.export.format import file_name
from mlp.export.run import ExportedRun
from mlp.export.script_parts import plain, scale_text
from mlp.network.layers import LeakyReLU
from mlp.training import Model

SLOPE = LeakyReLU.slope_below_zero

# A row for each of ACTIVATIONS in mlp/network/layers.py: the same layer in PyTorch, and in Keras.
LAYERS = {
    "relu": ("nn.ReLU()", "keras.layers.ReLU()"),
    "leaky_relu": (f"nn.LeakyReLU({SLOPE})", f"keras.layers.LeakyReLU(negative_slope={SLOPE})"),
    "tanh": ("nn.Tanh()", 'keras.layers.Activation("tanh")'),
    "sigmoid": ("nn.Sigmoid()", 'keras.layers.Activation("sigmoid")'),
    "gelu": (
        'nn.GELU(approximate="tanh")',
        "keras.layers.Activation(lambda z: keras.activations.gelu(z, approximate=True))",
    ),
    "swish": ("nn.SiLU()", 'keras.layers.Activation("silu")'),
    "elu": ("nn.ELU()", 'keras.layers.Activation("elu")'),
    "selu": ("nn.SELU()", 'keras.layers.Activation("selu")'),
    "identity": ("nn.Identity()", 'keras.layers.Activation("linear")'),
}


TORCH = """{head}

import torch
from safetensors.torch import load_file
from torch import nn

network = nn.Sequential(
{layers}
)
network.load_state_dict(load_file("{file}"))
network.eval()


def predict(inputs: torch.Tensor) -> torch.Tensor:
    {about}
    with torch.no_grad():
        outputs = network(inputs)
    return {answer}
"""

KERAS = """{head}

import keras
from safetensors.numpy import load_file

network = keras.Sequential([
    keras.Input(({inputs},)),
{layers}
])
# The file has a layer's weights as PyTorch does, [outputs, inputs]; Keras has them as [inputs, outputs].
arrays = load_file("{file}")
parts = [(f"{{2 * layer}}.weight", f"{{2 * layer}}.bias") for layer in range({count})]
network.set_weights([arrays[name].T for names in parts for name in names])


def predict(inputs):
    {about}
    outputs = network(inputs)
    return {answer}
"""


def write_torch(run: ExportedRun, out: IO[bytes]) -> None:
    """Write a program that has the network as `network`, a `torch.nn.Sequential`."""
    layers = _layers(run.model, "nn.Linear({0}, {1})", column=0)
    out.write(_written(TORCH, run, "PyTorch", layers, "outputs.softmax(dim=1)"))


def write_keras(run: ExportedRun, out: IO[bytes]) -> None:
    """Write a program that has the network as `network`, a `keras.Sequential`."""
    layers = _layers(run.model, "keras.layers.Dense({1})", column=1)
    out.write(_written(KERAS, run, "Keras", layers, "keras.ops.softmax(outputs)"))


def _layers(model: Model, dense: str, column: int) -> str:
    """Return the layers, one in a line, with an activation, from a column of LAYERS, after each but the last."""
    activations = [LAYERS[name][column] for name in model.config.activations]
    lines = [dense.format(*sizes) for sizes in pairwise(model.sizes)]
    for index, activation in enumerate(activations):
        lines.insert(2 * index + 1, activation)
    return "\n".join(f"    {line}," for line in lines)


def _written(template: str, run: ExportedRun, library: str, layers: str, softmax: str) -> bytes:
    model, info = run.model, run.model.dataset.info
    weights = file_name(run, ".safetensors")
    answers, answer = "class probabilities [examples, classes]", softmax
    if info.task == REGRESSION:
        answers, answer = f"{plain(info.class_names[0])} [examples]", "outputs[:, 0]"
        if info.target:
            answer = f"{info.target.mean} + {info.target.scale} * outputs[:, 0]"
    head = (
        f"{plain(info.label)}: a network of {' → '.join(map(str, model.sizes))} units, in {library}.",
        f"It needs {weights} in the same folder: export the run as .safetensors, too.",
    )
    text = template.format(
        head=f'"""{head[0]}\n\n{head[1]}\n"""',
        layers=layers,
        file=weights,
        inputs=model.sizes[0],
        count=len(model.sizes) - 1,
        about=f'"""Return {answers}, for inputs [examples, {model.sizes[0]}]: {_inputs(model)}."""',
        answer=answer,
    )
    if info.task != REGRESSION:
        text += f"\n\nCLASSES = {list(info.class_names)}\n"
    return text.encode()


def _inputs(model: Model) -> str:
    """Return what goes into the network."""
    dataset, info = model.dataset, model.dataset.info
    if info.image_shape and info.pixel_range:
        low, high = info.pixel_range
        return f"pixels, row by row, brought from {low:g} … {high:g} to 0 … 1"
    if info.image_shape:
        return f"pixels, row by row, times {scale_text(info.scale)}"
    if info.features:
        return f"of points, {', '.join(FEATURES[name].label for name in info.features)}"
    return "columns after preprocessing (.onnx has that inside)" if dataset.table else "columns"
