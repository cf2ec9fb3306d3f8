"""The Class page, for the teacher: a live tile for each student, and what everyone is asked to do."""

import streamlit as st

from ui.classroom.teacher import is_teacher
from ui.classroom.teacher_page import teacher_page

if is_teacher(st.context.cookies):
    teacher_page()
else:
    st.info("This page is for the teacher: open the secret link that `make class` has printed.", icon=":material/lock:")
