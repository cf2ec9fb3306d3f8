"""Each network address has a limited number of connections, and each connection must soon ask for something.

The gate (`gate.py`) sees a request once its headers are whole. Before that, a connection costs the server an open file:
a thousand that said nothing, from one laptop, kept a class out for as long as they liked.

This uses undocumented parts of uvicorn 0.54, which has no setting for it: `Server.startup`, which begins to accept
connections; what HttpToolsProtocol calls while a request arrives, its `cycle`, and its set of all connections; and that
the outermost application knows which proxies are trusted. tests/ui/parts/test_connections.py fails once they change.
"""

import asyncio
import sys
from contextlib import suppress
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mlp.limits import Limits
from ui.parts.gate import SECONDS
from ui.parts.server import limits

HEADER_BYTES = 64_000  # uvicorn has no limit with httptools: 48 MB of one header kept it from all others for 2.5 s
PIECE_BYTES = 16  # at most, to say how long a piece of a body is
OPEN_FILES = 65_536  # often 1,024 until a program asks for more

CONNECTIONS = (
    "Your network address has {most:,.0f} connections to this server, the most allowed. "
    "Close some of its pages, then reload."
)
HEADERS = "The address and headers of this request have more than {most:,.0f} kB, the most allowed. Send less."


def keep_connections_within_limits() -> None:
    """Have uvicorn serve each connection as a `Connection`."""
    server: Any = uvicorn.Server
    server.startup = _startup


_startup_by_uvicorn = uvicorn.Server.startup


async def _startup(server: Any, **named: Any) -> None:
    raise_open_files()
    server.config.http_protocol_class = partial(Connection, limits())
    await _startup_by_uvicorn(server, **named)


def raise_open_files() -> None:
    """Let the server have more files open at once, as each connection is one."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with suppress(ValueError, OSError):  # macOS may allow less than it says
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Connection(HttpToolsProtocol):
    """A connection that is closed, with a sentence, if it is one too many, or if its next request takes too long."""

    def __init__(self, limits: Limits, **given: Any) -> None:
        super().__init__(**given)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None  # while something is arriving, and no request is answered
        self._header_bytes = 0  # of what has arrived of a request, what is not its body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Refuse the connection, or wait for its first request."""
        super().connection_made(transport)
        if self._is_one_too_many():
            self._refuse(429, CONNECTIONS.format(most=self._limits.connections))
        else:
            self._wait(self._limits.headers)

    def _is_one_too_many(self) -> bool:
        """Return whether its address has too many. Those of a trusted proxy are of many people, and not counted."""
        proxies: Any = getattr(self.app, "trusted_hosts", ())  # not there if uvicorn was told not to ask for proxies
        if not self.client or self.client[0] in proxies:
            return False
        connections: set[Any] = self.connections  # websockets, too
        same = sum(each.client is not None and each.client[0] == self.client[0] for each in connections)
        return same > self._limits.connections

    def data_received(self, data: bytes) -> None:
        """Have the data parsed: requests, parts of them, or what is left of one that was answered already."""
        if self._timer is None and not self._is_answering():
            self._wait(self._limits.seconds)
        self._header_bytes += len(data)
        super().data_received(data)
        self._header_bytes = max(self._header_bytes, 0)
        if self._header_bytes > HEADER_BYTES and self._is_answering():  # they follow a body, in pieces
            self.transport.abort()
        elif self._header_bytes > HEADER_BYTES:
            self._refuse(431, HEADERS.format(most=HEADER_BYTES / 1000))

    def on_body(self, body: bytes) -> None:
        """Count a part of a body, with what says how long it is, as no header."""
        self._header_bytes -= len(body) + PIECE_BYTES
        super().on_body(body)

    def on_message_begin(self) -> None:
        """Wait for headers."""
        super().on_message_begin()
        self._wait(self._limits.headers)

    def on_headers_complete(self) -> None:
        """Leave the rest to the gate: what a request's body may take, or a page's websocket."""
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Begin to count for the next request."""
        self._header_bytes = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        cycle: Any = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._refuse_late, seconds)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse_late(self, seconds: float) -> None:
        self._timer = None
        if not self._is_answering():  # the request before; after that answer, uvicorn waits for some seconds
            self._refuse(408, SECONDS.format(most=seconds))

    def _refuse(self, status: int, sentence: str) -> None:
        if not self.transport.is_closing():
            head = f"content-type: text/plain\r\ncontent-length: {len(sentence)}\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + head.encode() + sentence.encode())
            self.transport.close()
