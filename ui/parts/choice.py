"""Widgets within a view keep their values while it is not drawn, and other parts of the page can set them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from ui.parts.state import Key

Name = TypeVar("Name")
T = TypeVar("T")


def keep(widget: Callable[..., T], *arguments: Any, key: str, first: T, **more: Any) -> T:
    """Draw one of Streamlit's widgets, at first with the value `first`. `more` is given to the widget."""
    name = _name(key)
    if name not in st.session_state:
        st.session_state[name] = first
    return widget(*arguments, key=name, persist_state="session", **more)


def kept(key: str, first: T) -> T:
    """Return a widget's value, drawn or not."""
    value: T = st.session_state.get(_name(key), first)
    return value


def put(key: str, value: Any) -> None:
    """Set a widget's value: the widget is replaced by a new one.

    With each message, such as the question for news every other second, the browser sends the values of all widgets.
    One that it sent before it heard of the new value would take that back.
    """
    generation = st.session_state.get(f"{Key.GENERATION}-{key}", 0) + 1
    st.session_state[f"{key}-{generation}"] = value
    st.session_state[f"{Key.GENERATION}-{key}"] = generation


def choose(label: str, words: Mapping[Name, str], *, key: str, labeled: bool = False, **more: Any) -> Name:
    """Return what is chosen of `words`, a row of buttons of which always exactly one is pressed, at first the first.

    A label is for screen readers, unless `labeled`. `more` is given to Streamlit's control.
    """
    first = next(iter(words))
    if kept(key, first) not in words:
        put(key, first)
    return keep(
        st.segmented_control,
        label,
        list(words),
        key=key,
        first=first,
        required=True,
        format_func=words.__getitem__,
        label_visibility="visible" if labeled else "collapsed",
        **more,
    )


def _name(key: str) -> str:
    """Return the key of a widget's current generation in Streamlit's session state."""
    generation = st.session_state.get(f"{Key.GENERATION}-{key}", 0)
    return f"{key}-{generation}" if generation else key
