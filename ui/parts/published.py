"""Scripts and styles, ours and Streamlit's: a browser fetches each once, by a name that changes with its text.

They are served from memory, so the program's own folder may be read-only, and compressed once for all browsers.
Streamlit reads its scripts from the disk for each browser, and sends them as they are: of a class of forty, each would
get 6 MB, not 2, and the server would take twice the time.
"""

import functools
import gzip
import hashlib
import re
from pathlib import Path

from plotly.offline import get_plotlyjs, get_plotlyjs_version
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.parts.routes import place
from ui.parts.streamlit_internals import static_files

UI = Path(__file__).absolute().parents[1]
SHARED = UI / "parts/plots.css"  # the style that all share: the colors of their charts

MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
FOREVER = "public, max-age=31536000, immutable"  # another text has another address

_texts: dict[str, bytes] = {}  # by the name without what changes


def published_route() -> Route:
    """Return the route at which browsers fetch what is published."""
    return Route(place("/published/{name}"), published)


def published(request: Request) -> Response:
    """Answer with a script or a style; 404 if no page has published it."""
    name = request.path_params["name"]
    if name not in _texts:
        return Response(status_code=404)
    return _answer(request, name, _texts[name])


class StreamlitsOwn:
    """Middleware that answers with Streamlit's scripts and styles. It allows no route of others at their addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer if a script or a style is asked for; pass everything else through."""
        file = _streamlits_own().get(scope["path"]) if scope["type"] == "http" else None
        answer = self.app if file is None else _answer(Request(scope), file.name, _content(file))
        await answer(scope, receive, send)


def _answer(request: Request, name: str, content: bytes) -> Response:
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = _compressed(content), "gzip"
    return Response(content, media_type=MEDIA_TYPES[Path(name).suffix], headers=headers)


@functools.cache
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content)


@functools.cache
def _streamlits_own() -> dict[str, Path]:
    """Return Streamlit's scripts and styles by address; a part of their names changes with the text."""
    folder = static_files()
    files = [file for kind in MEDIA_TYPES for file in folder.glob(f"static/*/*{kind}")]
    return {place(f"/{file.relative_to(folder).as_posix()}"): file for file in files}


@functools.cache
def _content(file: Path) -> bytes:
    return file.read_bytes()


def compress_largest() -> None:
    """Compress Plotly's script, and those of Streamlit's that every page begins with."""
    _compressed(_texts[published_plotly()])
    first = (static_files() / "index.html").read_text(encoding="utf-8")
    for file in _streamlits_own().values():
        if f"/{file.name}" in first:
            _compressed(_content(file))


def published_plotly() -> str:
    """Publish Plotly's script; return its name."""
    name = f"plotly-{get_plotlyjs_version()}.min.js"
    if name not in _texts:
        _texts[name] = get_plotlyjs().encode()
    return name


def published_script(file: Path) -> str:
    """Publish a script, and those that it imports by a relative path; return its name."""
    script = re.sub(
        r'"(\.\.?/[\w/]+\.js)"',
        lambda found: f'"./{published_script((file.parent / found[1]).resolve())}"',
        file.read_text(encoding="utf-8"),
    )
    return _publish(file, script)


def published_style(file: Path) -> str:
    """Publish a style after the one that all share; return its name, "" if there is no such style."""
    return _publish(file, SHARED.read_text("utf-8") + file.read_text("utf-8")) if file.exists() else ""


def _publish(file: Path, text: str) -> str:
    """Keep the text of a file of ui/; return its name, which changes with the text."""
    name = "-".join(file.relative_to(UI).parts)
    _texts[name] = text.encode()
    return f"{name}?{hashlib.sha256(_texts[name]).hexdigest()[:12]}"
