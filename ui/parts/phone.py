"""The page's name: on a phone at the top, where the drawer with the list of pages closes once a page is chosen."""

import streamlit as st

from ui.parts.component import component


def phone_bar(title: str) -> None:
    """Draw the bar. Where page.css does not show it, on wider screens, its heading is for screen readers."""
    with st.container(key="phone_bar"):
        component("parts/phone", "<h1></h1>")(key="phone", data={"title": title})
