"""First-layer units as pictures of their weights; a click chooses one."""

import base64
from collections.abc import Callable

import numpy as np
import streamlit as st

from mlp.network.layers import Array
from ui.parts.component import component

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
    levels = (np.rint(np.nan_to_num(weights) * (127 / limit)).clip(-127, 127) + 127).astype(np.uint8)
    data = {
        "shape": [len(weights), *shape],
        "levels": base64.b64encode(levels.tobytes()).decode(),
        "first": first,
        "chosen": chosen,
    }
    component("train/units", HTML)(
        key=key, data=data, on_pressed_change=lambda: choose(int(st.session_state[key]["pressed"]))
    )
