"""The numbers of one stage: matrices whose results can be clicked, and the arithmetic behind the one clicked."""

import streamlit as st

from mlp.lessons.stages import Stage
from ui.learn.matrices import matrices


def pressed(stage: Stage, *, key: str) -> int:
    """Return which number of a stage's result was clicked last, counted row by row; at first, the first one."""
    place: int = st.session_state.get(_place(stage, key), 0)
    return min(place, len(stage.details) - 1)


def arithmetic(stage: Stage, *, key: str) -> None:
    """Draw a stage's matrices, and the arithmetic of the number that was clicked."""
    chosen = pressed(stage, key=key)
    matrices(stage, chosen, lambda index: st.session_state.update({_place(stage, key): index}), key=f"{key}_matrices")
    st.markdown(rf"${stage.details[chosen].latex}$")  # set as text, it wraps if it is too long


def _place(stage: Stage, key: str) -> str:
    return f"{key}_chosen_{stage.key}"
