"""A schedule is drawn before training starts: the learning rate over the run's epochs."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from mlp.network.schedules import PLATEAU, SCHEDULES
from mlp.text import counted, rate

WIDTH, HEIGHT, EDGE, POINTS = 300, 60, 3, 150
DRAWING = """<figure style="margin: 0" role="img" aria-label="{words}">
<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" style="display: block; width: 100%; height: {height}px">
<path d="M0 {foot}H{width}" stroke="currentColor" stroke-opacity="0.25" vector-effect="non-scaling-stroke"/>
<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"
vector-effect="non-scaling-stroke"/></svg>
<figcaption style="display: flex; justify-content: space-between; gap: 0.5rem; font-size: 0.8rem; opacity: 0.75">
<span>{words}</span></figcaption></figure>"""


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
    """Return a schedule as a line, from the first epoch to the last and from 0 up to the highest rate, as HTML."""
    factors = [SCHEDULES[name].factor(point / POINTS) for point in range(POINTS + 1)]
    foot, room = HEIGHT - EDGE, HEIGHT - 2 * EDGE
    points = " ".join(f"{WIDTH * at / POINTS:g},{foot - room * factor:.4g}" for at, factor in enumerate(factors))
    first, last = (rate(highest * factor) for factor in (factors[0], factors[-1]))
    words = (
        f"Learning rate over {counted(epochs, 'epoch')}: {first} at first, {rate(highest)} at most, {last} at the end"
    )
    return DRAWING.format(width=WIDTH, height=HEIGHT, foot=foot, points=points, words=words)
