"""Source code of this project as it runs, with its place in the files and the lines that matter marked."""

import streamlit as st

from mlp.lessons.source import Excerpt
from ui.parts.component import component

HTML = '<figure class="mlp-source" translate="no"><figcaption></figcaption><ol></ol></figure>'


def code(*excerpts: Excerpt, key: str) -> None:
    """Draw the switch "Show the code" and, while it is on, the functions' source.

    The switch is one for all scenes: it stays on for a reader who turned it on, and a link carries it.
    """
    with st.container(gap="xsmall"):
        if st.toggle("Show the code", key="code", bind="query-params", persist_state="session"):
            for number, excerpt in enumerate(excerpts):
                _source(excerpt, key=f"{key}_source_{number}")


def _source(excerpt: Excerpt, *, key: str) -> None:
    data = {"place": excerpt.place, "first": excerpt.first, "lines": excerpt.lines, "marked": excerpt.marked}
    component("learn/source", HTML)(key=key, data=data)
