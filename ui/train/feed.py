"""The feed answers a live panel's requests for the state of its run.

If the page ran Streamlit's script for this five times a second, Streamlit would go through everything else on the page
each time, which takes the browser an eighth of a processor.
"""

import functools

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.engine import RunView, Status
from mlp.training import Model
from ui.parts.answer_times import answer_times
from ui.parts.memo import once_per_state
from ui.parts.routes import asked_step, session_route
from ui.parts.server import store
from ui.parts.view_options import ViewOptions
from ui.train.advice import advice
from ui.train.live import content, kept_step, run_status, version
from ui.train.session import TrainSession


def feed_route() -> Route:
    """Return the feed's route."""
    return session_route("live", TrainSession, feed)


def feed_address(session: TrainSession) -> str:
    """Return the address that a session's panel asks, relative to the page."""
    return f"live/{session.token}"


def feed(session: TrainSession, request: Request) -> Response:
    """Answer with the panel's content; with the parameter `at`, as it was at that step.

    `brief` returns the status only, for a control that waits for it; `rest` leaves out the charts and the first layer,
    and `header` all but the header and the steps. 204 if nothing has changed since the version `seen`, 404 without a
    run. Of a run that another browser has taken, a status that has the panel ask for the page again.
    """
    run = session.run
    if not run:
        return Response(status_code=404)
    if session.is_taken:
        return JSONResponse({"status": {"kind": "taken"}})
    at = asked_step(request.query_params)
    view = run.view()
    if request.query_params.get("brief"):
        return JSONResponse({"status": run_status(view)})
    step = None if at is None else kept_step(view.kept, at)
    if request.query_params.get("seen") == version(view, session.options, step):
        return Response(status_code=204)
    pictures = not request.query_params.get("header")
    charts = pictures and not request.query_params.get("rest")
    trouble = store().trouble_of(run.id)
    if view.status is Status.RUNNING:  # only then does a panel ask again, and hear that it is over
        trouble = trouble or answer_times.sentence
    if step is None:
        about = version(view, session.options), view.kept
        body = _of_now(view, session.options, charts, pictures, advice(run, view), trouble, about)
        return Response(body, media_type="application/json")
    panel = content(view, session.options, model_at(run.id, step), charts, pictures)
    return JSONResponse(panel | {"advice": "", "trouble": trouble})


@once_per_state
def _of_now(
    view: RunView, options: ViewOptions, charts: bool, pictures: bool, advice: str, trouble: str, about: object
) -> bytes:
    """Return a panel's content as JSON, once for all who watch a run: a class may watch its teacher's.

    `about` is what else changes the content: its version, and the steps that are kept.
    """
    panel = content(view, options, None, charts, pictures) | {"advice": advice, "trouble": trouble}
    return bytes(JSONResponse(panel).body)


@functools.lru_cache(maxsize=8)  # states may be large
def model_at(run_id: str, step: int) -> Model:
    """Return a run as it was at a step. That never changes, so the latest ones asked for are cached."""
    return store().model_at(run_id, step)
