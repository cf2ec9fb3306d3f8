"""A stage of a walk as matrices: a click on a number of the result shows which numbers went into it, and how."""

from typing import Any

import streamlit as st

from mlp.lessons.stages import Stage, written
from mlp.network.layers import Array
from ui.parts.component import component
from ui.parts.state import Key

HTML = '<div class="mlp-matrices"></div>'


def arithmetic(stage: Stage, *, key: str) -> None:
    """Draw a stage's matrices, and the arithmetic of the number that was clicked."""
    chosen = pressed(stage, key=key)
    detail, result = stage.details[chosen], stage.result
    drawn = [_drawn(each.name, each.values, used) for each, used in zip(stage.operands, detail.used, strict=True)]
    tried = _drawn(result.name, stage.tried, (chosen,)) if stage.tried is not None else None
    name = f"{key}_matrices"
    component("learn/matrices", HTML)(
        key=name,
        data={"operands": drawn, "result": _drawn(result.name, result.values, (chosen,)), "tried": tried},
        on_pressed_change=lambda: st.session_state.update({_place(stage, key): int(st.session_state[name]["pressed"])}),
    )
    st.markdown(rf"${detail.latex}$")  # set as text, it wraps if it is too long


def pressed(stage: Stage, *, key: str) -> int:
    """Return which number of a stage's result was clicked last, counted row by row; at first, the first one."""
    place: int = st.session_state.get(_place(stage, key), 0)
    return min(place, len(stage.details) - 1)


def _place(stage: Stage, key: str) -> str:
    return f"{Key.CLICKED}-{key}-{stage.key}"


def _drawn(name: str, values: Array, marked: tuple[int, ...]) -> dict[str, Any]:
    numbers = [written(value).replace("-", "−") for value in values.reshape(-1)]
    return {"name": name, "shape": values.shape, "numbers": numbers, "marked": marked}
