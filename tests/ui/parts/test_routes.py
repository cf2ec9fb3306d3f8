"""Questions of many panels wait for each other, but who has used a control does not wait for them."""

import asyncio
import threading

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ui.parts.routes import session_route
from ui.parts.session import SESSIONS, Session


def test_who_has_used_a_control_is_answered_before_those_who_only_ask_for_news() -> None:
    session, free = Session(), threading.Event()
    SESSIONS[session.token] = session

    def answer(_: Session, request: Request) -> Response:
        if request.query_params.get("seen"):
            free.wait(60)
        return PlainTextResponse("news")

    feed = session_route("busy", Session, answer).endpoint

    def asked(query: str) -> Request:
        return Request({"type": "http", "path_params": {"token": session.token}, "query_string": query.encode()})

    async def crowd() -> None:
        looking = [asyncio.create_task(feed(asked("seen=1"))) for _ in range(10)]
        try:
            for question in ("", "seen=&rest=", "brief=true"):
                answered = await asyncio.wait_for(feed(asked(question)), 30)
                assert answered.body == b"news"
            assert not any(each.done() for each in looking)
        finally:
            free.set()
        await asyncio.gather(*looking)

    asyncio.run(crowd())
