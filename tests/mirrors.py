"""Servers on this machine that have the tiny data set, each in its own way."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.tiny_dataset import packed_files

Behavior = Callable[["Request", bytes], None]


class Request(BaseHTTPRequestHandler):
    """One request to a mirror, answered by the next behavior on the mirror's list; by `good` when it is empty."""

    server: "Mirror"

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1].removesuffix(".gz")
        self.server.asked.append(name)
        self.server.paths.append(self.path)
        behave = self.server.behaviors.pop(0) if self.server.behaviors else good
        behave(self, packed_files()[name])

    def answer(self, status: int, length: int | None, content: bytes) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


class Mirror(ThreadingHTTPServer):
    """A server on this machine with the tiny data set in each of its folders."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.behaviors: list[Behavior] = []
        self.asked: list[str] = []
        self.paths: list[str] = []
        self.released = threading.Event()  # what stalling mirrors wait for

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def handle_error(self, *_: object) -> None:
        """Print nothing about clients that have left."""


def good(request: Request, content: bytes) -> None:
    request.answer(200, len(content), content)


@contextmanager
def serve() -> Iterator[Mirror]:
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()
