"""The gate lets in only so much from each network address: open pages, and requests, their bytes and their seconds.

One page is one websocket; its session stays in the server's memory for some minutes after the page was closed, in case
it comes back. So it counts until then.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from time import monotonic

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlp.limits import MB, Limits
from mlp.text import counted
from ui.parts.server import limits

UPLOADS = "/_stcore/upload_file/"  # where Streamlit receives files, which it limits by itself
TRY_AGAIN_LATER = 1013  # a websocket's code

PAGES = (
    "{count} of the dashboard were opened from your network address within {minutes}; {most:,.0f} are allowed. "
    "Close some, then reload this page in a few minutes."
)
REQUESTS = "Your network address waits for {count}; {most:,.0f} are allowed at once. Try again in a moment."
BYTES = "This request has more than {most:,.0f} MB, the most allowed. Send less."
SECONDS = "This request took longer than {most:,.0f} seconds, the most allowed. Send less, or by a faster connection."

REFUSED_PAGE = (
    '<!doctype html><html lang="en"><title>MLP</title><meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"><p>{sentence}</p></html>'
)


def gate() -> Middleware:
    """Return the middleware with this server's limits."""
    return Middleware(Gate, limits(), keeps_seconds=st.get_option("server.disconnectedSessionTTL"))


class Gate:
    """Middleware that refuses what is beyond the limits, with a sentence. What was let in before is not disturbed."""

    def __init__(
        self, app: ASGIApp, limits: Limits, keeps_seconds: float, clock: Callable[[], float] = monotonic
    ) -> None:
        """`keeps_seconds` is how long a closed page's session stays."""
        self.app = app
        self._limits, self._keeps_seconds, self._clock = limits, keeps_seconds, clock
        self._open: Counter[str] = Counter()  # pages, by address
        self._closed: dict[str, deque[float]] = {}  # when pages were closed, by address
        self._requests: Counter[str] = Counter()  # by address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through what is within the limits."""
        address = (scope.get("client") or ("",))[0]
        if scope["type"] == "websocket":
            await self._page(address, scope, receive, send)
        elif scope["type"] == "http":
            await self._request(address, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _page(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        if self._pages(address) >= self._limits.pages:
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
            return
        self._open[address] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            _count_down(self._open, address)
            self._closed.setdefault(address, deque()).append(self._clock())

    def _pages(self, address: str) -> int:
        """Return how many pages are open from an address, or were closed just now."""
        oldest = self._clock() - self._keeps_seconds
        for known, closed in list(self._closed.items()):
            while closed and closed[0] < oldest:
                closed.popleft()
            if not closed:
                del self._closed[known]
        return self._open[address] + len(self._closed.get(address, ()))

    async def _request(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        if refusal := self._refusal(address, Headers(scope=scope)):
            await refusal(scope, receive, send)
            return
        self._requests[address] += 1
        body = _Body(scope, receive, self._limits)
        has_begun = False

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, body.receive, send_on)
        except _TooMuch as refused:
            if not has_begun:
                await refused.answer(scope, receive, send)
        finally:
            _count_down(self._requests, address)

    def _refusal(self, address: str, headers: Headers) -> Response | None:
        """Return the answer to a request that is not let in."""
        limits = self._limits
        if self._requests[address] >= limits.requests:
            count = counted(self._requests[address], "answer")
            return _answer(429, REQUESTS.format(count=count, most=limits.requests))
        opens_page = headers.get("accept", "").startswith("text/html")
        if opens_page and (pages := self._pages(address)) >= limits.pages:
            minutes = counted(round(self._keeps_seconds / 60), "minute")
            sentence = PAGES.format(count=counted(pages, "page"), minutes=minutes, most=limits.pages)
            return HTMLResponse(REFUSED_PAGE.format(sentence=sentence), 503)
        return None


class _TooMuch(Exception):
    """A request is too large or too slow; it has the answer."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


class _Body:
    """A request's body as it arrives."""

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        self._receive, self._limits = receive, limits
        self._is_upload = UPLOADS in scope["path"]
        self._bytes, self._is_whole = 0, False
        self._until = asyncio.get_running_loop().time() + limits.seconds

    async def receive(self) -> Message:
        """Return the next part. Raises _TooMuch beyond the limits."""
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise _TooMuch(_answer(408, SECONDS.format(most=self._limits.seconds))) from None
        self._bytes += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        if self._bytes > self._limits.body * MB and not self._is_upload:
            raise _TooMuch(_answer(413, BYTES.format(most=self._limits.body)))
        return message


def _answer(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)


def _count_down(counter: Counter[str], address: str) -> None:
    """Count one less, and forget an address that has none any more."""
    counter[address] -= 1
    if not counter[address]:
        del counter[address]
