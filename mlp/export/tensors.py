"""A .safetensors file holds the weights of each layer: numbers and their description, never code."""

from typing import IO

import numpy as np
import safetensors.numpy

from mlp.export.description import KEY, describe
from mlp.export.run import ExportedRun
from mlp.network.layers import Array
from mlp.network.network import split_parameters
from mlp.training import Model


def write_safetensors(run: ExportedRun, out: IO[bytes]) -> None:
    """Write the weights of each layer, with the network's description in the metadata."""
    metadata = {"format": "pt", KEY: describe(run.model)}  # the convention for weights that are laid out as PyTorch's
    out.write(safetensors.numpy.save(named_weights(run.model), metadata))


def named_weights(model: Model) -> dict[str, Array]:
    """Return weights [outputs, inputs] and biases [outputs] of each layer, named as PyTorch's Sequential names them.

    Activations count there, too: the layers are 0, 2, 4 …, so that `load_state_dict` takes the file as it is.
    """
    arrays = {}
    for layer, (weights, biases) in enumerate(split_parameters(model.parameters, model.sizes)):
        # A copy, row by row: of a transposed view, safetensors 0.8 would store the numbers in the wrong order.
        arrays[f"{2 * layer}.weight"] = np.ascontiguousarray(weights.T)
        arrays[f"{2 * layer}.bias"] = np.ascontiguousarray(biases)
    return arrays
