"""An import under way is shown with a bar and a button that ends it; once it is done, Train opens with the data."""

import streamlit as st

from mlp.datasets.own.background import ImportProcess
from ui.data.desk import Desk, Upload
from ui.data.sets import use
from ui.parts.notices import plain

LOOK_SECONDS = 0.3


def importing(desk: Desk, upload: Upload, job: ImportProcess) -> None:
    """Draw the import of an upload until it is over."""
    st.markdown(f"#### Importing {plain(upload.name)}")
    _watch(desk, job)


@st.fragment(run_every=LOOK_SECONDS)
def _watch(desk: Desk, job: ImportProcess) -> None:
    progress = job.progress
    if progress.is_over and desk.job is job:
        finish(desk, job)
        if progress.name:
            use(progress.name)
    if desk.job is not job:
        st.rerun()  # the preview is back, with the reason
    st.progress(progress.share, plain(progress.sentence))
    st.button("Cancel", icon=":material/close:", on_click=_cancel, args=(desk, job), key="cancel_import")


def _cancel(desk: Desk, job: ImportProcess) -> None:
    job.cancel()
    desk.job = None


def finish(desk: Desk, job: ImportProcess) -> None:
    """Take an import that is over from the desk; without a data set, its upload stays."""
    desk.job = None
    if job.progress.name:
        desk.clear()
    else:
        desk.problem = job.progress.error
