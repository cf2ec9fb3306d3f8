"""The boundary panel's feed returns what the network currently predicts across the plane."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.run_settings import MOST_HIDDEN_LAYERS, MOST_UNITS
from mlp.text import whole_number
from ui.boundary.curves import curves
from ui.boundary.panel import Unit, content, version
from ui.boundary.session import PlaneSession
from ui.parts.component import packed
from ui.parts.routes import session_route


def boundary_route() -> Route:
    """Return the feed's route."""
    return session_route("plane", PlaneSession, feed)


def feed_address(session: PlaneSession) -> str:
    """Return the address that a session's panel asks, relative to the page."""
    return f"plane/{session.token}"


def feed(session: PlaneSession, request: Request) -> Response:
    """Return the panel's content, and the curves that end at its numbers.

    204 if it is still what `seen` names, or without a run. `unit`, as layer.number, asks for a large map of that unit.
    """
    view = session.view()
    if view is None:
        return Response(status_code=204)  # the page is about to show that there are no points
    unit = _unit(request.query_params.get("unit", ""))
    if request.query_params.get("seen") == version(view, unit):
        return Response(status_code=204)
    shown = content(view, unit)
    return JSONResponse(shown | {"curves": {"charts": packed(curves(view)), "small": True}})


def _unit(text: str) -> Unit | None:
    layer, _, number = text.partition(".")
    try:
        return whole_number("layer", layer, 0, MOST_HIDDEN_LAYERS + 1), whole_number("unit", number, 0, MOST_UNITS)
    except ValueError:
        return None
