"""The dashboard: the window's name and the list of pages."""

import streamlit as st

from ui.parts.phone import phone_bar

st.set_page_config(
    page_title="MLP – see a network learn",
    page_icon="static/icon.png",
    layout="wide",
    initial_sidebar_state="auto",
    menu_items={"About": "A multilayer perceptron written from scratch in numpy, and what it takes to watch it learn."},
)
pages = [
    st.Page("pages/train.py", title="Train", icon=":material/play_circle:", default=True),
    st.Page("pages/boundary.py", title="Boundary", icon=":material/grain:"),
    st.Page("pages/learn.py", title="Learn", icon=":material/school:"),
    st.Page("pages/runs.py", title="Runs", icon=":material/table_rows:"),
]
page = st.navigation(pages)
phone_bar(page.title)
page.run()
