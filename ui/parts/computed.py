"""What a process computes for a page: a notice while it does, then the result, or why there is none."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import streamlit as st

from mlp.engine.pool import describe_loss, is_lost_worker
from ui.parts.dialogs import redraw_page

T = TypeVar("T")

LOOK_SECONDS = 0.5  # between looks whether a result is there


def when_computed(
    what: str,
    begun: Callable[[], Future[T]],
    show: Callable[[T], None],
    share: Callable[[], float] | None = None,
    redraw: Callable[[], None] = redraw_page,
) -> None:
    """Show a result once it is there. `begun` returns the computation, and is asked at every look.

    A bar shows how far it is if `share` returns that, from 0 to 1. Once it is there, `redraw` has the page drawn, which
    looks for it no more.
    """
    waits = not begun().done()
    st.fragment(_look, run_every=LOOK_SECONDS if waits else None)(what, begun, show, share, redraw if waits else None)


def _look(
    what: str,
    begun: Callable[[], Future[T]],
    show: Callable[[T], None],
    share: Callable[[], float] | None,
    redraw: Callable[[], None] | None,
) -> None:
    future = begun()
    if not future.done():
        if share is None:
            st.info(f"Computing {what} …", icon=":material/hourglass_top:")
        else:
            st.progress(share(), f"Computing {what} …")
        return
    if redraw:
        redraw()  # no need to look for it twice a second any more
    error = future.exception()
    if error is not None:
        show_error(what, error)
    else:
        show(future.result())


def is_lost(future: Future[Any]) -> bool:
    """Return whether its worker died: asking again may help."""
    error = future.exception() if future.done() else None
    return error is not None and is_lost_worker(error)


def show_error(what: str, error: BaseException) -> None:
    """Say why there is no result. Raises an error that is not meant for a person."""
    if is_lost_worker(error):
        st.error(f"{describe_loss(error)} while computing {what}. Please try again.", icon=":material/error:")
    elif isinstance(error, OSError):
        st.error(
            f"On the server, {what} can't be written: {error.strerror}. Make room on its disk, then try again.",
            icon=":material/error:",
        )
    elif isinstance(error, ValueError):
        st.error(str(error), icon=":material/error:")
    else:
        raise error
