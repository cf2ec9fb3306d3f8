"""A browser gets its secret with the first page, and keeps it."""

import asyncio
from http.cookies import SimpleCookie

from starlette.responses import PlainTextResponse
from starlette.types import Message

from ui.parts.browser import COOKIE, TOKEN, BrowserCookie

PAGE = "text/html,application/xhtml+xml"


def told(accept: str, cookie: str = "") -> str:
    """Return the Set-Cookie header of an answer; empty if it has none."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"accept", accept.encode()), (b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    asyncio.run(BrowserCookie(PlainTextResponse("here"))(scope, receive, send))
    return dict(sent[0]["headers"]).get(b"set-cookie", b"").decode()


def test_the_first_page_brings_a_secret_that_stays() -> None:
    header = told(PAGE)
    secret = SimpleCookie(header)[COOKIE]
    assert TOKEN.fullmatch(secret.value)
    assert secret["httponly"]
    assert secret["samesite"] == "Lax"
    assert told(PAGE, f"{COOKIE}={secret.value}") == ""
    assert told(PAGE) != header


def test_what_a_page_fetches_brings_none() -> None:
    assert told("*/*") == ""


def test_a_broken_secret_is_replaced() -> None:
    for broken in (f"{COOKIE}=short", f"{COOKIE}={'A' * 31}!", "nonsense;;=", f"other={'A' * 32}"):
        assert COOKIE in told(PAGE, broken)
