"""On a phone, the page's name is at the top, and the drawer with the list of pages closes once a page is chosen."""

import streamlit as st

from ui.parts.component import component


def phone_bar(title: str) -> None:
    """Draw the bar, which page.css shows on phones only."""
    with st.container(key="phone_bar"):
        component("parts/phone", "<p></p>")(key="phone", data={"title": title})
