"""A confusion matrix as a table: how often each class was predicted as each; a cell leads to its examples."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from mlp.network.layers import Array
from ui.parts.component import component

HTML = (
    '<figure class="mlp-confusion"><figcaption><h3>Confusion matrix</h3><small></small></figcaption>'
    '<table role="grid" aria-label="Confusion matrix" translate="no"></table><p></p></figure>'
)


def confusion(
    matrix: Array,
    class_names: Sequence[str],
    chosen: tuple[int, int] | None,
    choose: Callable[[int, int], None] | None,
    *,
    shares: bool = False,
    key: str,
) -> None:
    """Show a confusion matrix [truth, answer]; `shares` writes row percentages instead of counts.

    `chosen` is the marked cell; `choose` is called with truth and answer of a cell that was pressed. Without it, cells
    can't be pressed.
    """
    data = {
        "names": list(class_names),
        "counts": matrix.tolist(),
        "percent": shares,
        "chosen": chosen,
        "pressable": choose is not None,
        "caption": f"{int(np.trace(matrix)):,} of {int(matrix.sum()):,} correct",
    }

    def pressed() -> None:
        if choose:
            choose(*st.session_state[key]["pressed"])

    component("train/confusion", HTML)(key=key, data=data, on_pressed_change=pressed)
