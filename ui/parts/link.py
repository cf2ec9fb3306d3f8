"""An address to pass on: it wraps only where a reader expects it, one press copies it, and a camera can read it."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.parts.component import component

HTML = '<div class="mlp-link"><code></code><button type="button">Copy</button></div>'


def address_of_page(query: Mapping[str, str | list[str]]) -> str:
    """Return the address of this page, as the browser has it, with another query."""
    base = (st.context.url or "").partition("?")[0]
    if not urlsplit(base).path:
        base += "/"
    return f"{base}?{urlencode(query, doseq=True)}" if query else base


def link_and_code(address: str, caption: str, place: DeltaGenerator | None = None, *, key: str) -> None:
    """Show an address and, below it or in `place`, its code for phones; if it leads nowhere from there, what to do."""
    link(address, key=key)
    with place or st.container():
        if urlsplit(address).hostname in ("localhost", "127.0.0.1"):
            st.caption("This address works on this machine only. Start with `make class`, and open the one it prints.")
            return
        drawing = segno.make(address, error="l", micro=False).svg_inline(light="#fff", border=3, omitsize=True)
        with st.container(key="code_to_scan"):  # page.css makes it as large as the screen allows
            st.image(drawing, caption=caption, width="stretch")


def link(address: str, *, key: str) -> None:
    """Show an address with a button to copy it."""
    component("parts/link", HTML)(key=key, data={"parts": parts(address)})


def parts(address: str) -> list[str]:
    """Return an address in parts between which a line may end.

    >>> parts("http://school:8501/?hide=a.b&seed=7")
    ['http:/', '/', 'school:8501/', '?', 'hide=a.b&', 'seed=7']
    """
    return [part for part in re.split(r"(?<=[/?&])", address) if part]
