"""What is used of Streamlit's private parts is still there."""

from types import SimpleNamespace

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunContext, get_script_run_ctx
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from tests.ui.scripts import app_of
from ui.parts import streamlit_internals
from ui.parts.streamlit_internals import (
    HERE,
    answer_each_message_whole,
    forget_upload,
    keep_unsent_messages,
    serve_only_the_app,
    static_files,
    table_scripts,
)


def test_streamlit_still_reads_how_it_serves_pages() -> None:
    assert "uses_pages_directory" in vars(PagesManager)
    serve_only_the_app()
    assert PagesManager.uses_pages_directory is False


def page_with_a_button() -> None:
    """In its callback, the browser's next message arrives."""
    import streamlit as st

    from tests.ui.parts.test_streamlit_internals import another_message_arrives

    def press() -> None:
        another_message_arrives()
        st.session_state["pressed"] = st.session_state.get("pressed", 0) + 1

    st.button("Press", on_click=press)


def another_message_arrives() -> None:
    context = get_script_run_ctx()
    assert context is not None
    assert context.script_requests is not None
    context.script_requests.request_rerun(RerunData())


def test_a_callback_is_not_stopped_halfway_by_the_next_message() -> None:
    answer_each_message_whole()
    app = app_of(page_with_a_button).run()
    app.button[0].click().run()
    assert app.session_state["pressed"] == 1


def test_a_press_is_not_lost_if_the_next_message_arrives_before_its_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_each_message_whole()
    app = app_of(page_with_a_button).run()
    read = ScriptCache.get_bytecode
    arriving = [another_message_arrives]

    def read_late(cache: ScriptCache, path: str) -> object:
        while arriving:
            arriving.pop()()
        return read(cache, path)

    monkeypatch.setattr(ScriptCache, "get_bytecode", read_late)
    app.button[0].click().run()
    assert app.session_state["pressed"] == 1


def shown(fragment: str, *place: int) -> ForwardMsg:
    """What tells the browser to show a text at a place of the page."""
    message = ForwardMsg()
    message.metadata.delta_path.extend(place)
    message.delta.fragment_id = fragment
    message.delta.new_element.text.body = f"{fragment} at {place}"
    return message


def finished(status: ForwardMsg.ScriptFinishedStatus.ValueType) -> ForwardMsg:
    message = ForwardMsg()
    message.script_finished = status
    return message


def rerun(queue: ForwardMsgQueue, fragment: str) -> None:
    """What Streamlit does first when it reruns a fragment."""
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[fragment])
    message = ForwardMsg()
    message.new_session.SetInParent()
    queue.enqueue(message)


def a_press_on_a_busy_server() -> list[ForwardMsg]:
    """What is sent if a fragment that contains another is rerun before anything that they showed was sent."""
    queue = ForwardMsgQueue()
    whole = [shown("outer", 0), shown("outer", 1), shown("inner", 2), finished(ForwardMsg.FINISHED_SUCCESSFULLY)]
    for message in whole:
        queue.enqueue(message)
    rerun(queue, "outer")
    for message in whole[:3]:
        queue.enqueue(message)
    return queue.flush()


def test_no_element_is_sent_before_the_one_that_it_follows() -> None:
    keep_unsent_messages()
    sent = [message.metadata.delta_path[0] for message in a_press_on_a_busy_server() if message.HasField("delta")]
    assert sent == [0, 1, 2, 0, 1, 2]


def test_what_a_fragment_shows_is_sent_after_it_began() -> None:
    keep_unsent_messages()
    kinds = [message.WhichOneof("type") for message in a_press_on_a_busy_server()]
    assert kinds == ["delta"] * 3 + ["script_finished", "new_session"] + ["delta"] * 3


def test_the_browser_hears_that_a_view_was_shown_to_its_end() -> None:
    keep_unsent_messages()
    queue = ForwardMsgQueue()
    queue.enqueue(finished(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    rerun(queue, "another")
    assert queue.flush()[0].script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


def test_a_rerun_of_the_whole_page_still_replaces_what_was_not_sent() -> None:
    keep_unsent_messages()
    queue = ForwardMsgQueue()
    queue.enqueue(shown("", 0))
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.is_empty()


def test_streamlit_by_itself_still_drops_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", streamlit_internals._clear_by_streamlit)
    sent = [message.metadata.delta_path[0] for message in a_press_on_a_busy_server() if message.HasField("delta")]
    assert sent[0] == 2, "Streamlit was mended: keep_unsent_messages can go"


def test_streamlit_says_whether_a_page_is_opened_by_back_or_forward() -> None:
    assert "is_history_navigation" in ScriptRunContext.__dataclass_fields__


def test_streamlit_keeps_its_tables_script_where_it_is_looked_for() -> None:
    (script,) = table_scripts()
    assert (static_files() / script).stat().st_size > 100_000


def test_streamlit_still_reads_where_the_server_is() -> None:
    name = "BACKEND_BASE_URL"
    assert name in HERE
    assert any(name in script.read_text() for script in static_files().glob("static/js/index*.js"))


def test_streamlit_can_still_forget_an_uploaded_file(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = MemoryUploadedFileManager("/upload")
    record = UploadedFileRec("file", "a.csv", "text/csv", b"1,2")
    manager.add_file("tab", record)
    context = SimpleNamespace(uploaded_file_mgr=manager, session_id="tab")
    monkeypatch.setattr(streamlit_internals, "get_script_run_ctx", lambda: context)
    forget_upload(UploadedFile(record, FileURLs()))
    assert manager.get_files("tab", ["file"]) == []
    assert "uploaded_file_mgr" in ScriptRunContext.__dataclass_fields__
    assert "session_id" in ScriptRunContext.__dataclass_fields__
