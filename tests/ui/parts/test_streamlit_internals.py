"""What is used of Streamlit's private parts is still there."""

from types import SimpleNamespace

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunContext, get_script_run_ctx
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec
from streamlit.testing.v1 import AppTest

from ui.parts import streamlit_internals
from ui.parts.streamlit_internals import (
    HERE,
    answer_each_message_whole,
    forget_upload,
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
    app = AppTest.from_function(page_with_a_button).run()
    app.button[0].click().run()
    assert app.session_state["pressed"] == 1


def test_a_press_is_not_lost_if_the_next_message_arrives_before_its_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_each_message_whole()
    app = AppTest.from_function(page_with_a_button).run()
    read = ScriptCache.get_bytecode
    arriving = [another_message_arrives]

    def read_late(cache: ScriptCache, path: str) -> object:
        while arriving:
            arriving.pop()()
        return read(cache, path)

    monkeypatch.setattr(ScriptCache, "get_bytecode", read_late)
    app.button[0].click().run()
    assert app.session_state["pressed"] == 1


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
