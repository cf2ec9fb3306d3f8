"""An address for the class: to copy, and as a code that a phone's camera reads across the room."""

from urllib.parse import urlsplit

import segno
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.parts.link import link


def class_address(address: str, code: DeltaGenerator, key: str) -> None:
    """Show an address and, in the place `code`, its picture; of one for this machine only, what to do instead."""
    link(address, key=key)
    with code:
        if urlsplit(address).hostname in ("localhost", "127.0.0.1"):
            st.caption("This address works on this machine only. Start with `make class`, and open the one it prints.")
            return
        drawing = segno.make(address, error="l", micro=False).svg_inline(light="#fff", border=3, omitsize=True)
        with st.container(key="class_code"):  # page.css makes it as large as the screen allows
            st.image(drawing, caption="Scan to join", width="stretch")
