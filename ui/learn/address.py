"""The address names the open scene, and the stage of the walk: a link leads right there."""

from collections.abc import Collection, Sequence

import streamlit as st

from mlp.text import unknown
from ui.parts.notices import plain


def chosen(name: str, known: Sequence[str]) -> str:
    """Return the one of `known` that the address gives as `name`; the first, with a warning, if it gives another."""
    text = st.query_params.get(name, known[0])
    if text in known:
        return text
    st.warning(f"{plain(unknown(name, text, known))} Here is the first one.", icon=":material/link_off:")
    return known[0]


def go(name: str, to: str, leaving: Collection[str] = ()) -> None:
    """Write a choice into the address, and remove `leaving` from it."""
    st.query_params[name] = to
    for other in leaving:
        st.query_params.pop(other, None)


def beside(current: str, known: Sequence[str], by: int) -> str | None:
    """Return the name `by` places after the current one; None past either end."""
    place = known.index(current) + by
    return known[place] if 0 <= place < len(known) else None
