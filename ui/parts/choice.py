"""A choice is a row of buttons of which always exactly one is pressed, at first the first."""

from collections.abc import Mapping
from typing import Any, TypeVar

import streamlit as st

Name = TypeVar("Name")


def choose(label: str, words: Mapping[Name, str], *, key: str, labeled: bool = False, **more: Any) -> Name:
    """Return what is chosen of `words`, which are on the buttons. A label is for screen readers, unless `labeled`.

    `more` is given to Streamlit's control.
    """
    held = st.session_state.get(key)
    # Written every time: the browser forgets the choice when it is not drawn for a while, Streamlit may remember it.
    st.session_state[key] = held if held in words else next(iter(words))
    chosen: Name = st.segmented_control(
        label,
        list(words),
        required=True,
        format_func=words.__getitem__,
        key=key,
        label_visibility="visible" if labeled else "collapsed",
        **more,
    )
    return chosen
