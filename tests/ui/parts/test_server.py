"""What the server adds around Streamlit: start pages without failing requests, and quiet ends of broken connections."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import streamlit as st
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import Message
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_server import _bind_socket
from streamlit.web.server.starlette.starlette_websocket import create_websocket_routes

import app as server
from tests.test_untrusted import open_sessions
from ui.parts.disconnects import Disconnects
from ui.parts.start_page import html, start_page, start_routes
from ui.parts.streamlit_internals import HERE


def test_each_pages_start_page_says_where_the_server_is() -> None:
    started = {route.path for route in start_routes() if route.endpoint is start_page}
    assert started == {"/", "/boundary", "/class", "/data", "/learn", "/runs"}
    before, line, after = html().partition(HERE)
    assert line
    assert "<script" not in before
    assert 'src="./static/js/' in after  # the line names the folder of the page's scripts


def test_start_pages_lie_below_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "/class/"}.__getitem__)
    assert "/class/boundary" in {route.path for route in start_routes()}


@pytest.mark.parametrize("sent", [0, 1], ids=["before the first byte", "in the middle"])
def test_a_body_that_is_cut_off_ends_without_an_error(sent: int) -> None:
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": b"abc", "more_body": True}] * sent
    answers: list[Message] = []

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answers.append(message)

    with open_sessions() as (token, _):
        scope = {"type": "http", "method": "POST", "path": f"/draw/{token}", "query_string": b"", "headers": []}
        served = Starlette(routes=server.ROUTES, middleware=server.MIDDLEWARE)
        asyncio.run(served(scope, receive, send))  # raises what the server would log as a traceback
    assert answers == []


def test_a_page_that_is_gone_when_it_is_written_to_ends_without_an_error() -> None:
    class Leaving(Mock):
        """A runtime whose page is written to after its browser left, and then is found to have sent something."""

        def connect_session(self, client: Any, **more: Any) -> str:
            client.write_forward_msg(ForwardMsg())
            return "session"

    written, messages = (
        asyncio.Event(),
        iter(({"type": "websocket.connect"}, {"type": "websocket.receive", "bytes": b""})),
    )

    async def receive() -> Message:
        message = next(messages)
        if message["type"] == "websocket.receive":
            await written.wait()
        return message

    async def send(message: Message) -> None:
        if message["type"] == "websocket.send":
            written.set()
            raise OSError

    scope = {"type": "websocket", "path": "/_stcore/stream", "query_string": b"", "headers": [(b"host", b"localhost")]}
    runtime = Leaving()
    served = Starlette(routes=create_websocket_routes(runtime, None), middleware=[Middleware(Disconnects)])
    asyncio.run(served(scope, receive, send))
    runtime.disconnect_session.assert_called_once()


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not for Windows")
def test_what_follows_at_once_is_sent_at_once() -> None:
    async def without_delay() -> int:
        """Return whether the server's end of a connection sends without waiting for what may follow."""
        found = asyncio.Future[int]()

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = _bind_socket("127.0.0.1", 0, 1)
        async with await asyncio.start_server(connected, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            writer.close()
            return await found

    config = uvicorn.Config(server.app)
    config.load()
    assert "httptools" in config.http_protocol_class.__module__
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        assert runner.run(without_delay()), "a second question would wait 40 ms for its answer"


def test_what_tabs_have_brought_goes_with_the_server(tmp_path: Path) -> None:
    code = """
import asyncio, os
from ui.parts.server import lifespan, scratch

async def serve():
    async with lifespan(lambda: None, None):
        (scratch() / "upload").write_text("1")

asyncio.run(serve())
os._exit(0)  # as on SIGTERM, which runs no exit handlers
"""
    command, environment = [sys.executable, "-c", code], {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stderr.count("Traceback") == 0
    assert list(tmp_path.iterdir()) == []
