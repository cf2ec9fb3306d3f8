"""Connections to a real server: silent and slow ones are closed, too many are refused, and others don't notice."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit.web.server.starlette.starlette_server import _bind_socket, _get_websocket_protocol

from mlp.limits import Limits
from ui.parts import connections
from ui.parts.connections import keep_connections_within_limits

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADE = (
    b"GET /page HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n"
)
TOO_SLOW = "This request took longer than {} seconds, the most allowed. Send less, or by a faster connection."
TOO_MANY = (
    "Your network address has 2 connections to this server, the most allowed. Close some of its pages, then reload."
)
SHORT, LONGER = 0.2, 0.3  # seconds; also a busy machine asks sooner


async def _answer(request: Request) -> PlainTextResponse:
    if request.url.path == "/early":
        return PlainTextResponse("early")
    body = await request.body()
    if request.url.path == "/slow":
        await asyncio.sleep(LONGER)
    return PlainTextResponse(f"{len(body)} bytes")


async def _page(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


APP = Starlette(
    routes=[Route("/{path:path}", _answer, methods=["GET", "POST"]), WebSocketRoute("/page", _page)],
)


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def ask(self, request: bytes = ASK) -> str:
        """Return the body of the answer to a request."""
        self._writer.write(request)
        async with asyncio.timeout(2):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            return (await self._reader.readexactly(int(length[1]) if length else 0)).decode()

    async def last_words(self, drops: bytes = b"") -> str:
        """Return what is said before the connection is closed, while something is sent again and again."""
        dripping = asyncio.create_task(self._drip(drops))
        said = await self.ask(b"")
        dripping.cancel()
        with suppress(ConnectionError):
            assert await self._reader.read() == b""
        return said

    async def _drip(self, drops: bytes) -> None:
        while True:
            self._writer.write(drops)
            await asyncio.sleep(0.01)

    def leave(self) -> None:
        self._writer.transport.abort()

    async def read(self, count: int) -> bytes:
        return await self._reader.readexactly(count)


Connect = Callable[[], Awaitable[Client]]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what tells a story of a server with limits; `proxies` are addresses whose connections are not counted."""
    monkeypatch.setattr(uvicorn.Server, "startup", uvicorn.Server.startup)
    monkeypatch.setattr(connections, "raise_open_files", lambda: None)
    keep_connections_within_limits()

    def tell(story: Callable[[Connect], Awaitable[None]], proxies: str = "", **limits: float) -> None:
        monkeypatch.setattr(connections, "limits", lambda: Limits(**limits))
        config = uvicorn.Config(APP, ws=_get_websocket_protocol(), forwarded_allow_ips=proxies, access_log=False)

        async def all_of_it() -> None:
            async with serving(config) as connect:
                await story(connect)

        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(all_of_it())

    return tell


@asynccontextmanager
async def serving(config: uvicorn.Config) -> AsyncIterator[Connect]:
    """Serve as `streamlit run` does, without the tenths of a second that uvicorn takes to end."""
    server = uvicorn.Server(config)
    listening = _bind_socket("127.0.0.1", 0, 10)
    serves = asyncio.create_task(server.serve(sockets=[listening]))
    opened: list[Client] = []

    async def connect() -> Client:
        opened.append(Client(*await asyncio.open_connection(*listening.getsockname())))
        return opened[-1]

    try:
        await until(lambda: server.started)
        yield connect
    finally:
        for client in opened:
            client.leave()
        await until(lambda: not server.server_state.connections)
        server.servers[0].close()
        serves.cancel()


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not happened():
            await asyncio.sleep(0.001)


def test_a_connection_that_asks_nothing_is_closed(served: Any) -> None:
    async def story(connect: Connect) -> None:
        silent, other = await connect(), await connect()
        assert await other.ask() == "0 bytes"
        assert await silent.last_words() == TOO_SLOW.format("0")

    served(story, headers=SHORT)


def test_headers_that_drip_are_closed_first_ones_and_later_ones(served: Any) -> None:
    async def story(connect: Connect) -> None:
        first = await connect()
        first.send(b"GET / HTTP/1.1\r\n")
        assert await first.last_words(b"a: b\r\n") == TOO_SLOW.format("0")
        later = await connect()
        for _ in range(3):
            assert await later.ask() == "0 bytes"
        later.send(b"GET / HTTP/1.1\r\n")
        assert await later.last_words(b"a: b\r\n") == TOO_SLOW.format("0")

    served(story, headers=SHORT)


@pytest.mark.parametrize("drops", [b"\r\n", b"1"], ids=["empty lines", "a body that nobody reads"])
def test_what_drips_after_an_answer_ends_with_the_requests_time(served: Any, drops: bytes) -> None:
    async def story(connect: Connect) -> None:
        answered = await connect()
        asked = b"GET /" if drops == b"\r\n" else b"POST /early"
        length = b"0" if drops == b"\r\n" else b"1000"
        await answered.ask(asked + b" HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + b"\r\n\r\n")
        assert await answered.last_words(drops) == TOO_SLOW.format("0")

    served(story, seconds=SHORT)


def test_a_slow_answer_a_slow_upload_and_an_open_page_are_not_disturbed(served: Any) -> None:
    async def story(connect: Connect) -> None:
        slow, upload, page = await connect(), await connect(), await connect()
        await page.ask(UPGRADE + b"\r\n")
        upload.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")

        async def trickle() -> str:
            for piece in (b"1", b"2", b"3"):
                upload.send(piece)
                await asyncio.sleep(LONGER / 3)
            return await upload.ask(b"4")

        uploaded, answered = await asyncio.gather(trickle(), slow.ask(ASK.replace(b"/ ", b"/slow ")))
        assert (uploaded, answered) == ("4 bytes", "0 bytes")
        page.send(b"\x81\x82\0\0\0\0hi")  # a text of two letters
        assert await page.read(4) == b"\x81\x02hi"
        for client in (slow, upload):
            assert await client.ask() == "0 bytes"

    served(story, headers=SHORT)


def test_headers_have_so_many_bytes(served: Any) -> None:
    async def story(connect: Connect) -> None:
        large = await connect()
        assert await large.ask(b"GET / HTTP/1.1\r\na: " + b"1" * 60_000 + b"\r\n\r\n") == "0 bytes"
        assert await large.ask(b"POST / HTTP/1.1\r\nContent-Length: 90000\r\n\r\n" + b"1" * 90_000) == "90000 bytes"
        assert await large.ask(b"GET / HTTP/1.1\r\na: " + b"1" * 64_001) == (
            "The address and headers of this request have more than 64 kB, the most allowed. Send less."
        )
        pieces = await connect()
        chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"2\r\nab\r\n" * 20_000 + b"0\r\n"
        assert await pieces.ask(chunked + b"\r\n") == "40000 bytes"
        for _ in range(2):
            assert await pieces.ask(ASK * 2_000) == "0 bytes"
            for _ in range(1_999):
                await pieces.ask(b"")
        pieces.send(chunked + b"a: ")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await pieces.last_words(b"1" * 10_000)  # headers behind a body

    served(story)


def test_an_address_has_so_many_connections_and_a_closed_one_makes_room(served: Any) -> None:
    async def story(connect: Connect) -> None:
        page, other = await connect(), await connect()
        await page.ask(UPGRADE + b"\r\n")
        assert await other.ask() == "0 bytes"
        refused = await connect()
        assert await refused.last_words() == TOO_MANY
        assert await other.ask() == "0 bytes"
        page.leave()
        for _ in range(10):  # until the server has noticed
            await asyncio.sleep(0.002)
        assert await (await connect()).ask() == "0 bytes"
        assert await (await connect()).last_words() == TOO_MANY

    served(story, connections=2)


def test_connections_of_a_proxy_are_not_counted(served: Any) -> None:
    async def story(connect: Connect) -> None:
        for _ in range(3):
            assert await (await connect()).ask() == "0 bytes"

    served(story, proxies="127.0.0.1", connections=1)


def test_a_server_may_have_more_connections_than_a_program_has_files_by_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource = pytest.importorskip("resource")
    allowed: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: allowed.append(limits))
    for soft, hard in ((1024, 2**20), (1024, 4096), (256, resource.RLIM_INFINITY), (100_000, 2**20)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, now=(soft, hard): now)
        connections.raise_open_files()
    assert allowed == [(65_536, 2**20), (4096, 4096), (65_536, resource.RLIM_INFINITY)]
