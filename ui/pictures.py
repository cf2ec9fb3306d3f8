"""Examples as grey pictures, and many of them in one: a browser keeps and lays out each picture by itself."""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from mlp.datasets import Dataset
from mlp.layers import Array

Grey = npt.NDArray[np.uint8]


def ink(dataset: Dataset, images: Array) -> Grey:
    """Return images [count, pixels] as pictures [count, rows, columns], from 0, no ink, to 255."""
    assert dataset.image_shape is not None
    return np.rint(images * (255 * dataset.scale)).astype(np.uint8).reshape(-1, *dataset.image_shape)


def png(picture: Grey) -> bytes:
    """Return a picture [rows, columns] as a PNG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def strip(pictures: Grey) -> str:
    """Return pictures [count, rows, columns] side by side, as the address of a PNG that contains it."""
    return f"data:image/png;base64,{base64.b64encode(png(np.concatenate(list(pictures), axis=1))).decode()}"
