"""The place where a person brings data: files are dropped, a folder is chosen, or rows are pasted."""

import io
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mlp.datasets.own.quota import check_upload
from ui.data.session import PASTED, DataSession
from ui.parts.choice import choose
from ui.parts.notices import in_toast, plain, show_upload_notice
from ui.parts.server import limits
from ui.parts.streamlit_internals import forget_upload

FILE, FOLDER, PASTE = "file", "folder", "paste"
SOURCES = {FILE: "File", FOLDER: "Folder of images", PASTE: "Paste rows"}
WHAT = {
    FILE: "A table (CSV, Excel, Parquet), a ZIP with a folder of images for each class, or arrays (.npz, .npy, IDX).",
    FOLDER: "A folder with a folder of images for each class. Hundreds of images arrive sooner as a ZIP.",
    PASTE: "Select rows in a spreadsheet, with the column names, then copy and paste them here.",
}
DROP = {FILE: "Drop a file here, or choose one", FOLDER: "Drop a folder here, or choose one"}
MOST_PASTED = 1_000_000  # characters


def bring_data(session: DataSession) -> None:
    """Draw the place for a new file; say why the latest could not be used."""
    source = choose("How to bring data", SOURCES, key="data_source")
    if source == PASTE:
        _paste(session)
    else:
        key = f"drop_{source}_{session.count}"  # another uploader once its file is on this tab
        show_upload_notice()
        st.file_uploader(
            DROP[source],
            accept_multiple_files="directory" if source == FOLDER else True,
            key=key,
            on_change=_receive,
            args=(session, key),
        )
    st.caption(WHAT[source])


def _paste(session: DataSession) -> None:
    key = f"pasted_{session.count}"
    st.text_area("Rows from a spreadsheet", height=180, max_chars=MOST_PASTED, key=key, placeholder="width, species …")
    preview = partial(_receive_text, session, key)
    st.button("Preview", icon=":material/visibility:", on_click=preview, key="preview_rows")


def _receive(session: DataSession, key: str) -> None:
    """Move uploaded files from Streamlit's memory to the session."""
    files: list[UploadedFile] = st.session_state[key]
    if not files:
        return
    with in_toast():
        try:
            check_upload([file.size for file in files], limits())
            session.bring([(file.name, file) for file in files])
        finally:
            for file in files:
                forget_upload(file)


def _receive_text(session: DataSession, key: str) -> None:
    text: str = st.session_state[key]
    if text.strip():
        with in_toast():
            session.bring([(PASTED, io.BytesIO(text.encode("utf-8", "replace")))])


def show_problem(session: DataSession) -> None:
    """Say why the latest file, or its import, failed."""
    if session.problem:
        st.error(plain(session.problem), icon=":material/error:")
