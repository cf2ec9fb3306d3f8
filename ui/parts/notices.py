"""Sentences that any page shows: what is not possible and why, and news of the store."""

import contextlib
import re
from collections.abc import Iterator

import streamlit as st

from mlp.config import ConfigError
from mlp.datasets import DatasetError
from mlp.store import StoreError
from ui.parts.server import store

# What is shown of complaints about a link, which may contain anything.
MOST = 4  # sentences
LONGEST = 160  # characters of each


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+!<>|$:~&-])", r"\\\1", text)


@contextlib.contextmanager
def in_sentences() -> Iterator[None]:
    """Show what is not available, and why, in place of what is drawn here.

    Each part of a page needs its own: Streamlit shows what a fragment raises as a traceback.
    """
    try:
        yield
    except (ConfigError, DatasetError, StoreError) as error:
        st.error(plain(str(error)), icon=":material/error:")


@contextlib.contextmanager
def in_toast() -> Iterator[None]:
    """Show why an action was not possible, over the page, which stays as it is. For callbacks."""
    try:
        yield
    except (ConfigError, DatasetError, StoreError) as error:
        st.toast(plain(str(error)), icon=":material/error:", duration="long")


def tell_of_store(beside_panel: bool = False) -> None:
    """Show what happened to the store's file and which runs can't be read, until dismissed.

    The live panel shows news by itself for its first minute; a page that has one says so with `beside_panel`.
    """
    notice = store().notice
    if not notice or notice == st.session_state.get("notice_dismissed") or (beside_panel and store().trouble):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="store_notice"):
        st.markdown(f":orange[:material/save:] {plain(notice)}", width="stretch")
        st.button(
            "Dismiss",
            on_click=lambda: st.session_state.update(notice_dismissed=notice),
            width="content",
            key="dismiss_notice",
        )
