"""The start page of each page: Streamlit's own, with one line that says where the server is.

On /boundary, Streamlit 1.67's script in the browser can't know whether the whole app is served below /boundary. It asks
/boundary/_stcore/health first, so each load waited for two 404s and left them in the console. It looks no further than
`window.__streamlit.BACKEND_BASE_URL` (read by Streamlit, but not documented), which is set here to the folder that the
page's own scripts are loaded from.
"""

import functools
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from ui.parts.routes import place

HERE = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href }</script>'


def start_routes() -> list[Route]:
    """Return a route for each page but the first, whose address is the app's own."""
    pages = Path(__file__).parents[2] / "pages"
    return [Route(place(f"/{page.stem}"), start_page) for page in sorted(pages.glob("*.py")) if page.stem != "train"]


def start_page(request: Request) -> HTMLResponse:
    """Answer with the start page, which the browser may keep only as long as it is the latest."""
    return HTMLResponse(html(), headers={"Cache-Control": "no-cache"})


@functools.cache
def html() -> str:
    """Return Streamlit's start page with the line in it, before its scripts."""
    return (streamlit_files() / "index.html").read_text(encoding="utf-8").replace("<head>", f"<head>{HERE}", 1)


def streamlit_files() -> Path:
    """Return the folder of what Streamlit sends to browsers."""
    return Path(streamlit.__file__).parent / "static"
