"""Each answer tells the browser what a page may load, and who may show it in a frame; behind TLS, cookies need TLS.

Scripts come from this server alone, or are those that Streamlit's own page contains, known by their hashes. Streamlit
gives components their scripts as `blob:`, and writes styles into the page; more is not allowed.
"""

import base64
import hashlib
import os
import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.parts.start_page import html

EMBED_IN = "MLP_EMBED_IN"  # sites that may show the dashboard in a frame, such as a learning platform
METRICS = "MLP_METRICS"  # "yes": everyone who asks is shown Streamlit's figures about the server
METRICS_PATH = "/_stcore/metrics"
SITE = re.compile(r"https?://(\*\.)?[\w.-]+(:\d+)?")
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def safe_headers() -> Middleware:
    """Return the middleware as the environment asks for it. Ends the program if MLP_EMBED_IN names no sites."""
    sites = os.environ.get(EMBED_IN, "").split()
    for site in sites:
        if not SITE.fullmatch(site):
            raise SystemExit(
                f"{EMBED_IN} names the sites that may show the dashboard in a frame, separated by spaces, such as "
                f"https://moodle.school.example. It can't be {site!r}."
            )
    return Middleware(SafeHeaders, sites, shows_metrics=os.environ.get(METRICS, "") == "yes")


class SafeHeaders:
    """Middleware that gives every answer its headers, and every cookie what TLS and frames ask of it."""

    def __init__(self, app: ASGIApp, sites: Sequence[str] = (), shows_metrics: bool = False) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(sites),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",  # addresses name runs, and may hand one over
        }
        self._is_embedded = bool(sites)
        self._shows_metrics = shows_metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, with the headers; 404 for figures about the server that nobody asked to show.

        A fault is answered here, too, and passed on to be logged: what is around this would answer without headers.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                if scope["scheme"] == "https":
                    cookies = [self._over_tls(cookie) for cookie in headers.getlist("set-cookie")]
                    del headers["set-cookie"]
                    for cookie in cookies:
                        headers.append("set-cookie", cookie)
            await send(message)

        hidden = scope["path"].endswith(METRICS_PATH) and not self._shows_metrics
        try:
            await (Response(status_code=404) if hidden else self.app)(scope, receive, send_with_headers)
        except Exception:
            if not has_begun:
                fault = PlainTextResponse("Something went wrong. The server's log says what.", 500)
                await fault(scope, receive, send_with_headers)
            raise

    def _over_tls(self, cookie: str) -> str:
        """Return a Set-Cookie header for TLS. In another site's frame, browsers keep only cookies marked for it."""
        if self._is_embedded:
            cookie = re.sub(r"; *SameSite=\w+", "", cookie, flags=re.IGNORECASE) + "; SameSite=None; Partitioned"
        return cookie if re.search(r"; *Secure\b", cookie, re.IGNORECASE) else f"{cookie}; Secure"


def content_security_policy(sites: Sequence[str] = ()) -> str:
    """Return what pages may load, and which sites besides this server may show them in a frame."""
    scripts = " ".join(f"'sha256-{_sha256(script)}'" for script in INLINE_SCRIPT.findall(html()))
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' blob: {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "font-src 'self' data:",
            "img-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            " ".join(["frame-ancestors 'self'", *sites]),
        ]
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
