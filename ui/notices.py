"""Sentences beside the work: what in a link made no sense, what waits for a reset, what must be downloaded first."""

import contextlib
import re
from collections.abc import Iterator

import streamlit as st

from mlp.config import FIELDS, ConfigError, value_words
from mlp.datasets import DATASETS, DatasetError, download, is_available, size_to_download
from mlp.store import StoreError
from ui.session import own_desk, store
from ui.sheet import adopt, settle, sheet

# What is told of a link: it may hold anything.
MOST = 4  # sentences
LONGEST = 160  # characters of each


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+!<>|$:~&-])", r"\\\1", text)


@contextlib.contextmanager
def in_sentences() -> Iterator[None]:
    """Show what can't be had, and why, in place of what is drawn here.

    A part of a page needs one of its own: Streamlit shows what it raises as a traceback, past the page.
    """
    try:
        yield
    except (ConfigError, DatasetError, StoreError) as error:
        st.error(plain(str(error)), icon=":material/error:")


def tell_of_store() -> None:
    """Tell that a damaged store was set aside."""
    if store().notice and not st.session_state.get("notice_dismissed"):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":orange[:material/save:] {plain(store().notice)}", width="stretch")
            st.button(
                "Dismiss",
                on_click=lambda: st.session_state.update(notice_dismissed=True),
                width="content",
                key="dismiss_notice",
            )


def complain_of_address() -> None:
    """Tell what in the address was left out, until it is dismissed."""
    complaints = st.session_state.get("complaints")
    if not complaints:
        return
    shown = [f"{complaint[:LONGEST]} …" if len(complaint) > LONGEST else complaint for complaint in complaints[:MOST]]
    if len(complaints) > MOST:
        shown.append(f"And {len(complaints) - MOST:,} more.")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(":orange[:material/link_off:] **Part of the link was ignored**", width="content")
        # As plain text: what a link brings along must not become a picture or another link.
        st.text("\n".join(shown))
        if st.session_state.get("run_not_found"):
            st.page_link("pages/compare.py", label="See all runs", icon=":material/compare_arrows:")
        st.button("Dismiss", on_click=lambda: st.session_state.pop("complaints"), width="content")


def say_what_waits() -> None:
    """Tell which settings on the left are not those of the network that is shown, and offer to take them back."""
    desk, wanted = own_desk(), sheet().fields()
    if not desk.waiting or desk.run is None or not is_available(wanted["dataset"]):
        st.empty()  # takes the sentence's place at once, not when all else is drawn
        return
    running = desk.run.view().config

    changes = ", ".join(
        f"{FIELDS[name].metadata['label'].lower()} "
        f"{value_words(name, getattr(running, name))} → **{value_words(name, wanted[name])}**"
        for name in desk.waiting
    )
    with st.container(border=True, key="waiting"):  # page.css makes Restart the main button
        sentence, button = st.columns([6, 1], vertical_alignment="center")
        sentence.markdown(f":violet[:material/restart_alt:] Press **Restart** to apply: {changes}.")
        help = "Restore this network's settings"
        button.button("Undo", on_click=_undo, help=help, width="stretch")


def _undo() -> None:
    run = own_desk().run
    if run is not None:
        adopt(run.view().config)
    settle("preset")


def offer_download(name: str) -> None:
    """Show what a data set that is not on this machine is, and get it when asked to."""
    info = DATASETS[name]
    with st.container(border=True):
        st.subheader(f"{info.label} is not on this machine yet")
        st.markdown(f"{info.description}  \nSource: {info.source}. License: {info.licence}.")
        size = size_to_download(name) / 1e6
        if st.button(f"Download {size:.0f} MB", icon=":material/download:", type="primary"):
            bar = st.progress(0.0, "Contacting the server …")

            def show(done: int, total: int) -> None:
                bar.progress(done / total, f"{done / 1e6:.1f} of {total / 1e6:.1f} MB")

            try:
                download(name, show)
            except DatasetError as error:  # here, so that a run that is on the page stays there
                bar.empty()
                st.error(plain(str(error)), icon=":material/error:")
            else:
                st.rerun()
        st.caption("Or choose another data set on the left: the digits and the points need no download.")
