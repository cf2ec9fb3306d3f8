"""On a phone, the page's name is at the top, and the drawer with the list of pages closes once a page is chosen."""

import functools

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

SCRIPT = """
const NARROW = window.matchMedia("(width <= 640px)");

function closeDrawer({ target }) {
  if (!NARROW.matches || !target.closest("[data-testid=stSidebarNavLink]")) return;
  // The link first: the button would take it off the page.
  setTimeout(() => document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click());
}

export default function show({ data, parentElement }) {
  parentElement.querySelector("p").textContent = data.title;
  document.addEventListener("click", closeDrawer);
  return () => document.removeEventListener("click", closeDrawer);
}
"""


def phone_bar(title: str) -> None:
    """Draw the bar, which page.css shows on phones only."""
    with st.container(key="phone_bar"):
        _component()(key="phone", data={"title": title})


@functools.cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("mlp_phone", html="<p></p>", js=SCRIPT, isolate_styles=False)
