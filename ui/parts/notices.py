"""Sentences that any page shows: what is not possible and why, what must be downloaded first, and news of the store."""

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import streamlit as st

from mlp.config import SETTINGS, ConfigError
from mlp.datasets import DatasetError, dataset_info, download, size_to_download
from mlp.search.plan import PLAN_SETTINGS
from mlp.setting import Setting
from mlp.store import StoreError
from ui.parts.browser import refuses_cookies
from ui.parts.server import store
from ui.parts.state import Key

# What is shown of complaints about a link, which may contain anything.
MOST = 4  # sentences
LONGEST = 160  # characters of each
# How sentences about a setting, of a run or a search, begin: "batch_size is 0", "learning_rate='1..0.1' starts".
_NAME_FIRST = re.compile(r"(\w+)(?:=| (?=(?:is|has|can't|does|varies) ))")


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+!<>|$:~&@-]|(?<=[wW]{3})\.)", r"\\\1", text)


def shortened(complaints: Sequence[str]) -> list[str]:
    """Return the first few complaints, none too long, and how many more there are."""
    shown = [sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST]} …" for sentence in complaints[:MOST]]
    return [*shown, f"And {len(complaints) - MOST:,} more."] if len(complaints) > MOST else shown


def labeled(sentence: str, settings: Mapping[str, Setting] = PLAN_SETTINGS | SETTINGS) -> str:
    """Return a sentence that begins with a setting's name in scripts with the label that the page shows instead.

    >>> labeled("batch_size is 0; it must be 1 or more.")
    'Batch size is 0; it must be 1 or more.'
    """
    found = _NAME_FIRST.match(sentence)
    return f"{settings[found[1]].label} {sentence[found.end() :]}" if found and found[1] in settings else sentence


@contextlib.contextmanager
def in_sentences(about: str = "") -> Iterator[None]:
    """Show what is not available, and why, in place of what is drawn here; first what it is `about`.

    Each part of a page needs its own: Streamlit shows what a fragment raises as a traceback.
    """
    try:
        yield
    except (ConfigError, DatasetError, StoreError) as error:
        st.error(plain(f"{about}: {error}" if about else labeled(str(error))), icon=":material/error:")


@contextlib.contextmanager
def in_toast() -> Iterator[None]:
    """Show why an action was not possible, over the page, which stays as it is. For callbacks."""
    try:
        yield
    except (ConfigError, DatasetError, StoreError) as error:
        st.toast(plain(labeled(str(error))), icon=":material/error:", duration="long")


def show_store_notice(beside_panel: bool = False) -> None:
    """Show what happened to the store's file and which runs can't be read, until dismissed.

    The live panel shows news by itself for its first minute; a page that has one says so with `beside_panel`.
    """
    notice = store().notice
    if not notice or notice == st.session_state.get(Key.DISMISSED) or (beside_panel and store().trouble):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="store_notice"):
        st.markdown(f":orange[:material/save:] {plain(notice)}", width="stretch")
        st.button(
            "Dismiss",
            on_click=lambda: st.session_state.update({Key.DISMISSED: notice}),
            width="content",
            key="dismiss_notice",
        )


def show_cookie_notice() -> None:
    """Say in the sidebar what a browser that refuses cookies will lose."""
    if refuses_cookies():
        st.sidebar.caption(
            ":orange[:material/cookie:] This browser refuses cookies: after a reload, you can only watch your runs. "
            "Allow cookies for this address before you train."
        )


def show_upload_notice() -> None:
    """Say above an uploader that files from a browser that refuses cookies don't arrive: Streamlit refuses them."""
    if refuses_cookies():
        st.warning(
            "This browser refuses cookies, and without them no file can be uploaded. Allow cookies for this address, "
            "then reload this page.",
            icon=":material/cookie:",
        )


def show_complaints(complaints: Sequence[str], dismiss: Callable[[], None], *, run_not_found: bool = False) -> None:
    """Say which parts of the address were ignored, until that is dismissed."""
    place = st.container()  # always: what follows stays the same element
    if not complaints:
        return
    with place.container(border=True, horizontal=True, vertical_alignment="center", key="complaints"):
        st.markdown(":orange[:material/link_off:] **Part of the link was ignored**", width="content")
        # As plain text: what a link contains must not become a picture or another link.
        st.text("\n".join(shortened(complaints)))
        if run_not_found:
            st.page_link("pages/runs.py", label="See all runs", icon=":material/compare_arrows:")
        st.button("Dismiss", on_click=dismiss, width="content", key="dismiss_complaints")


def offer_download(name: str) -> None:
    """Describe a data set that is not on this machine, and download it on request."""
    info = dataset_info(name)
    with st.container(border=True, key="offer_download"):
        st.subheader(f"{info.label} is not on this machine yet")
        st.markdown(f"{info.description}  \nSource: {info.source}. License: {info.license}.")
        st.button(
            f"Download {size_to_download(name) / 1e6:.0f} MB",
            icon=":material/download:",
            type="primary",
            on_click=lambda: st.session_state.update({Key.DOWNLOADING: name}),
        )
        if st.session_state.get(Key.DOWNLOADING) == name:
            _download(name)
        st.caption("Or choose another data set: the 8 × 8 digits and the points need no download.")


def _download(name: str) -> None:
    """Download a data set, with a bar. A script that is interrupted leaves the rest to the next one."""
    bar = st.progress(0.0, "Contacting the server …")

    def show(done: int, total: int) -> None:
        bar.progress(done / total, f"{done / 1e6:.1f} of {total / 1e6:.1f} MB")

    try:
        download(name, show)
    except DatasetError as error:  # caught here, so that the run on the page stays there
        del st.session_state[Key.DOWNLOADING]
        bar.empty()
        st.error(plain(str(error)), icon=":material/error:")
    else:
        del st.session_state[Key.DOWNLOADING]
        st.rerun()
