"""Samples of the lines in a comparison, one at a time, for the table of runs.

Their addresses are short: a screen reader reads them aloud instead of the pictures.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlp.charts import DARK, LIGHT
from mlp.charts.comparison import DASHES
from mlp.charts.layout import color_of
from mlp.comparison.groups import MOST_COMPARED
from mlp.text import whole_number
from ui.parts.routes import place

DAY = 24 * 3600
STROKES = {"solid": "", "dash": "6 3", "dot": "2.5 2.5", "dashdot": "6 3 2.5 3"}  # as Plotly's dashes
SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="34" height="28">'
    '<path d="M5 14h24" stroke="{color}" stroke-width="3" stroke-dasharray="{strokes}"/></svg>'
)


def line_address(index: int, theme: str) -> str:
    """Return the address of the sample of the line at this place in the list, relative to the page."""
    return f"line/{index + 1}/{theme}"


def line_route() -> Route:
    """Return the route of the samples."""
    return Route(place("/line/{number}/{theme}"), line)


def line(request: Request) -> Response:
    """Answer with a short line in its color and dashes as an SVG; 404 if there is none."""
    palette = {"light": LIGHT, "dark": DARK}.get(request.path_params["theme"])
    try:
        index = whole_number("line", request.path_params["number"], 1, MOST_COMPARED) - 1
    except ValueError:
        index = None
    if palette is None or index is None:
        return Response(status_code=404)
    svg = SAMPLE.format(color=color_of(index, palette), strokes=STROKES[DASHES[index % len(DASHES)]])
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": f"max-age={DAY}"})
