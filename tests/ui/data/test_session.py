"""A tab's uploads lie in a temporary folder, and nothing of them is left behind."""

import io
import zipfile

import pytest
import streamlit as st
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from mlp import DatasetError
from mlp.datasets import CLASSIFICATION
from mlp.datasets.own.background import TURNS, ImportProcess
from mlp.datasets.own.plan import Dialect, TablePlan
from mlp.limits import Limits
from ui.data import bring
from ui.data.session import AWAY, DataSession
from ui.parts.notices import plain


@pytest.fixture
def session() -> DataSession:
    return DataSession()


def lying(session: DataSession) -> list[str]:
    return sorted(path.name for path in session.folder.iterdir())


def test_a_file_lies_under_a_name_that_is_not_the_persons(session: DataSession) -> None:
    session.bring([("x'; DROP TABLE..csv", io.BytesIO(b"a,b\n1,2\n"))])
    assert session.upload is not None
    assert (session.upload.name, lying(session)) == ("x'; DROP TABLE..csv", ["upload-1"])
    assert session.upload.path.read_bytes() == b"a,b\n1,2\n"


def test_a_file_does_not_stay_in_streamlits_memory(session: DataSession, monkeypatch: pytest.MonkeyPatch) -> None:
    file = UploadedFile(UploadedFileRec("1", "a.csv", "text/csv", b"a,b"), FileURLs())
    forgotten: list[UploadedFile] = []
    monkeypatch.setattr(bring, "forget_upload", forgotten.append)
    monkeypatch.setattr(st, "session_state", {"drop": [file]})
    bring._receive(session, "drop")
    assert forgotten == [file]
    assert lying(session) == ["upload-1"]


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(files=1), "2 files are too many at once; 1 are allowed. Choose fewer."),
        (Limits(upload=1), "These files have 2 MB; 1 MB are allowed. Choose fewer, or smaller ones."),
    ],
)
def test_what_is_too_much_at_once_is_refused_and_forgotten(
    session: DataSession, monkeypatch: pytest.MonkeyPatch, limits: Limits, sentence: str
) -> None:
    session.bring([("earlier.csv", io.BytesIO(b"a,b"))])
    halves = [UploadedFile(UploadedFileRec(str(half), f"x/{half}", "", bytes(10**6)), FileURLs()) for half in range(2)]
    forgotten: list[UploadedFile] = []
    said: list[str] = []
    monkeypatch.setattr(bring, "forget_upload", forgotten.append)
    monkeypatch.setattr(bring, "limits", lambda: limits)
    monkeypatch.setattr(st, "session_state", {"drop": halves})
    monkeypatch.setattr(st, "toast", lambda text, **_: said.append(text))
    bring._receive(session, "drop")
    assert said == [plain(sentence)]
    assert forgotten == halves
    assert lying(session) == ["upload-1"]  # what was there before stays


def test_a_folder_becomes_one_file_with_the_folders_name(session: DataSession) -> None:
    session.bring([("pets/cats/1.png", io.BytesIO(b"1")), ("pets/dogs/1.png", io.BytesIO(b"2"))])
    assert session.upload is not None
    assert session.upload.name == "pets"
    with zipfile.ZipFile(session.upload.path) as packed:
        assert packed.namelist() == ["pets/cats/1.png", "pets/dogs/1.png"]


def test_a_path_that_leads_out_of_a_folder_is_refused(session: DataSession) -> None:
    with pytest.raises(DatasetError, match="leads out of it"):
        session.bring([("pets/../../cat.png", io.BytesIO(b"1")), ("pets/dog.png", io.BytesIO(b"2"))])
    assert (session.upload, lying(session)) == (None, [])


def test_another_file_takes_the_place_of_the_first_and_of_its_test_set(session: DataSession) -> None:
    session.bring([("a.csv", io.BytesIO(b"1"))])
    session.bring_test("test.csv", io.BytesIO(b"2"))
    assert lying(session) == ["the test set", "upload-1"]
    session.bring([("b.csv", io.BytesIO(b"3"))])
    assert (lying(session), session.test) == (["upload-2"], None)


def test_what_is_rejected_goes_and_the_reason_names_it(session: DataSession) -> None:
    session.bring([("a.csv", io.BytesIO(b"1"))])
    session.reject("This is no table.")
    assert (lying(session), session.problem) == ([], "'a.csv': This is no table.")
    session.bring([("a.csv", io.BytesIO(b"1"))])
    assert session.problem == ""
    session.reject("'a.csv' is empty.")
    assert session.problem == "'a.csv' is empty."


def test_nothing_stays_on_the_disk_of_a_tab_that_is_closed(session: DataSession) -> None:
    session.bring([("a.csv", io.BytesIO(b"1"))])
    assert session.folder.exists()
    session.close()
    assert not session.folder.exists()


def test_the_import_of_a_tab_that_does_not_come_back_is_stopped(session: DataSession) -> None:
    session.bring([("a.csv", io.BytesIO(b"a,b\n1,2\n"))])
    assert session.upload is not None
    with TURNS, TURNS:  # so that it waits
        session.job = ImportProcess(session.upload.path, TablePlan("A", Dialect(), "b", CLASSIFICATION))
        session.leave_alone(29)
        assert not session.job.progress.is_over
        session.leave_alone(31)
    assert session.job.wait(10).error == AWAY
