"""An import under way is shown with a bar and a button that ends it; once it is done, Train opens with the data."""

import streamlit as st

from mlp.datasets.own.process import ImportProcess
from ui.data.desk import Desk, Upload
from ui.parts.notices import plain

LOOK_SECONDS = 0.3


def importing(desk: Desk, upload: Upload, job: ImportProcess) -> None:
    """Draw the import of an upload until it is over."""
    st.markdown(f"#### Importing {plain(upload.name)}")
    _watch(desk, job)


@st.fragment(run_every=LOOK_SECONDS)
def _watch(desk: Desk, job: ImportProcess) -> None:
    if job.is_over:
        st.rerun()
    st.progress(job.share, plain(job.sentence))
    if st.button("Cancel", icon=":material/close:", key="cancel_import"):
        job.cancel()
        st.rerun()


def finish(desk: Desk, job: ImportProcess) -> str:
    """Take a finished import from the desk; return the data set's name, "" if there is none: the upload stays."""
    desk.job = None
    if job.dataset:
        desk.clear()
    else:
        desk.problem = job.problem
    return job.dataset
