"""Keys: "?" lists them all; in front of a class, three more control the run: space, the right arrow and R.

Streamlit's own shortcuts have neither "?" nor R, and would press a focused button twice when space is hit.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ui.parts.component import listen


class Keys(NamedTuple):
    """The keys of a page, and what each one does."""

    usual: Mapping[str, str]
    presenting: Mapping[str, str]


_TRAIN, _STEP = "train, pause or resume", "step: train one mini-batch"
_PRESENTING = {"Space": _TRAIN, "→": _STEP, "R": "restart"}
_DRAW = {"Arrows, Space": "on the canvas of Draw: move the pen, lower and lift it"}  # heard by draw.js
_EXIT = {"Esc": "exit the presentation"}
_WEIGHTS = {"W": "weights instead of predictions, and back"}  # heard by live.js
TRAIN_KEYS = Keys(
    {"T": _TRAIN, "S": _STEP, "E": "epoch: train to the end of the epoch"} | _DRAW,
    _PRESENTING | _WEIGHTS | _DRAW | _EXIT,
)
BOUNDARY_KEYS = Keys({"T": _TRAIN, "S": _STEP}, _PRESENTING | _EXIT)


def listen_to_keys(presenting: bool) -> None:
    """Have the page listen to "?" and, while `presenting`, to the other keys as well.

    Streamlit's own shortcuts then also work while a slider, a choice or a switch has the focus.
    """
    listen("keys", data={"presenting": presenting})
