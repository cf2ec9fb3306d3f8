"""A schedule is drawn before training starts: the learning rate over the run's epochs."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from mlp.network.schedules import PLATEAU, SCHEDULES
from mlp.text import counted, rate

BARS = 60
# Streamlit leaves no SVG in HTML.
DRAWING = """<figure style="margin: 0" role="img" aria-label="{words}">
<div style="display: flex; align-items: flex-end; height: 60px; border-bottom: 1px solid; opacity: 0.7">{bars}</div>
<figcaption style="font-size: 0.8rem; opacity: 0.75">{words}</figcaption></figure>"""
BAR = '<i style="flex: 1; height: {:.4g}%; background: currentColor"></i>'


def schedule_preview(values: Mapping[str, Any]) -> None:
    """Draw the learning rate that these settings lead to; nothing if it stays the same."""
    name, highest, epochs = values["schedule"], values["learning_rate"], values["epochs"]
    if name == PLATEAU:
        patience = counted(values["plateau_patience"], "epoch")
        st.caption(
            f"{rate(highest)} at first, then a tenth after {patience} without a lower validation loss, and so on."
        )
    elif name != "constant":
        st.html(drawing(name, highest, epochs))


def drawing(name: str, highest: float, epochs: int) -> str:
    """Return a schedule as bars, from the first epoch to the last and from 0 up to the highest rate, as HTML."""
    factor = SCHEDULES[name].factor
    bars = "".join(BAR.format(100 * factor((bar + 0.5) / BARS)) for bar in range(BARS))
    first, last = rate(highest * factor(0.0)), rate(highest * factor(1.0))
    words = (
        f"Learning rate over {counted(epochs, 'epoch')}: {first} at first, {rate(highest)} at most, {last} at the end"
    )
    return DRAWING.format(bars=bars, words=words)
