"""A browser that leaves in the middle of sending a drawing or a file is no error: there is nobody left to answer."""

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send


class Disconnects:
    """Middleware that ends a request quietly whose sender has gone; the server would log a traceback for each."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through, but for the news that nobody is there any more."""
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:
            return
