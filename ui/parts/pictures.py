"""Pictures of examples: their ink alone, on nothing, so that a style gives it the color of the words around it.

Many of them go into one file, because a browser keeps and lays out each file separately.
"""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from mlp.datasets import Dataset
from mlp.network.layers import Array

Ink = npt.NDArray[np.uint8]  # from 0, none, to 255


def ink(dataset: Dataset, images: Array) -> Ink:
    """Return images [count, pixels] as pictures [count, rows, columns]."""
    assert dataset.info.image_shape is not None
    return np.rint(images * (255 * dataset.info.scale)).astype(np.uint8).reshape(-1, *dataset.info.image_shape)


def png(picture: Ink) -> bytes:
    """Return a picture [rows, columns] as a PNG that is black, and as opaque as there is ink."""
    file = io.BytesIO()
    Image.fromarray(np.stack([np.zeros_like(picture), picture], axis=-1)).save(file, "PNG")
    return file.getvalue()


def strip(pictures: Ink) -> str:
    """Return pictures [count, rows, columns] side by side in one PNG, as an address that contains it."""
    return f"data:image/png;base64,{base64.b64encode(png(np.concatenate(list(pictures), axis=1))).decode()}"
