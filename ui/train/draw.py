"""The drawing canvas: a person draws, and sees the network's answer at once.

Its answers come from a feed (draw_feed.py), without the page's script; only a drawing that is added goes through that.
"""

import base64
from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from mlp.datasets import Dataset
from ui.parts.component import component
from ui.parts.pictures import in_gray
from ui.train.draw_feed import MOST_BYTES, ink_of

KEY = "draw"
HTML = '<section class="mlp-draw" aria-label="Draw"></section>'


class Drawing(NamedTuple):
    """A drawing that was added to the test set."""

    ink: bytes  # a square picture, one byte per pixel from 0 (paper) to 255 (ink)
    truth: str  # the class that its maker chose


def canvas(dataset: Dataset, feed: str, running: bool, keep: Callable[[Drawing], None]) -> None:
    """Show the canvas, or update it.

    `feed` is the address at which it asks, repeatedly while `running`. `keep` is called with each added drawing.
    """

    def on_add() -> None:
        drawing = read(st.session_state[KEY]["add"], dataset.info.class_names)
        if drawing is not None:
            keep(drawing)

    info, gray = dataset.info, in_gray(dataset)
    data = {"feed": feed, "running": running, "names": info.class_names, "shape": info.image_shape, "gray": gray}
    component("train/draw", HTML)(key=KEY, data=data, on_add_change=on_add)


def read(sent: object, names: Sequence[str]) -> Drawing | None:
    """Return the drawing that a browser sent, or None if it is not one: a browser may send anything."""
    match sent:
        case {"ink": str(text), "truth": str(truth)} if truth in names and len(text) <= 2 * MOST_BYTES:
            try:
                ink = base64.b64decode(text, validate=True)
                return Drawing(ink, truth) if ink_of(ink).any() else None
            except ValueError:
                return None
    return None
