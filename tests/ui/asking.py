"""Asks the server's own routes as a browser does."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

from starlette.routing import BaseRoute, Router

import app as server
from ui.parts.browser import COOKIE
from ui.parts.published import StreamlitsOwn

PIECE = 4096  # bytes of a body that arrive at once


class Answer(NamedTuple):
    """What the server answers."""

    status: int
    body: bytes
    headers: dict[str, str]  # by their names in lower case

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    address: str,
    body: bytes | None = None,
    token: str = "",
    *,
    cookie: str = "",
    packed: bool = False,
    routes: Sequence[BaseRoute] = server.ROUTES,
) -> Answer:
    """Ask with GET, or with POST if there is a body, as the browser with this token, or with this cookie.

    `packed`: gzip is accepted.

    What the route raises is passed on.
    """
    cookie = f"{COOKIE}={token}" if token else cookie
    path, _, query = address.partition("?")
    pieces = [(body or b"")[start : start + PIECE] for start in range(0, len(body or b""), PIECE)] or [b""]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not pieces:
            await asyncio.Event().wait()  # the browser stays
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET" if body is None else "POST",
        "path": unquote(f"/{path}"),
        "raw_path": f"/{path}".encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            *([(b"cookie", cookie.encode())] if cookie else []),
            *([(b"accept-encoding", b"gzip, deflate")] if packed else []),
        ],
    }
    asyncio.run(StreamlitsOwn(Router(routes))(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]), headers)
