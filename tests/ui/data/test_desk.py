"""What lies on a tab's desk, and that nothing of it is left behind."""

import io
import zipfile
from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from mlp import DatasetError
from ui.data import bring
from ui.data.desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def lying(desk: Desk) -> list[str]:
    return sorted(path.name for path in desk.folder.iterdir())


def test_a_file_lies_under_a_name_that_is_not_the_persons(desk: Desk) -> None:
    desk.bring([("x'; DROP TABLE..csv", io.BytesIO(b"a,b\n1,2\n"))])
    assert desk.upload is not None
    assert (desk.upload.name, lying(desk)) == ("x'; DROP TABLE..csv", ["upload-1"])
    assert desk.upload.path.read_bytes() == b"a,b\n1,2\n"


def test_a_file_does_not_stay_in_streamlits_memory(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    file = UploadedFile(UploadedFileRec("1", "a.csv", "text/csv", b"a,b"), FileURLs())
    forgotten: list[UploadedFile] = []
    monkeypatch.setattr(bring, "forget_upload", forgotten.append)
    monkeypatch.setattr(st, "session_state", {"drop": [file]})
    bring._receive(desk, "drop")
    assert forgotten == [file]
    assert lying(desk) == ["upload-1"]


def test_a_folder_becomes_one_file_with_the_folders_name(desk: Desk) -> None:
    desk.bring([("pets/cats/1.png", io.BytesIO(b"1")), ("pets/dogs/1.png", io.BytesIO(b"2"))])
    assert desk.upload is not None
    assert desk.upload.name == "pets"
    with zipfile.ZipFile(desk.upload.path) as packed:
        assert packed.namelist() == ["pets/cats/1.png", "pets/dogs/1.png"]


def test_a_path_that_leads_out_of_a_folder_is_refused(desk: Desk) -> None:
    with pytest.raises(DatasetError, match="leads out of it"):
        desk.bring([("pets/../../cat.png", io.BytesIO(b"1")), ("pets/dog.png", io.BytesIO(b"2"))])
    assert (desk.upload, lying(desk)) == (None, [])


def test_another_file_takes_the_place_of_the_first_and_of_its_test_set(desk: Desk) -> None:
    desk.bring([("a.csv", io.BytesIO(b"1"))])
    desk.bring_test("test.csv", io.BytesIO(b"2"))
    assert lying(desk) == ["the test set", "upload-1"]
    desk.bring([("b.csv", io.BytesIO(b"3"))])
    assert (lying(desk), desk.test) == (["upload-2"], None)


def test_what_is_rejected_goes_and_the_reason_names_it(desk: Desk) -> None:
    desk.bring([("a.csv", io.BytesIO(b"1"))])
    desk.reject("This is no table.")
    assert (lying(desk), desk.problem) == ([], "'a.csv': This is no table.")
    desk.bring([("a.csv", io.BytesIO(b"1"))])
    assert desk.problem == ""
    desk.reject("'a.csv' is empty.")
    assert desk.problem == "'a.csv' is empty."


def test_nothing_stays_on_the_disk_of_a_tab_that_is_closed(desk: Desk) -> None:
    desk.bring([("a.csv", io.BytesIO(b"1"))])
    desk.close()
    assert not desk.folder.exists()
