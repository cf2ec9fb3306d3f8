"""The feed answers Try it with the network's answer for a changed row, several times a second while somebody drags."""

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.charts.columns import dependence
from mlp.charts.layout import Spec
from mlp.datasets import REGRESSION
from mlp.datasets.dataset import Table
from mlp.datasets.preprocessing import CategoryColumn, Column
from mlp.engine import Status
from mlp.inspection.dependence import Dependence, answers, partial_dependence
from mlp.inspection.regression import as_shown
from mlp.network.layers import Array
from mlp.training import Model
from ui.parts.component import THEMED, packed
from ui.parts.memo import once_per_state
from ui.parts.routes import asked_step, session_body_route
from ui.train.feed import model_at
from ui.train.session import TrainSession

MOST_BYTES = 1_000_000  # of a question: ten thousand changed columns
LARGEST = 3e38  # float32 ends there
NO_ANSWER = "Training diverged here: the weights are NaN or infinite. Choose an earlier step."
NOT_VALID = "This is no row of the data set that is shown. Reload the page."


class WhatIf(NamedTuple):
    """A validation example with some of its values changed."""

    raw: Array  # [columns], as `Preprocessing.transform` takes them
    column: int  # the one that is changed right now, counted from 0


def try_route() -> Route:
    """Return the feed's route."""
    return session_body_route("try", TrainSession, feed, MOST_BYTES)


def feed_address(session: TrainSession, step: int | None) -> str:
    """Return the address that a session's Try it asks, relative to the page; `step` is an earlier step, None is now."""
    return f"try/{session.token}" + ("" if step is None else f"?at={step}")


def feed(session: TrainSession, request: Request, body: bytes) -> Response:
    """Answer with what the network says about a row, and how that depends on one of its columns.

    The body is JSON: the "row" of a validation example, what is "changed" in it, a value by the column's number, and
    the "column" that is changed right now; all counted from 0. 404 without a run, 400 with a sentence if the network
    cannot answer.
    """
    if not session.run:
        return Response(status_code=404)
    view, step = session.run.view(), asked_step(request.query_params)
    model = view.model if step is None else model_at(view.run_id, step)
    running = step is None and view.status is Status.RUNNING
    return JSONResponse(answer(model, body) | {"step": model.state.step, "running": running})


def answer(model: Model, body: bytes) -> dict[str, Any]:
    """Return the answers, probabilities or a number in the target's own unit, and the chart of partial dependence.

    Raises ValueError for a body that is no question, and if the network cannot answer.
    """
    table = model.dataset.table
    if table is None:
        raise ValueError(NOT_VALID)
    asked = read(body, table)
    found = answers(model, table.preprocessing, asked.raw[None])[0]
    if not np.isfinite(found).all():
        raise ValueError(NO_ANSWER)
    info = model.dataset.info
    shown = as_shown(info, found).tolist() if info.task == REGRESSION else [float(f"{share:.5g}") for share in found]
    return {"answers": shown, "chart": packed(_chart(model, table, asked))}


def read(body: bytes, table: Table) -> WhatIf:
    """Return the row that was asked about. Raises ValueError for anything else: a browser may send anything."""
    try:
        sent = json.loads(body)
    except ValueError:
        sent = None
    columns = table.preprocessing.columns
    match sent:
        case {"row": int(row), "changed": dict(changed), "column": int(column)} if 0 <= row < len(
            table.validation
        ) and 0 <= column < len(columns):
            raw = np.array(table.validation[row], np.float64)
            for place, value in changed.items():
                index = int(place) if place.isdecimal() else len(columns)
                if index >= len(columns) or not _fits(columns[index], value):
                    raise ValueError(NOT_VALID)
                raw[index] = math.nan if value is None else value
            return WhatIf(raw, column)
    raise ValueError(NOT_VALID)


def _fits(column: Column, value: object) -> bool:
    """Return whether a column can have a value."""
    if value is None:
        return True
    if not isinstance(value, int | float) or not abs(value) <= LARGEST:
        return False
    return not isinstance(column, CategoryColumn) or value in range(len(column.categories) + column.other)


def _chart(model: Model, table: Table, asked: WhatIf) -> Spec:
    column, here = table.preprocessing.columns[asked.column], float(asked.raw[asked.column])
    names: Mapping[str, Any] = {}
    if isinstance(column, CategoryColumn):
        names = {"categories": choices_of(column)}
        here = min(here, len(column.categories))  # rare values are together
    elif column.is_date:
        names = {"date_of": column.text}
    found = dependence_on(model, asked.column)
    return dependence(found, column.name, model.dataset.info.class_names, here=here, palette=THEMED, **names)


def choices_of(column: CategoryColumn) -> list[str]:
    """Return the values of a column of categories that the network tells apart."""
    return [*column.categories, *(["other"] if column.other else [])]


@once_per_state
def dependence_on(model: Model, column: int) -> Dependence:
    """Return how a network's answer depends on a column, on average over training rows."""
    assert model.dataset.table is not None
    return partial_dependence(model, model.dataset.table.preprocessing, model.dataset.table.train, column)
