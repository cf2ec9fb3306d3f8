"""A browser gets its secret with the first page, and keeps it; one that refuses it learns what it will lose."""

import asyncio
from http.cookies import SimpleCookie

from starlette.responses import PlainTextResponse
from starlette.types import Message

from tests.ui.scripts import app_of
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


def page() -> None:
    import streamlit as st

    from ui.parts.browser import browser_token
    from ui.parts.notices import show_cookie_notice, show_upload_notice

    show_cookie_notice()
    show_upload_notice()
    st.text(browser_token())


def test_a_browser_that_refuses_cookies_hears_what_it_will_lose_and_has_a_secret_for_one_tab(
    cookies: dict[str, str],
) -> None:
    cookies.clear()
    app = app_of(page).run()
    assert "after a reload, you can only watch your runs" in app.sidebar.caption[0].value
    assert "no file can be uploaded" in app.warning[0].value
    secret = app.text[0].value
    assert TOKEN.fullmatch(secret)
    assert app.run().text[0].value == secret
    assert app_of(page).run().text[0].value != secret


def test_a_browser_that_keeps_its_secret_is_told_nothing(cookies: dict[str, str]) -> None:
    app = app_of(page).run()
    assert (len(app.sidebar.caption), len(app.warning), app.text[0].value) == (0, 0, cookies[COOKIE])
