"""The feed tells a live panel how its run stands, each time it asks.

A page that ran Streamlit's script for this five times a second would cost the browser an eighth of a processor, in
which Streamlit looks through everything else on the page.
"""

import functools
from bisect import bisect_right

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.datasets import load_dataset
from mlp.engine import Moment
from mlp.store import StoreError
from ui.live import content, mark, standing
from ui.routes import asked_step, place
from ui.session import DESKS, Desk, engine, store


def feed_route() -> Route:
    """Return the feed's place on the server."""
    return Route(place("/live/{token}"), feed)


def feed_address(desk: Desk) -> str:
    """Return where a desk's panel asks, as seen from the page."""
    return f"live/{desk.token}"


def feed(request: Request) -> Response:
    """Answer with the panel's content, where `at` is a step with the run as it was then.

    Only with how the run stands where that is all that is asked for, `brief`: who moves a slider waits for it. Without
    charts where those `rest`. With 204 where it is still what `seen` marks, 404 where there is no such run, 409 and a
    sentence where that moment can't be had. Not a coroutine: Starlette runs it in a thread of its own.
    """
    desk = DESKS.get(request.path_params["token"])
    run = desk.run if desk else None
    if not desk or not run:
        return Response(status_code=404)
    try:
        at = asked_step(request.query_params)
        view = run.view()
        if request.query_params.get("brief"):
            return JSONResponse({"status": standing(view, load_dataset(view.config.dataset))})
        step = None if at is None else _kept_step(view.kept, at)
        if request.query_params.get("seen") == mark(view, desk.options, step):
            return Response(status_code=204)
        moment = None if step is None else moment_of(run.id, step)
    except StoreError as error:
        return JSONResponse({"error": str(error)}, status_code=409)
    except ValueError as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    charts = not request.query_params.get("rest")
    panel = content(view, load_dataset(view.config.dataset), desk.options, moment, charts)
    return JSONResponse(panel | {"trouble": store().trouble})


def _kept_step(kept: tuple[int, ...], step: int) -> int:
    """Return the last step that is kept and not after this one."""
    return kept[max(bisect_right(kept, step) - 1, 0)] if kept else 0


@functools.lru_cache(maxsize=8)  # states may be large
def moment_of(run_id: str, step: int) -> Moment:
    """Return a run as it was. What was kept at a step never changes, so a moment that is looked at stays at hand."""
    return engine().moment(run_id, step)
