"""The connections a browser's tab has to its server: at most six, each used again, as browsers do."""

import asyncio
import contextlib
import gzip
from dataclasses import dataclass

CONNECTIONS = 6


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]  # by lowercase name
    body: bytes  # unpacked


class Connections:
    """HTTP GET over a few connections. Answers must have a known length, as all of the dashboard's have."""

    def __init__(self, url: str) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)
        self.cookies: dict[str, str] = {}
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def get(self, path: str, accept: str = "*/*") -> Answer:
        """Return the server's answer. Raises OSError or asyncio.IncompleteReadError if there is none."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {self._host}:{self._port}",
            f"Accept: {accept}",
            "Accept-Encoding: gzip",
        ]
        request = "\r\n".join([*lines, *([f"Cookie: {cookies}"] if cookies else []), "", ""]).encode()
        async with self._turns:
            while self._free:
                with contextlib.suppress(
                    ConnectionError, asyncio.IncompleteReadError
                ):  # closed by the server meanwhile
                    return await self._ask(request, *self._free.pop())
            return await self._ask(request, *await asyncio.open_connection(self._host, self._port))

    async def _ask(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        try:
            writer.write(request)
            answer = await self._read(reader)
        except BaseException:  # also if it is canceled: the rest of the answer is still to come
            writer.close()
            raise
        self._free.append((reader, writer))
        return answer

    async def _read(self, reader: asyncio.StreamReader) -> Answer:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return Answer(int(first.split(" ")[1]), headers, body)

    def close(self) -> None:
        """Close the connections that are not in use."""
        for _, writer in self._free:
            writer.close()
