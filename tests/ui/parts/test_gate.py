"""The gate: each limit of an address is reached, and its sentence read; other addresses don't notice."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from mlp.limits import Limits
from ui.parts.gate import Gate

Say = Callable[[Message], Awaitable[None]]


class Server:
    """An application behind a gate. Pages stay open and answers wait until they are let go."""

    def __init__(self, **limits: float) -> None:
        self.now, self.go = 0.0, asyncio.Event()
        self.gate = Gate(self._answer, Limits(**limits), keeps_seconds=300, clock=lambda: self.now)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await self.go.wait()
            return
        body = await Request(scope, receive).body()
        if scope["path"] == "/slow":
            await self.go.wait()
        await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)

    async def ask(self, path: str = "/", client: str = "10.0.0.1", body: Any = (b"",), page: bool = False) -> Any:
        """Return the status and the body of an answer; of a page's websocket, the messages it got."""
        sent: list[Message] = []
        pieces = list(body)

        async def receive() -> Message:
            if pieces == [None]:  # nothing more comes
                await asyncio.Event().wait()
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"accept", b"text/html,*/*")] if page else []
        kind = "websocket" if path == "/_stcore/stream" else "http"
        scope = {"type": kind, "method": "POST", "path": path, "headers": headers, "client": (client, 1)}
        await self.gate(scope, receive, send)
        if kind == "websocket":
            return sent
        text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
        return sent[0]["status"], json.loads(text)["error"] if text.startswith("{") else text


def run(story: Callable[[], Any]) -> None:
    asyncio.run(story())


def test_an_address_has_so_many_pages_and_closed_ones_count_until_their_sessions_are_gone() -> None:
    async def story() -> None:
        server = Server(pages=2)
        opened = [asyncio.create_task(server.ask("/_stcore/stream")) for _ in range(2)]
        await asyncio.sleep(0)
        status, said = await server.ask(page=True)
        assert status == 503
        assert (
            "2 pages of the dashboard were opened from your network address within 5 minutes; 2 are allowed. "
            "Close some, then reload this page in a few minutes." in said
        )
        assert await server.ask("/_stcore/stream") == [{"type": "websocket.close", "code": 1013}]
        assert (await server.ask())[0] == 200  # what open pages ask is answered
        assert (await server.ask(page=True, client="10.0.0.2"))[0] == 200
        server.go.set()
        for page in opened:
            assert await page == [{"type": "websocket.accept"}]
        assert (await server.ask(page=True))[0] == 503
        server.now = 301.0
        assert (await server.ask(page=True))[0] == 200

    run(story)


def test_an_address_waits_for_so_many_answers() -> None:
    async def story() -> None:
        server = Server(requests=2)
        waiting = [asyncio.create_task(server.ask("/slow")) for _ in range(2)]
        await asyncio.sleep(0)
        assert await server.ask() == (
            429,
            "Your network address waits for 2 answers; 2 are allowed at once. Try again in a moment.",
        )
        assert (await server.ask(client="10.0.0.2"))[0] == 200
        server.go.set()
        assert [await answer for answer in waiting] == [(200, "0 bytes")] * 2
        assert (await server.ask())[0] == 200

    run(story)


@pytest.mark.parametrize("pieces", [[b"1" * 600_000] * 2, [b"1" * 1_000_001]])
def test_a_request_has_so_many_bytes(pieces: list[bytes]) -> None:
    async def story() -> None:
        server = Server(body=1)
        assert await server.ask(body=pieces) == (
            413,
            "This request has more than 1 MB, the most allowed. Send less.",
        )
        assert (await server.ask(body=[b"1" * 500_000] * 2)) == (200, "1000000 bytes")
        assert (await server.ask("/_stcore/upload_file/a/b", body=pieces))[0] == 200  # Streamlit limits those

    run(story)


def test_a_request_must_arrive_in_time() -> None:
    async def story() -> None:
        server = Server(seconds=0.01)
        assert await server.ask(body=[b"1", None]) == (
            408,
            "This request took longer than 0 seconds, the most allowed. Send less, or by a faster connection.",
        )

    run(story)
