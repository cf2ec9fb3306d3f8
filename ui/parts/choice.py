"""A choice is a row of buttons of which always exactly one is pressed, at first the first."""

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

Name = TypeVar("Name")


def choose(label: str, words: Mapping[Name, str], *, key: str, labeled: bool = False) -> Name:
    """Return what is chosen of `words`, which are on the buttons. A label is for screen readers, unless `labeled`."""
    chosen: Name = st.segmented_control(
        label,
        list(words),
        default=next(iter(words)),
        required=True,
        format_func=words.__getitem__,
        key=key,
        label_visibility="visible" if labeled else "collapsed",
    )
    return chosen
