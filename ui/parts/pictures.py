"""Pictures of examples: their ink alone, on nothing, so that a style gives it the color of the words around it.

Imported images are shown in their own shades of gray, as in the preview of their file: they may be photos.

Many of them go into one file, because a browser keeps and lays out each file separately.
"""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from mlp.datasets import Dataset
from mlp.datasets.own.stored import is_own
from mlp.network.layers import Array

Ink = npt.NDArray[np.uint8]  # from 0, none, to 255


def ink(dataset: Dataset, images: Array) -> Ink:
    """Return images [count, pixels] as pictures [count, rows, columns]."""
    assert dataset.info.image_shape is not None
    return np.rint(images * (255 * dataset.info.scale)).astype(np.uint8).reshape(-1, *dataset.info.image_shape)


def in_gray(dataset: Dataset) -> bool:
    """Whether a data set's images are shown in their own shades, from black to white."""
    return is_own(dataset.info.name)


def png(picture: Ink, gray: bool) -> bytes:
    """Return a picture [rows, columns] as a PNG: `gray`, or black and as opaque as there is ink."""
    file = io.BytesIO()
    shown = picture if gray else np.stack([np.zeros_like(picture), picture], axis=-1)
    Image.fromarray(shown).save(file, "PNG")
    return file.getvalue()


def strip(dataset: Dataset, images: Array) -> str:
    """Return images [count, pixels] side by side in one PNG, as an address that contains it."""
    return address_of(np.concatenate(list(ink(dataset, images)), axis=1), in_gray(dataset))


def address_of(picture: Ink, gray: bool) -> str:
    """Return a picture [rows, columns] as an address that contains it, as a PNG."""
    return f"data:image/png;base64,{base64.b64encode(png(picture, gray)).decode()}"
