"""The teacher's secret link becomes a cookie, and the class's four letters lead to what the class works on.

A server has a class if the environment gives it the teacher's secret (`mlp.tokens.TEACHER`), as `make class` does.
"""

import hmac
import itertools
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from mlp.tokens import class_code, derived, given_secret
from ui.classroom.school_class import school_class
from ui.parts.browser import COOKIE as BROWSER
from ui.parts.routes import place

COOKIE = "mlp_teacher"
COOKIE_SECONDS = 365 * 24 * 3600
WALL = "class"  # the address of the teacher's page
OPENED = "opened"  # in its address: the secret link has led there
REFUSED = "This is not the teacher's link of this server. Copy it again from the window in which the server started."


def secret() -> str:
    """Return the teacher's secret; empty if this server has no class. Ends the program if it could be guessed."""
    try:
        return given_secret()
    except ValueError as error:
        raise SystemExit(str(error)) from None


def is_teacher(cookies: Mapping[str, str]) -> bool:
    """Return whether a browser with these cookies has opened the teacher's link."""
    return bool(secret()) and _equal(cookies.get(COOKIE, ""), derived(secret(), COOKIE))


def _equal(given: str, wanted: str) -> bool:
    """Compare in a time that does not show how many letters are right."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), wanted.encode())


def teacher_routes() -> list[Route]:
    """Return the routes of the teacher's link and of the class's code; none without a class."""
    if not secret():
        return []
    code = class_code(secret())
    written = map("".join, itertools.product(*zip(code, code.lower(), strict=True)))  # in any case
    codes = [Route(place(f"/{letters}"), join) for letters in written]
    return [Route(place("/teach/{secret}"), teach), *codes]


def teach(request: Request) -> Response:
    """Give the browser with the right link the teacher's cookie, and lead it on, so that no address has the secret."""
    headers = {"Cache-Control": "no-store"}
    if not _equal(request.path_params["secret"], secret()):
        return PlainTextResponse(REFUSED, status_code=403, headers=headers)
    school_class().leave(request.cookies.get(BROWSER, ""))
    answer = RedirectResponse(f"../{WALL}?{OPENED}=yes", status_code=303, headers=headers)
    cookie = derived(secret(), COOKIE)
    answer.set_cookie(COOKIE, cookie, max_age=COOKIE_SECONDS, httponly=True, samesite="lax")  # headers.py adds Secure
    return answer


def join(_: Request) -> Response:
    """Lead a student to the settings that the teacher gave last, or to the first page."""
    given = school_class().given
    page, query = (given.page, urlencode(given.query, doseq=True)) if given and given.has_data else ("", "")
    return RedirectResponse(f"./{page}?{query}" if query else f"./{page}", 303, {"Cache-Control": "no-store"})
