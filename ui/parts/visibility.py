"""Whether the page can be seen: in a hidden tab, no part of it is drawn again and again.

Only the live panel of Train goes on asking there (live.js): its run is watched, so it is not paused.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from ui.parts.component import listen


def repeated(part: Callable[..., None], seconds: float | None) -> Callable[..., None]:
    """Return a part of the page that, once drawn, is drawn again at this interval while its tab can be seen.

    None for a part that is drawn once. What calls this is rerun when the tab is hidden or shown: by itself, Streamlit's
    `run_every` goes on in a hidden tab.
    """
    with st.container():  # always: the part keeps its place
        watch = partial(listen, "visibility", part.__name__, default={"hidden": False}, on_hidden_change=lambda: None)
        hidden = seconds and watch().hidden
    if seconds and not hidden:
        return st.fragment(part, run_every=seconds)

    def once(*arguments: Any) -> None:
        """Draw it, but not as a fragment: one that had `run_every` is drawn again until it is gone."""
        with st.container():  # as a fragment has one: what is in it stays the same elements
            part(*arguments)

    return once
