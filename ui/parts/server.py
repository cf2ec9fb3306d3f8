"""The server's one engine and one store, which all tabs share, and what a browser may do with them."""

import atexit
import functools
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import streamlit as st
from threadpoolctl import threadpool_limits

from mlp.config import ConfigError
from mlp.engine import Engine
from mlp.limits import VARIABLE, Limits, limits_from
from mlp.search.searches import Searches
from mlp.store import Store, StoreError
from ui.parts.browser import browser_token

# Drawing a page releases Python's lock often, and with Python's default of 5 ms another busy thread keeps it that long
# each time. Learn beside a thread that computes is drawn in 11 ms instead of 39, beside another page in 11 ms instead
# of 12 (medians of 600 and 800, two cores).
SWITCH_SECONDS = 0.0005

PATIENCE_SECONDS = 1.0  # with connections that are still busy when the server is told to end

_to_close = ExitStack()  # the engine before its store, so that runs in training are stored as paused
_closing = threading.Lock()
_ended = threading.Event()


@atexit.register
def _close() -> None:
    with _closing:
        _to_close.close()


@asynccontextmanager
async def lifespan(get_ready: Callable[[], None], _: object) -> AsyncIterator[None]:
    """Close engine and store when the server stops. On SIGTERM, Python's own exit handlers would not run.

    `get_ready` is done in another thread, once the server runs.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ending_soon(signal.getsignal(number)))
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))  # the terminal was closed
    threading.Thread(target=get_ready, name="get-ready", daemon=True).start()
    yield
    _close()
    _ended.set()


def _ending_soon(handler: Any) -> Callable[[int, FrameType | None], None]:
    """Return a handler of signals like uvicorn's own, after which the server ends soon: that one waits for answers."""

    def handle(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=_end_soon, name="end-soon", daemon=True).start()
        handler(number, frame)

    return handle


def _end_soon() -> None:
    if not _ended.wait(PATIENCE_SECONDS):
        _close()
        signal.raise_signal(signal.SIGINT)  # a second Ctrl-C has uvicorn wait for nothing any more


@functools.cache
def limits() -> Limits:
    """Return what one browser, and all of them, may use. Ends the program if MLP_LIMITS makes no sense."""
    try:
        return limits_from(os.environ.get(VARIABLE, ""))
    except ConfigError as error:
        raise SystemExit(f"{VARIABLE}: {error}") from None


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Return the server's one store. Raises StoreError if MLP_STORE names none that can be used."""
    return _to_close.enter_context(closing(Store(limits=limits())))


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """Return the server's one engine. Raises StoreError as `store` does."""
    # The cores are for the workers. The server's own matrix products are small: threads would only wait for each other.
    threadpool_limits(1, user_api="blas")
    sys.setswitchinterval(SWITCH_SECONDS)
    return _to_close.enter_context(closing(Engine(store=store(), limits=limits())))


@st.cache_resource(show_spinner=False)
def searches() -> Searches:
    """Return the server's searches, which use its engine. Raises StoreError as `store` does."""
    return _to_close.enter_context(closing(Searches(engine(), store())))


@st.cache_resource(show_spinner=False)
def scratch() -> Path:
    """Return the folder of what tabs bring and fetch, which goes with the server."""
    return Path(_to_close.enter_context(TemporaryDirectory(prefix="mlp-", ignore_cleanup_errors=True)))


def may_steer(run_id: str) -> bool:
    """Return whether this browser started a run."""
    return store().may_steer(run_id, browser_token())


def latest_run() -> str:
    """Return the id of the run that this browser trained last; empty if there is none, or it can't be read.

    A store that can't be read must not keep a network from training: the live panel says what is wrong.
    """
    opened = store()
    try:
        return opened.latest_run(browser_token())
    except StoreError:
        return ""
