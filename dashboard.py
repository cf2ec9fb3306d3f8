"""The dashboard: the window's name, the list of pages, and what all pages have around them."""

from pathlib import Path

import streamlit as st

from ui.boundary.session import PlaneSession
from ui.classroom.exercise import exercise_part
from ui.classroom.student import student_part
from ui.classroom.teacher import WALL, is_teacher, secret
from ui.classroom.view import apply_classroom, toolbar
from ui.parts import PAGE_STYLES
from ui.parts.classroom import BOUNDARY_CONTROLS, TRAIN_CONTROLS, write_classroom
from ui.parts.component import listen
from ui.parts.dialogs import show_dialog
from ui.parts.keys import BOUNDARY_KEYS, TRAIN_KEYS
from ui.parts.notices import in_sentences, show_cookie_notice
from ui.parts.phone import phone_bar
from ui.parts.session import Session, own_session
from ui.parts.state import Key
from ui.train.session import TrainSession

is_wall = (st.context.url or "").partition("?")[0].endswith(f"/{WALL}")
st.set_page_config(
    page_icon=Path(__file__).with_name("static") / "icon.png",
    layout="wide",
    initial_sidebar_state="collapsed" if is_wall else "auto",  # forty tiles need the room
    menu_items={"About": "A multilayer perceptron written from scratch in numpy, and what it takes to watch it learn."},
)
pages = [
    st.Page("pages/train.py", title="Train", icon=":material/play_circle:", default=True),
    st.Page("pages/boundary.py", title="Boundary", icon=":material/grain:"),
    st.Page("pages/data.py", title="Data", icon=":material/upload_file:"),
    st.Page("pages/learn.py", title="Learn", icon=":material/school:"),
    st.Page("pages/runs.py", title="Runs", icon=":material/table_rows:"),
]
teaches = is_teacher(st.context.cookies)
pages.append(
    st.Page(
        "pages/class.py",
        title="Class",
        icon=":material/groups:",
        url_path=WALL,
        visibility="visible" if teaches else "hidden",
    )
)
# Pages that a class trains on: the controls that a teacher can hide, and the keys that press buttons.
teaching = {
    "Train": (TRAIN_CONTROLS, TRAIN_KEYS, TrainSession),
    "Boundary": (BOUNDARY_CONTROLS, BOUNDARY_KEYS, PlaneSession),
}
page = st.navigation(pages)
st.set_page_config(page_title=f"{page.title} – MLP")  # the icon and the rest stay
controls, keys, kind = teaching.get(page.title, ({}, None, Session))
if page.title != "Train":
    st.session_state[Key.ELSEWHERE] = True
# A message that a fragment's callback shows over the page takes the place of the first style.
st.html("<style>/* That is this one. */</style>")
for style in PAGE_STYLES:
    st.html(style)
phone_bar(page.title)
listen("refocus", "page")
listen("print")
listen("icons")
apply_classroom(controls)
if page.title != "Class":
    show_cookie_notice()
if secret() and not teaches:
    student_part(own_session(kind) if keys else None, page.url_path)
above = st.container() if keys else None
with in_sentences():
    page.run()
write_classroom()
if above and keys:
    with above:  # after the page, which opens the data whose goal is named
        exercise_part(own_session(kind), page.url_path)
    toolbar(controls, keys, own_session(kind).exported)
else:
    show_dialog()
