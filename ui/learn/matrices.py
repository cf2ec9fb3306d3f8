"""A stage of a walk as matrices: inputs, result, and which numbers went into the selected one."""

import functools
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from mlp.lessons.stages import Stage
from mlp.network.layers import Array
from ui.parts.component import component


def matrices(stage: Stage, chosen: int, choose: Callable[[int], None], *, key: str) -> None:
    """Draw a stage, number `chosen` of its result marked (counted row by row); a click calls `choose` with another."""
    detail, result = stage.details[chosen], stage.result
    drawn = [_drawn(each.name, each.values, used) for each, used in zip(stage.operands, detail.used, strict=True)]
    tried = _drawn(result.name, stage.tried, (chosen,)) if stage.tried is not None else None
    _component()(
        key=key,
        data={"operands": drawn, "result": _drawn(result.name, result.values, (chosen,)), "tried": tried},
        on_pressed_change=lambda: choose(int(st.session_state[key]["pressed"])),
    )


def _drawn(name: str, values: Array, marked: tuple[int, ...]) -> dict[str, Any]:
    numbers = [f"{value + 0.0:.3f}".replace("-0.000", "0.000").replace("-", "−") for value in values.reshape(-1)]
    return {"name": name, "shape": values.shape, "numbers": numbers, "marked": marked}


@functools.cache
def _component() -> ComponentRenderer:
    return component("learn/matrices", '<div class="mlp-matrices"></div>')
