"""Projection: the validation examples as the last hidden layer sees them, by PCA, or by t-SNE in a worker."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from mlp.charts.projections import projection as projection_chart
from mlp.charts.projections import projection_of_numbers
from mlp.datasets import REGRESSION
from mlp.engine.pool import is_lost_worker
from mlp.inspection.projection import METHODS, project
from mlp.inspection.regression import in_own_unit
from mlp.network.layers import Array
from mlp.training import Model
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED
from ui.parts.computed import when_computed
from ui.parts.memo import once_per_state
from ui.parts.picture_feed import picture_address
from ui.parts.server import engine
from ui.parts.session import Session
from ui.parts.state import Key
from ui.train.inspected import Inspected, predictions_for

T = TypeVar("T")

AT_ONCE = "pca"  # takes 20 ms; a worker would first finish its training quantum

Projected = Future[tuple[Array, Array]]


@once_per_state
def _projections(model: Model) -> dict[tuple[str, int], Projected]:
    """Return where the projections of a network are kept once they have begun, by method and dimensions."""
    return {}


def projection(session: Session, inspected: Inspected) -> None:
    """Show the examples in two or three dimensions. While a network trains, its state at the first look is kept."""
    with st.container(horizontal=True, vertical_alignment="center"):
        method = choose("Method", METHODS, key="project_by")
        dimensions = choose("Dimensions", {2: "2-D", 3: "3-D"}, key="project_to")
        if inspected.moving:
            inspected = _held(session, inspected)
            st.button("Refresh", icon=":material/refresh:", on_click=lambda: st.session_state.pop(Key.PROJECTED))
    begun = partial(_begun, inspected, method, dimensions)
    when_computed(METHODS[method], begun, partial(_show, inspected, method, dimensions))


def _held(session: Session, inspected: Inspected) -> Inspected:
    """Return the network as this tab saw it first, until Refresh is pressed or another run is chosen."""
    run_id = session.run.id if session.run else ""
    held: tuple[str, Inspected] | None = st.session_state.get(Key.PROJECTED)
    if held is None or held[0] != run_id:
        held = st.session_state[Key.PROJECTED] = run_id, inspected
    return held[1]


def _begun(inspected: Inspected, method: str, dimensions: int) -> Projected:
    """Return the projection; ask a worker for it if nobody has yet, or if that worker died."""
    known = _projections(inspected.model)
    future = known.get((method, dimensions))
    if future is None or _is_lost(future):
        compute = _at_once if method == AT_ONCE else engine().compute
        future = known[method, dimensions] = compute(project, inspected.model, method, dimensions)
    return future


def _is_lost(future: Projected) -> bool:
    error = future.exception() if future.done() else None
    return error is not None and is_lost_worker(error)


def _at_once(function: Callable[..., T], *arguments: Any) -> Future[T]:
    """Compute what is not worth sending to a worker."""
    future: Future[T] = Future()
    try:
        future.set_result(function(*arguments))
    except ValueError as error:
        future.set_exception(error)
    return future


def _show(inspected: Inspected, method: str, dimensions: int, projected: tuple[Array, Array]) -> None:
    rows, places = projected
    model, info = inspected.model, inspected.model.dataset.info
    title = f"{METHODS[method]} of the {'last hidden layer' if model.config.hidden else 'inputs'}"
    if info.task == REGRESSION:
        numbers = in_own_unit(info, model.dataset.validation.labels[rows])
        chart = projection_of_numbers(title, places, rows, numbers, info.class_names[0], palette=THEMED)
    else:
        predictions = predictions_for(model, "validation")
        chart = projection_chart(
            title,
            places,
            rows,
            predictions.labels[rows],
            predictions.classes[rows],
            info.class_names,
            pictures=picture_address(info.name) if info.kind == "images" else "",
            palette=THEMED,
        )
    board({f"projection{dimensions}": chart}, key=f"projection {method} {dimensions}")
