"""Images of validation examples, one at a time, for tooltips."""

import functools

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlp.datasets import DatasetError, load_dataset
from mlp.text import whole_number
from ui.parts.pictures import in_gray, ink, png
from ui.parts.routes import place

DAY = 24 * 3600
MOST_ROWS = 1_000_000  # more than any data set has


def picture_address(dataset: str) -> str:
    """Return the address of a data set's images, relative to the page; the number of a row follows."""
    return f"picture/{dataset}/"


def picture_route() -> Route:
    """Return the route of the images."""
    return Route(place("/picture/{dataset}/{row}"), picture)


def picture(request: Request) -> Response:
    """Answer with a validation example as a PNG; 404 if there is none."""
    try:
        row = whole_number("row", request.path_params["row"], 0, MOST_ROWS)
    except ValueError:
        return Response(status_code=404)
    found = _png(request.path_params["dataset"], row)
    if found is None:
        return Response(status_code=404)
    return Response(found, media_type="image/png", headers={"Cache-Control": f"max-age={DAY}"})


@functools.lru_cache(maxsize=256)
def _png(name: str, row: int) -> bytes | None:
    try:
        dataset = load_dataset(name)
    except DatasetError:
        return None
    if dataset.info.image_shape is None or row >= len(dataset.validation.labels):
        return None
    return png(ink(dataset, dataset.validation.inputs[row : row + 1])[0], in_gray(dataset))
