"""The Data page: bring a file, see what it holds, and watch a network learn from it."""

from pathlib import Path

import streamlit as st

from ui import data
from ui.data.bring import bring_data, show_problem
from ui.data.importing import finish, importing
from ui.data.preview import preview
from ui.data.session import own_data_session
from ui.data.sets import own_sets
from ui.parts.imported import show_import_notes
from ui.parts.notices import in_sentences

st.html(Path(data.__file__).with_name("data.css"))
session = own_data_session()
if session.job is not None and session.job.progress.is_over:  # while another page was open
    finish(session, session.job)
show_problem(session)
if session.job is not None and session.upload is not None:
    importing(session, session.upload, session.job)
elif session.upload is not None:
    preview(session, session.upload)
else:
    show_import_notes()
    st.markdown("#### Your own data")
    st.markdown("Bring a table or images, check what was found, and watch a network learn from them.")
    bring_data(session)
    with in_sentences():
        own_sets()
