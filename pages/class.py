"""The Class page, for the teacher: a live tile for each student, and what everyone is asked to do."""

import streamlit as st

from ui.classroom.teacher import OPENED, is_teacher
from ui.classroom.teacher_page import teacher_page

if is_teacher(st.context.cookies):
    st.query_params.pop(OPENED, None)  # who copies the address has not opened the link
    teacher_page()
elif OPENED in st.query_params:
    st.info(
        "This browser refuses cookies, and without one the server doesn't know the teacher. Allow cookies for this "
        "address, then open the secret link again.",
        icon=":material/lock:",
    )
else:
    st.info("This page is for the teacher: open the secret link that `make class` has printed.", icon=":material/lock:")
