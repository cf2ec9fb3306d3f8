"""The feed answers the drawing canvas with the network's predictions, five times a second while somebody draws."""

from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.datasets.drawing import most_ink, on_paper, prepare, side_of
from mlp.engine import Status
from mlp.inspection.predictions import class_probabilities
from mlp.network.layers import Array
from mlp.store import StoreError
from mlp.training import Model
from ui.parts.levels import text_of
from ui.parts.routes import asked_step, session_body_route
from ui.train.feed import model_at
from ui.train.session import TrainSession

TUNED = "tuned"  # in place of a step
MOST_BYTES = 256 * 256  # of a drawing: one per pixel
NO_ANSWER = "Training diverged here: the weights are NaN or infinite. Choose an earlier step."
TOO_MUCH_INK = (
    "There is more ink here than in any training image, so don't rely on the prediction. Try a thinner brush."
)


def draw_route() -> Route:
    """Return the feed's route."""
    return session_body_route("draw", TrainSession, feed, MOST_BYTES)


def feed_address(session: TrainSession, step: int | None, tuned: bool = False) -> str:
    """Return the address that a session's canvas asks, relative to the page.

    `step` is an earlier step, None is now; `tuned` asks the network that was fine-tuned on drawings.
    """
    at = TUNED if tuned else step
    return f"draw/{session.token}" + ("" if at is None else f"?at={at}")


def feed(session: TrainSession, request: Request, body: bytes) -> Response:
    """Answer with the probabilities for a drawing, and with the drawing as the network sees it.

    The body is a square image, one byte per pixel from 0 (paper) to 255 (ink). 404 without a run, 409 with a sentence
    if the network cannot predict.
    """
    tuned = request.query_params.get("at") == TUNED
    if not session.run or (tuned and session.tuned is None):
        return Response(status_code=404)
    ink, step = ink_of(body), None if tuned else asked_step(request.query_params)
    try:
        return JSONResponse(answer(session, ink, step, session.tuned if tuned else None))
    except ValueError as error:
        return JSONResponse({"error": str(error)}, status_code=409)


def ink_of(body: bytes) -> Array:
    """Return the image that was sent, shape [side, side]. Raises ValueError unless it is square."""
    side = side_of(len(body))
    return np.frombuffer(body, np.uint8).reshape(side, side)


def answer(session: TrainSession, ink: Array, step: int | None, model: Model | None = None) -> dict[str, Any]:
    """Return what the session's network predicts for a drawing: now, at an earlier step, or at a given `model`.

    If others are chosen to answer together with it, that is the mean of their probabilities.
    Raises ValueError if it cannot predict for any drawing, StoreError if that step cannot be loaded.
    """
    run = session.run
    if run is None:
        raise StoreError("The page of this drawing was closed meanwhile.")
    view = run.view()
    if model is None:
        model = view.model if step is None else model_at(view.run_id, step)
    dataset, state = model.dataset, model.state
    picture = prepare(ink, dataset)
    networks = (model, *session.partners.values())
    probabilities = np.mean([class_probabilities(each, picture[None])[0] for each in networks], axis=0)
    if not np.isfinite(probabilities).all():
        raise ValueError(NO_ANSWER)
    shown = np.rint(picture * (255 * dataset.info.scale)).astype(np.uint8)
    return {
        "probabilities": [round(float(share), 4) for share in probabilities] if ink.any() else [],
        "shape": dataset.info.image_shape,
        "picture": text_of(shown),
        "step": state.step,
        "running": step is None and state is view.state and view.status is Status.RUNNING,
        "doubt": TOO_MUCH_INK if not on_paper(dataset) and picture.mean() > most_ink(dataset) else "",
    }
