"""What is used of Streamlit 1.67 that it does not document: why, what it gains, and a test that fails once it changes.

The tests are in tests/ui/parts/test_streamlit_internals.py.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SafeSessionState
from streamlit.runtime.uploaded_file_manager import UploadedFile

# On /boundary, Streamlit's script in the browser can't know whether the whole app is served below /boundary. It asks
# there first, so each load had one round trip more and left two 404s in the console, where the browser tests take an
# error for a failure. It looks no further than this, the folder that the page's own scripts are loaded from. On one
# machine the time is lost in the noise: this is for the console.
HERE = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href }</script>'


def serve_only_the_app() -> None:
    """Have Streamlit never run a page's file alone; for a link to a page it would, until st.navigation has run.

    Without this, the first visitor of a server who comes by a link to /boundary sees "boundary" alone: no toolbar, no
    styles, and a menu of file names, "dashboard" among them.
    """
    PagesManager.uses_pages_directory = False


def answer_each_message_whole() -> None:
    """Have Streamlit run a message's callbacks to their end before it turns to the next message from the browser.

    By itself it stops at the first use of the session state once a later message for the whole page has arrived: before
    the callbacks or halfway through one, and what was pressed is never asked for again. Of 30 presses
    that others followed within 50 ms, 2 were lost (two busy cores); now none.

    And have it draw all that was pressed. A browser sends together what is pressed at almost the same time,
    in the name of the fragment of the first, and Streamlit draws only that one: after Escape and Space, the run trained
    on a page that did not know it.
    """
    state: Any = SafeSessionState
    state.on_script_will_rerun = _whole


_stoppable = SafeSessionState.on_script_will_rerun


def _whole(state: Any, fresh: WidgetStates | None, **named: Any) -> None:
    with uninterrupted():
        _stoppable(state, fresh, **named)
        drawn = _draws_what_was_pressed(state._state._new_widget_state.widget_metadata, fresh)
    if not drawn:
        st.rerun()


def _draws_what_was_pressed(controls: Any, fresh: WidgetStates | None) -> bool:
    """Return whether the fragments that are about to be drawn have all that was pressed."""
    context = get_script_run_ctx()
    drawn = context.fragment_ids_this_run if context else None
    if not drawn or fresh is None:  # the whole page is drawn, or the server asks for it by itself
        return True
    pressed = [
        each.id for each in fresh.widgets if "trigger" in (each.WhichOneof("value") or "") and each.id in controls
    ]
    return all(controls[key].fragment_id in drawn for key in pressed)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Have what the script does here come to its end, also if a later message from the browser arrives meanwhile.

    Private, as `answer_each_message_whole` says: the runner can be stopped only while it executes.
    """
    context: Any = get_script_run_ctx()
    runner = context.session_state._yield_callback.__self__
    runner._execing = False
    try:
        yield
    finally:
        runner._execing = True


def keep_unsent_messages() -> None:
    """Have Streamlit send what earlier runs of the script left to be sent, although a fragment is being rerun.

    By itself it drops what that fragment showed before, but not what fragments inside it showed, and it tells the
    browser that those runs were cut short. A browser that must put an element behind one that it never got leaves the
    page white: 2 of 30 pages on which Train was pressed early while the server was busy, now 0 of 30. And what a run no
    longer shows stays on the page.
    """
    queue: Any = ForwardMsgQueue
    queue.clear = _clear


_clear_by_streamlit = ForwardMsgQueue.clear


def _clear(queue: Any, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None) -> None:
    if fragment_ids_this_run is None:
        _clear_by_streamlit(queue, retain_lifecycle_msgs)
    else:
        queue._delta_index_map.clear()  # so that this run's messages don't take the places of earlier ones


def is_history_navigation() -> bool:
    """Return whether this run of the script follows the browser's back or forward.

    Then the address decides about the settings; otherwise the controls do. Streamlit documents no other way to know:
    without this, back and forward would change the address and nothing on the page.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def table_scripts() -> list[str]:
    """Return the addresses of the scripts that draw a table: 1.2 MB, which a browser fetches with the first table.

    Fetched in advance, they let Runs open in 1.4 instead of 1.9 s (median of 7; 20 Mbit/s, two busy cores).
    """
    root = static_files()
    return [file.relative_to(root).as_posix() for file in root.glob("static/js/DataFrame.*.js")]


def static_files() -> Path:
    """Return the folder of what Streamlit sends to browsers."""
    return Path(st.__file__).parent / "static"


def forget_upload(file: UploadedFile) -> None:
    """Remove an uploaded file from Streamlit's memory, where it would stay as long as its tab is open.

    After a table of 98 MB was dropped, the server is 12 MB larger than before; without this, 104 MB.
    """
    context = get_script_run_ctx()
    if context is not None:
        manager: Any = context.uploaded_file_mgr
        manager.remove_file(context.session_id, file.file_id)
