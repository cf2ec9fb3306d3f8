"""The numbers of one stage: matrices whose results can be pressed, and how the pressed one was made."""

import streamlit as st

from mlp.lessons.stages import Stage
from ui.matrices import matrices


def pressed(stage: Stage, *, key: str) -> int:
    """Return which number of a stage's result was pressed last, counted row by row; before any was, the first."""
    place: int = st.session_state.get(_place(stage, key), 0)
    return min(place, len(stage.details) - 1)


def arithmetic(stage: Stage, *, key: str) -> None:
    """Draw a stage's matrices, and the arithmetic of the number that was pressed."""
    chosen = pressed(stage, key=key)
    matrices(stage, chosen, lambda index: st.session_state.update({_place(stage, key): index}), key=f"{key}_matrices")
    hint, made = st.columns([1, 3], vertical_alignment="center")
    if len(stage.details) > 1:
        hint.caption("Press a number that came out to see how it was made:")
    made.markdown(rf"$\displaystyle {stage.details[chosen].latex}$")  # set as text it wraps where it is too long


def _place(stage: Stage, key: str) -> str:
    return f"{key}_chosen_{stage.key}"
