"""What is computed of a run's network, once: by a worker unless it is quick, and of one state while the run trains."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import streamlit as st

from mlp.training import Model
from ui.parts.computed import is_lost
from ui.parts.memo import once_per_state
from ui.parts.server import engine
from ui.parts.session import Session
from ui.parts.state import Key
from ui.train.inspected import Inspected

T = TypeVar("T")


@once_per_state
def _begun(model: Model) -> dict[tuple[object, ...], Future[Any]]:
    """Return what has begun of a network, by function and arguments."""
    return {}


def pinned(session: Session, inspected: Inspected) -> Inspected:
    """Return the network; of a run that trains, as the view saw it when it was opened, until Refresh is pressed."""
    if not inspected.moving:
        st.session_state.pop(Key.PINNED, None)
        return inspected
    run_id = session.run.id if session.run else ""
    first: tuple[str, Inspected] | None = st.session_state.get(Key.PINNED)
    if first is None or first[0] != run_id:
        first = st.session_state[Key.PINNED] = run_id, inspected
    st.button("Refresh", icon=":material/refresh:", on_click=lambda: st.session_state.pop(Key.PINNED, None))
    return first[1]


def computed(function: Callable[..., T], model: Model, *arguments: Any, at_once: bool = False) -> Future[T]:
    """Return function(model, *arguments); ask a worker for it if nobody has yet, or if that worker died.

    What takes less time than to reach a worker is computed `at_once`.
    """
    known = _begun(model)
    future: Future[T] | None = known.get((function, *arguments))
    if future is None or is_lost(future):
        compute = _at_once if at_once else engine().compute
        future = known[function, *arguments] = compute(function, model, *arguments)
    return future


def _at_once(function: Callable[..., T], *arguments: Any) -> Future[T]:
    future: Future[T] = Future()
    try:
        future.set_result(function(*arguments))
    except ValueError as error:
        future.set_exception(error)
    return future
