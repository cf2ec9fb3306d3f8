"""How a script gets its examples: MNIST's files, downloaded if they are not there, or a file of arrays.

These are sources of scripts.
"""

import gzip
import hashlib
import io
import urllib.request
from pathlib import Path

import numpy as np

from mlp.network.layers import Array


def read_idx(folder: Path, name: str, sha256: str, mirror: str) -> Array:
    """Return the array of one of MNIST's files, which is downloaded if it is not there."""
    path = folder / f"{name}.gz"
    if not path.exists():
        try:
            urllib.request.urlretrieve(f"{mirror}{name}.gz", path)
        except OSError as error:
            raise SystemExit(f"No download ({error}). Put {path.name} into a folder, named after --data.") from None
    if hashlib.sha256(content := gzip.decompress(path.read_bytes())).hexdigest() != sha256:
        raise SystemExit(f"{path} is damaged. Remove it, and start again.")
    shape = np.frombuffer(content, ">i4", content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + shape.nbytes).reshape(shape)


def scaled(inputs: Array, scale: float) -> Array:
    """Return inputs as the network gets them: [n, inputs], float32."""
    return inputs.reshape(len(inputs), -1).astype(np.float32) * np.float32(scale)


def read_arrays(file: Path | io.BytesIO, scale: float) -> list[Array]:
    """Return inputs and labels, for training and for validation, from a file of numpy's arrays."""
    with np.load(file) as arrays:
        return [scaled(array, scale) if "inputs" in name else array for name, array in arrays.items()]
