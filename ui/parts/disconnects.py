"""A browser that leaves is no error, also in the middle of sending or receiving something: no answer is needed."""

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected


class Disconnects:
    """Middleware that ends quietly what was for somebody who has gone; the server would log a traceback for each."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, but for the news that nobody is there any more.

        Of a page whose connection broke while it was written to, Streamlit takes that news for a text frame.
        """
        try:
            await self.app(scope, receive, send)
        except (ClientDisconnect, WebSocketDisconnected):
            return
