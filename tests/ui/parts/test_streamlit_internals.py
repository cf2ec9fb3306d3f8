"""What is used of Streamlit's private parts is still there."""

from types import SimpleNamespace

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import ScriptRunContext
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from ui.parts import streamlit_internals
from ui.parts.streamlit_internals import HERE, forget_upload, serve_only_the_app, static_files, table_scripts


def test_streamlit_still_reads_how_it_serves_pages() -> None:
    assert "uses_pages_directory" in vars(PagesManager)
    serve_only_the_app()
    assert PagesManager.uses_pages_directory is False


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
