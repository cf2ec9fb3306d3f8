"""Every answer says what a page may load and who may show it in a frame; cookies keep to TLS where there is one."""

import asyncio
import re
from contextlib import suppress
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message

import app as server
from ui.parts.browser import COOKIE
from ui.parts.headers import EMBED_IN, METRICS, content_security_policy, safe_headers
from ui.parts.start_page import start_routes
from ui.parts.streamlit_internals import static_files

XSRF = "_streamlit_xsrf"
HEALTH = "/_stcore/health"  # with its answer, Streamlit sends its cookie
SITE = "https://moodle.school.example"


def streamlit(_: object) -> PlainTextResponse:
    """Answer with a cookie as Streamlit does, which does not know about TLS."""
    return PlainTextResponse("anything", headers={"set-cookie": f"{XSRF}=2|a|b; Path=/; SameSite=Lax"})


class Fault(Exception):
    """A defect of the program."""


def fault(_: object) -> PlainTextResponse:
    raise Fault


def answer(path: str, scheme: str = "http") -> tuple[int, Headers]:
    """Return the status and headers with which the server, as its environment is now, answers a new browser."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    routes = [*server.ROUTES, *start_routes(), Route("/fault", fault), Route("/{path:path}", streamlit)]
    served = Starlette(routes=routes, middleware=[safe_headers(), *server.MIDDLEWARE[1:]])
    scope: dict[str, Any] = {"type": "http", "method": "GET", "scheme": scheme, "path": path, "query_string": b""}
    with suppress(Fault):
        asyncio.run(served(scope | {"headers": [(b"accept", b"text/html")]}, receive, send))
    return sent[0]["status"], Headers(raw=sent[0]["headers"])


def cookies(headers: Headers) -> dict[str, set[str]]:
    """Return the attributes of each cookie, by its name."""
    found = [header.split("; ") for header in headers.getlist("set-cookie")]
    return {pair.partition("=")[0]: set(attributes) for pair, *attributes in found}


PATHS = {re.sub(r"{\w+}", "nothing", route.path) for route in [*server.ROUTES, *start_routes()]}


@pytest.mark.parametrize("path", sorted(PATHS | {"/", "/static/js/index.js", "/_stcore/host-config", "/fault"}))
def test_every_route_answers_with_the_headers(path: str) -> None:
    status, headers = answer(path)
    assert (status == 500) == (path == "/fault")
    assert headers["content-security-policy"] == content_security_policy()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_server_uses_them() -> None:
    assert server.MIDDLEWARE[0].cls is safe_headers().cls, "outermost, so that no answer is without them"


def test_streamlits_start_page_has_no_script_that_is_not_named() -> None:
    page = (static_files() / "index.html").read_text()
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page)
    assert inline == ["<script>"] * len(inline)
    assert content_security_policy().count("'sha256-") == len(inline) + 1, "and the line about where the server is"
    assert "unsafe" not in content_security_policy().partition("style-src")[0]
    assert not re.search(r"<[^>]+\son\w+=", page)


def test_nobody_may_show_it_in_a_frame_but_who_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert content_security_policy().endswith("frame-ancestors 'self'")
    monkeypatch.setenv(EMBED_IN, f"{SITE} https://*.college.example:8443")
    _, headers = answer("/")
    policy = headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors 'self' {SITE} https://*.college.example:8443")


@pytest.mark.parametrize("given", ["moodle", "'none'", "*", f"{SITE}/path", f"{SITE};script-src"])
def test_what_is_no_site_keeps_the_server_from_starting(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMBED_IN, given)
    with pytest.raises(SystemExit, match="separated by spaces, such as https"):
        safe_headers()


def test_cookies_are_secure_behind_tls() -> None:
    assert cookies(answer(HEALTH)[1]) == {
        COOKIE: {"Max-Age=31536000", "Path=/", "HttpOnly", "SameSite=Lax"},
        XSRF: {"Path=/", "SameSite=Lax"},
    }
    assert cookies(answer(HEALTH, "https")[1]) == {
        COOKIE: {"Max-Age=31536000", "Path=/", "HttpOnly", "SameSite=Lax", "Secure"},
        XSRF: {"Path=/", "SameSite=Lax", "Secure"},
    }


def test_in_another_sites_frame_cookies_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMBED_IN, SITE)
    assert cookies(answer("/", "https")[1])[COOKIE] == {
        *("Max-Age=31536000", "Path=/", "HttpOnly", "SameSite=None", "Partitioned", "Secure")
    }
    assert "SameSite=Lax" in cookies(answer("/")[1])[COOKIE], "without TLS, browsers refuse the others"


def test_figures_about_the_server_are_for_who_asked_to_show_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/_stcore/metrics", "/lab/_stcore/metrics"):
        assert answer(path)[0] == 404
        monkeypatch.setenv(METRICS, "yes")
        assert answer(path)[0] == 200
        monkeypatch.delenv(METRICS)
