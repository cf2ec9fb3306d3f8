"""Routes are the addresses on the server that components ask directly, without running the page's script."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import perf_counter
from typing import TypeVarTuple

import streamlit as st
from anyio import CapacityLimiter, to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.datasets import DatasetError
from mlp.engine import Status
from mlp.store import StoreError
from mlp.text import whole_number
from ui.parts.answer_times import answer_times
from ui.parts.session import SESSIONS, S

Asked = TypeVarTuple("Asked")

# Of a class's questions, one or two are answered at a time. More threads only fight for Python's lock: with the 28 that
# Starlette would use, each waits for all others.
FEED_THREADS = CapacityLimiter(2)
# Who has used a control, or opened a page, does not wait behind those who only ask whether there is news.
ACTION_THREADS = CapacityLimiter(2)

NOTHING_NEW = 204  # HTTP's "No content"
# A class whose runs take turns has news less often than its panels may ask: each question would be answered for nothing
# first, which took a server of forty a fifth of a core.
WAIT_SECONDS = 0.8  # short, since a server that ends waits for its answers

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

    While its run trains, the answer that there is nothing new waits for news. 404 if there is no such session; refusals
    as in `answered`.
    """

    async def feed(request: Request) -> Response:
        session = session_of(request, kind)
        if session is None:
            return Response(status_code=404)
        limiter = FEED_THREADS if request.query_params.get("seen") else ACTION_THREADS

        async def answer_now() -> Response:
            begun = perf_counter()
            response = await to_thread.run_sync(answered, answer, session, request, limiter=limiter)
            answer_times.note(perf_counter() - begun)
            return response

        run = session.live
        if run is None or run.status is not Status.RUNNING or request.query_params.get("at"):
            return await answer_now()
        loop, heard = asyncio.get_running_loop(), asyncio.Event()

        def hear() -> None:
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(heard.set)

        with run.news.heard_by(hear):
            response = await answer_now()
            if response.status_code != NOTHING_NEW:
                return response
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await heard.wait()
            except TimeoutError:
                return response
        return await answer_now()

    return Route(place(f"/{name}/{{token}}"), feed)


def session_body_route(
    name: str, kind: type[S], answer: Callable[[S, Request, bytes], Response], most_bytes: int
) -> Route:
    """Return a route as `session_route` does, to which a panel sends up to `most_bytes`; 413 if it sends more."""

    async def feed(request: Request) -> Response:
        session = session_of(request, kind)
        if session is None:
            return Response(status_code=404)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:  # the rest is not read
                return JSONResponse({"error": f"At most {most_bytes:,} bytes can be sent."}, status_code=413)
        return await run_in_threadpool(answered, answer, session, request, bytes(body))

    return Route(place(f"/{name}/{{token}}"), feed, methods=["POST"])


def answered(answer: Callable[[*Asked], Response], *asked: *Asked) -> Response:
    """Return an answer, or a sentence why there is none: 400 for a ValueError, 409 for data or a run that is gone."""
    try:
        return answer(*asked)
    except (DatasetError, StoreError) as error:
        return JSONResponse({"error": str(error)}, status_code=409)
    except ValueError as error:
        return JSONResponse({"error": str(error)}, status_code=400)


def asked_step(query: Mapping[str, str]) -> int | None:
    """Return the step that a question is about, `at`; None for now. Raises ValueError with a sentence for nonsense."""
    at = query.get("at", "")
    return None if at == "" else whole_number("at", at, 0, MOST_STEPS)
