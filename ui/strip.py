"""A strip is many small pictures in one: a browser keeps and lays out each picture, or canvas, by itself."""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image


def strip(pictures: npt.NDArray[np.uint8]) -> str:
    """Return grey pictures [count, rows, columns] side by side, as the address of a PNG that contains it."""
    file = io.BytesIO()
    Image.fromarray(np.concatenate(list(pictures), axis=1)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
