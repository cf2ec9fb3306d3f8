"""The Data page: bring a file, see what it holds, and watch a network learn from it."""

from pathlib import Path

import streamlit as st

from ui import data
from ui.data.bring import bring_data, show_problem
from ui.data.desk import own_desk
from ui.data.importing import finish, importing
from ui.data.preview import preview
from ui.data.sets import own_sets
from ui.parts.notices import in_sentences

st.html(Path(data.__file__).with_name("data.css"))
desk = own_desk()
if desk.job is not None and desk.job.progress.is_over:  # while another page was open
    finish(desk, desk.job)
show_problem(desk)
if desk.job is not None and desk.upload is not None:
    importing(desk, desk.upload, desk.job)
elif desk.upload is not None:
    preview(desk, desk.upload)
else:
    st.markdown("#### Your own data")
    st.markdown("Bring a table or images, check what was found, and watch a network learn from them.")
    bring_data(desk)
    with in_sentences():
        own_sets()
