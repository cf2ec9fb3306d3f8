"""A .safetensors file becomes a network again: one from here, or anyone's weights of Dense layers that fit together.

The file is data from outside. Its header is checked before anything is read, and numbers are read a layer at a time.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import safetensors

from mlp.config import RunConfig
from mlp.datasets import CLASSIFICATION, REGRESSION, Dataset, DatasetInfo
from mlp.export.chaining import DenseLayer, chain
from mlp.export.description import KEY, Description, empty_dataset, read_description
from mlp.export.format import OpeningError
from mlp.network.layers import Array
from mlp.network.network import aligned_empty, count_parameters, split_parameters
from mlp.network.optimizers import OPTIMIZERS
from mlp.run_settings import MOST_UNITS
from mlp.text import counted, quoted
from mlp.training import FLOAT, Model, TrainingState

MOST_INPUTS = 65_536  # an image of 256 × 256 pixels
MOST_OUTPUTS = 65_536  # far more classes than a page could show, which a data set of arrays may have
LARGEST_FILE = 2**30  # bytes
MOST_HEADER_BYTES = 16 * 2**20  # before the numbers; the description of a table's categories may take megabytes
MOST_ARRAYS = 1000
OTHERS = (  # how files of other kinds begin
    (b"PK\x03\x04", "It is a ZIP archive, as PyTorch (.pt), Keras (.keras) and numpy (.npz) write them."),
    (b"\x89HDF", "It is an HDF5 file, as Keras writes them."),
    (b"\x08", "It seems to be an ONNX file, which can be exported here but not opened."),
    (b"\x80", "It is a Python pickle, which could run any program."),
)
ADVICE = "Save the weights as .safetensors, then open that."
# How numbers may be stored. numpy has no bfloat16: it is the upper half of a float32.
BFLOAT16 = "BF16"
TYPES: dict[str, np.dtype] = {
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "F16": np.dtype("<f2"),
    BFLOAT16: np.dtype("<u2"),
}


class _Stored(NamedTuple):
    """Where an array is in the file."""

    type: str
    shape: tuple[int, ...]
    start: int  # byte of the file


@dataclass(frozen=True, eq=False)
class OpenedNetwork:
    """A network from a file, which has no data set yet."""

    sizes: tuple[int, ...]  # units of every layer, input and output included
    parameters: Array  # float32, flat
    description: Description | None  # None for a file that is not from here
    notes: tuple[str, ...]  # sentences on how it was read

    def on(self, dataset: Dataset, activation: str = "") -> Model:
        """Return the network for a data set, before its first step of training there.

        It has the file's settings, else the defaults; `activation` is for files that don't say theirs. Raises
        OpeningError if the data set has other inputs or outputs, ConfigError for an unknown activation.
        """
        info = dataset.info
        if (self.sizes[0], self.sizes[-1]) != (info.inputs, info.classes):
            raise OpeningError(
                f"{info.label} needs a network with {counted(info.inputs, 'input')} and "
                f"{counted(info.classes, 'output')}; this one has {self.sizes[0]:,} and {self.sizes[-1]:,}. "
                "Choose the data that it was trained on."
            )
        if self.description and _meaning(self.description.empty_dataset()) != _meaning(dataset):
            raise OpeningError(
                f"In {info.label}, examples become inputs, or outputs become answers, in another way than in the data "
                "that the network was trained on. Choose that data."
            )
        config = self.description.config if self.description else RunConfig()
        config = replace(
            config,
            dataset=info.name,
            hidden=self.sizes[1:-1],
            activation=activation or config.activation,
            batch_norm=False,  # a file has it in its weights and biases
            batch_size=min(config.batch_size, info.train or config.batch_size),
        )
        moments = np.zeros((OPTIMIZERS[config.optimizer].moments, len(self.parameters)), FLOAT)
        return Model(config, dataset, TrainingState(self.parameters, moments, config.optimizer))

    def alone(self, activation: str = "") -> Model:
        """Return the network without examples: it takes inputs as its data set had them, and can predict."""
        if self.description:
            model = self.on(self.description.empty_dataset(), activation)
            return replace(model, state=replace(model.state, **self.description.trained))
        return self.on(_unknown_dataset(self.sizes[0], self.sizes[-1]), activation)


def open_network(path: str | os.PathLike[str]) -> OpenedNetwork:
    """Read a network from a .safetensors file: one from here, or weights of Dense layers that fit together.

    Parameters
    ----------
    path
        The file. Its arrays may be named and laid out as in PyTorch, [outputs, inputs], or as in Keras,
        [inputs, outputs], and stored as float16, bfloat16, float32 or float64.

    Returns
    -------
    OpenedNetwork
        The weights, what the file says about them, and how they were read. Its method `on` makes a Model of it for a
        data set, `alone` one that can predict without any.

    Raises
    ------
    OpeningError
        With a sentence, for a file that is no network, or none that this program can hold.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mlp import Model, RunConfig, initial_state, load_dataset
    >>> from mlp.export import FORMATS, ExportedRun
    >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
    >>> model = Model(config, dataset, initial_state(config, dataset))
    >>> with TemporaryDirectory() as folder:
    ...     FORMATS["safetensors"].save(ExportedRun(model), Path(folder) / "digits.safetensors")
    ...     network = open_network(Path(folder) / "digits.safetensors")
    >>> images = dataset.test.inputs
    >>> network.sizes, np.array_equal(network.on(dataset).logits(images), model.logits(images))
    ((64, 20, 10), True)
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            return _read(path, file)
    except OpeningError as error:
        raise OpeningError(f"{quoted(path.name)} can't be opened. {error}") from error
    except OSError as error:
        raise OpeningError(f"{quoted(str(path))} can't be read: {error.strerror}. Choose another file.") from error


def _read(path: Path, file: IO[bytes]) -> OpenedNetwork:
    stored, metadata = _checked_header(path, file)
    layers, notes = chain({name: array.shape for name, array in stored.items()})
    sizes = (layers[0].inputs, *(layer.outputs for layer in layers))
    _check_sizes(sizes)
    description = read_description(metadata[KEY], sizes) if KEY in metadata else None
    parameters = aligned_empty(count_parameters(sizes), FLOAT)
    for layer, (weights, biases) in zip(layers, split_parameters(parameters, sizes), strict=True):
        found = _numbers(file, layer.weights, stored[layer.weights])
        weights[...] = found.T if layer.transposed else found
        biases[...] = _numbers(file, layer.biases, stored[layer.biases]) if layer.biases else 0
    if description:
        return OpenedNetwork(sizes, parameters, description, ())
    return OpenedNetwork(sizes, parameters, None, (*notes, *_notes(layers, stored)))


def _checked_header(path: Path, file: IO[bytes]) -> tuple[dict[str, _Stored], dict[str, str]]:
    """Return where the arrays are, and the metadata, once the library has checked that all of that is there."""
    size = os.fstat(file.fileno()).st_size
    start, brace = file.read(8), file.read(1)
    length = int.from_bytes(start, "little")
    if brace != b"{":
        what = next((sentence for magic, sentence in OTHERS if start.startswith(magic)), "It is no .safetensors file.")
        raise OpeningError(f"{what} {ADVICE}")
    if length > MOST_HEADER_BYTES:
        raise OpeningError(
            f"Its header has {length:,} bytes; at most {MOST_HEADER_BYTES:,} are read. Save the weights alone."
        )
    if size > LARGEST_FILE:
        raise OpeningError(f"It has {size:,} bytes; at most {LARGEST_FILE:,} are read. Choose a smaller network.")
    try:
        with safetensors.safe_open(path, framework="np") as checked:
            arrays = len(checked.keys())
    except (safetensors.SafetensorError, OSError) as error:
        what = quoted(str(error).removeprefix("Error while deserializing header: "))
        raise OpeningError(f"It is damaged or not complete: {what}. Copy or save it again.") from error
    if arrays > MOST_ARRAYS:
        raise OpeningError(f"It has {arrays:,} arrays; a network has two for each layer. Choose another file.")
    file.seek(8)
    header: dict[str, Any] = json.loads(file.read(length))
    metadata: dict[str, str] = header.pop("__metadata__", {})
    return {
        name: _Stored(found["dtype"], tuple(found["shape"]), 8 + length + found["data_offsets"][0])
        for name, found in header.items()
    }, metadata


def _check_sizes(sizes: tuple[int, ...]) -> None:
    for what, units, most in (
        ("inputs", sizes[0], MOST_INPUTS),
        ("units in a hidden layer", max(sizes[1:-1], default=0), MOST_UNITS),
        ("outputs", sizes[-1], MOST_OUTPUTS),
    ):
        if units > most:
            raise OpeningError(f"It has {units:,} {what}; at most {most:,} are possible. Choose a smaller network.")


def _numbers(file: IO[bytes], name: str, stored: _Stored) -> Array:
    """Read one array as float32. Raises OpeningError for numbers that are no weights."""
    if stored.type not in TYPES:
        raise OpeningError(
            f"{quoted(name)} has numbers of type {stored.type}; weights must be F32, F64, F16 or BF16. "
            "Convert them to F32."
        )
    kind = TYPES[stored.type]
    file.seek(stored.start)
    found = np.frombuffer(file.read(math.prod(stored.shape) * kind.itemsize), kind)
    if stored.type == BFLOAT16:
        found = (found.astype("<u4") << 16).view("<f4")
    with np.errstate(over="ignore"):
        numbers = found.astype(FLOAT, copy=False).reshape(stored.shape)
    if not np.isfinite(numbers).all():
        raise OpeningError(
            f"{quoted(name)} has numbers that are NaN, infinite or beyond float32, so it can't predict anything. "
            "Save the network from before it diverged."
        )
    return numbers


def _notes(layers: list[DenseLayer], stored: Mapping[str, _Stored]) -> list[str]:
    """Return sentences on what the file did not say, or said otherwise."""
    notes = []
    types = sorted({array.type for array in stored.values()} - {"F32"})
    if types:
        notes.append(f"Numbers of type {' and '.join(types)} were converted to float32.")
    without = [quoted(layer.weights) for layer in layers if not layer.biases]
    if without:
        notes.append(f"There are no biases for {', '.join(without)}, so they are zero.")
    if len(layers) > 1:
        notes.append("The file doesn't say which activation the hidden layers have. ReLU is assumed.")
    return notes


def _meaning(dataset: Dataset) -> tuple[Any, ...]:
    """Return what inputs and outputs of a data set's networks mean, but for the classes' names."""
    info = dataset.info
    shape = info.image_shape, info.features, info.columns, info.scale
    return *shape, info.task, info.target, dataset.table and dataset.table.preprocessing


def _unknown_dataset(inputs: int, outputs: int) -> Dataset:
    """Return a data set for a file that says nothing about its own: rows of numbers, which the network gets as is."""
    info = DatasetInfo(
        name="unknown",
        label="Unknown data",
        class_names=("value",) if outputs == 1 else tuple(map(str, range(outputs))),
        train=0,
        validation=0,
        test=0,
        columns=inputs,
        task=REGRESSION if outputs == 1 else CLASSIFICATION,
    )
    return empty_dataset(info, "float32")
