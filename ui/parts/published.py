"""Scripts and styles of ui/ are published: the browser fetches each once, by a name that changes with its text.

They are served from memory, so the program's own folder may be read-only.
"""

import hashlib
import re
from pathlib import Path

from plotly.offline import get_plotlyjs, get_plotlyjs_version
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.parts.routes import place

UI = Path(__file__).absolute().parents[1]
SHARED = UI / "parts/plots.css"  # the style that all share: the colors of their charts

MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
FOREVER = "public, max-age=31536000, immutable"  # another text has another address

_texts: dict[str, str] = {}  # by the name without what changes


def published_route() -> Route:
    """Return the route at which browsers fetch what is published."""
    return Route(place("/published/{name}"), published)


def published(request: Request) -> Response:
    """Answer with a script or a style; 404 if no page has published it."""
    name = request.path_params["name"]
    if name not in _texts:
        return Response(status_code=404)
    return Response(_texts[name], media_type=MEDIA_TYPES[Path(name).suffix], headers={"Cache-Control": FOREVER})


def published_plotly() -> str:
    """Publish Plotly's script; return its name."""
    name = f"plotly-{get_plotlyjs_version()}.min.js"
    if name not in _texts:
        _texts[name] = get_plotlyjs()
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
    _texts[name] = text
    return f"{name}?{hashlib.sha256(text.encode()).hexdigest()[:12]}"
