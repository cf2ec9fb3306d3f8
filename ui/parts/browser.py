"""A browser is identified by a secret in a cookie: only the browser that started a run can control it.

The secret is made when a page is first opened, and kept for a year. Scripts in the page cannot read it.
"""

import re
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlp.store import new_token
from ui.parts.state import Key

COOKIE = "mlp_browser"
COOKIE_SECONDS = 365 * 24 * 3600
TOKEN = re.compile(r"[\w-]{32}")  # as `new_token` makes them


class BrowserCookie:
    """Middleware that gives each browser its secret with the first page it opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; add the cookie to a page for a browser that has none, or an invalid one."""
        if not (scope["type"] == "http" and _opens_page(Headers(scope=scope))):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"{COOKIE}={new_token()}; Max-Age={COOKIE_SECONDS}; Path=/; HttpOnly; SameSite=Lax"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _opens_page(headers: Headers) -> bool:
    """Return whether a browser without a secret asks for a page. Requests made by a page do not prefer HTML."""
    if not headers.get("accept", "").startswith("text/html"):
        return False
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        cookies = SimpleCookie()
    known = COOKIE in cookies and TOKEN.fullmatch(cookies[COOKIE].value)
    return not known


def refuses_cookies() -> bool:
    """Return whether this browser has not kept its secret: that came with the page, before the page's script ran."""
    return not TOKEN.fullmatch(st.context.cookies.get(COOKIE, ""))


def browser_token() -> str:
    """Return this browser's secret; if it refuses cookies, a secret of this tab alone."""
    if refuses_cookies():
        return str(st.session_state.setdefault(Key.BROWSER_TOKEN, new_token()))
    return str(st.context.cookies[COOKIE])
