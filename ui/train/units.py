"""First-layer units as pictures of their weights; a click chooses one."""

from collections.abc import Callable

import streamlit as st

from mlp.network.layers import Array
from ui.parts.component import component
from ui.parts.levels import levels, text_of

HTML = '<div class="mlp-units" role="group" aria-label="Units of the first layer"><canvas></canvas><div></div></div>'


def units(
    weights: Array,
    shape: tuple[int, int],
    limit: float,
    first: int,
    chosen: int,
    choose: Callable[[int], None],
    *,
    key: str,
) -> None:
    """Draw pictures of weights [units, pixels] from −limit to limit.

    `first` is the index of the first of them, `chosen` that of the marked one; `choose` is called with the index of the
    one that was pressed. People see units counted from 1.
    """
    data = {
        "shape": [len(weights), *shape],
        "levels": text_of(levels(weights, limit)),
        "first": first,
        "chosen": chosen,
    }
    component("train/units", HTML)(
        key=key, data=data, on_pressed_change=lambda: choose(int(st.session_state[key]["pressed"]))
    )
