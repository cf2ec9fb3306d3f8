"""Routes are the addresses on the server that components ask directly, without running the page's script."""

from collections.abc import Callable, Mapping

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.store import StoreError
from mlp.text import whole_number
from ui.parts.session import SESSIONS, S

MOST_STEPS = 10**15  # more than any run has


def place(path: str) -> str:
    """Return a route's path below the address at which the dashboard is served, which may not be the host's root."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}{path}" if base else path


def session_of(request: Request, kind: type[S]) -> S | None:
    """Return the session whose token is in a request's path; None if there is none of that kind."""
    session = SESSIONS.get(request.path_params["token"])
    return session if isinstance(session, kind) else None


def session_route(name: str, kind: type[S], answer: Callable[[S, Request], Response]) -> Route:
    """Return the route /name/{token}, at which a panel asks about the session it belongs to.

    404 if there is no such session, 400 with a sentence for a ValueError, 409 with a sentence for a StoreError.
    """

    def feed(request: Request) -> Response:  # not a coroutine, so Starlette runs it in a thread
        session = session_of(request, kind)
        if session is None:
            return Response(status_code=404)
        try:
            return answer(session, request)
        except StoreError as error:
            return JSONResponse({"error": str(error)}, status_code=409)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return Route(place(f"/{name}/{{token}}"), feed)


def asked_step(query: Mapping[str, str]) -> int | None:
    """Return the step that a question is about, `at`; None for now. Raises ValueError with a sentence for nonsense."""
    at = query.get("at", "")
    return None if at == "" else whole_number("at", at, 0, MOST_STEPS)
