"""An import under way is shown with a bar and a button that ends it; once it is done, Train opens with the data."""

import streamlit as st

from mlp.datasets.own.background import ImportProcess
from ui.data.session import DataSession, Upload
from ui.data.sets import use
from ui.parts.imported import note_import
from ui.parts.notices import plain

LOOK_SECONDS = 0.3


def importing(session: DataSession, upload: Upload, job: ImportProcess) -> None:
    """Draw the import of an upload until it is over.

    Not as a fragment that is drawn again and again: the browser's late request for it, sent on this page, would clear
    the Train page.
    """
    st.markdown(f"#### Importing {plain(upload.name)}")
    bar = st.progress(0.0)
    st.button("Cancel", icon=":material/close:", on_click=_cancel, args=(session, job), key="cancel_import")
    while not (progress := job.wait(LOOK_SECONDS)).is_over:
        bar.progress(progress.share, plain(progress.sentence))  # here the script gives way to a click
    finish(session, job)
    if progress.name:
        use(progress.name)
    st.rerun()  # the preview is back, with the reason


def _cancel(session: DataSession, job: ImportProcess) -> None:
    job.cancel()
    session.job = None


def finish(session: DataSession, job: ImportProcess) -> None:
    """Forget an import that is over; without a data set, its upload stays."""
    session.job = None
    if job.progress.name:
        note_import(job.progress.name)
        session.clear()
    else:
        session.problem = job.progress.error
