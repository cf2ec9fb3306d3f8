"""The feed tells a live panel how its run stands, each time it asks.

A page that ran Streamlit's script for this five times a second would cost the browser an eighth of a processor, in
which Streamlit looks through everything else on the page.
"""

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.datasets import load_dataset
from ui.live import content, mark
from ui.session import DESKS, Desk


def feed_route() -> Route:
    """Return the feed's place on the server."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return Route(f"/{base}/live/{{token}}" if base else "/live/{token}", feed)


def feed_address(desk: Desk) -> str:
    """Return where a desk's panel asks, as seen from the page."""
    return f"live/{desk.token}"


def feed(request: Request) -> Response:
    """Answer with the panel's content; with 204 where it is still what `seen` marks, 404 where there is no such run.

    Not a coroutine: Starlette runs it in a thread of its own.
    """
    desk = DESKS.get(request.path_params["token"])
    run = desk.run if desk else None
    if not desk or not run:
        return Response(status_code=404)
    view = run.view()
    if request.query_params.get("seen") == mark(view):
        return Response(status_code=204)
    return JSONResponse(content(view, load_dataset(view.config.dataset), desk.options))
