"""The start page of each page: Streamlit's own, which also knows where the server is, and may be translated."""

import functools
from pathlib import Path

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from ui.parts.published import published_script
from ui.parts.routes import place
from ui.parts.streamlit_internals import HERE, static_files

# Pages that once had an address of their own, and the page that does their work now.
MOVED = {"compare": "runs", "how": "learn", "inspect": "./?view=mistakes", "race": "runs?race=new"}


def start_routes() -> list[Route]:
    """Return a route for each page, of which the first has the app's own address, and for each that has moved."""
    pages = (Path(__file__).parents[2] / "pages").glob("*.py")
    names = [page.stem for page in sorted(pages) if page.stem != "train"]
    return [
        *(Route(place(f"/{name}"), start_page) for name in ["", *names]),
        *(Route(place(f"/{name}/"), without_slash) for name in names),
        *(Route(place(f"/{old}"), moved) for old in MOVED),
    ]


def without_slash(request: Request) -> RedirectResponse:
    """Lead an address that ends with a slash to the page, also where a proxy has stripped the address's beginning."""
    name = request.url.path.rstrip("/").rpartition("/")[2]
    return RedirectResponse(URL(f"../{name}").replace(query=request.url.query))


def moved(request: Request) -> RedirectResponse:
    """Lead a link with an old address to the right page, which is in the same folder; its query stays."""
    page = URL(MOVED[request.url.path.rpartition("/")[2]])
    query = "&".join(filter(None, [page.query, request.url.query]))
    return RedirectResponse(page.replace(query=query))


def start_page(request: Request) -> HTMLResponse:
    """Answer with the start page, which the browser may keep only as long as it is the latest."""
    return HTMLResponse(html(), headers={"Cache-Control": "no-cache"})


@functools.cache
def html() -> str:
    """Return Streamlit's start page with our scripts in it, before its own."""
    name = published_script(Path(__file__).absolute().with_name("translation.js"))
    ours = f'{HERE}<script type="module" src="./published/{name}"></script>'
    return (static_files() / "index.html").read_text(encoding="utf-8").replace("<head>", f"<head>{ours}", 1)
