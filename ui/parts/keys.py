"""Keys: "?" lists them all; in front of a class, three more control the run: space, the right arrow and R.

Streamlit's own shortcuts have neither "?" nor R, and would press a focused button twice when space is hit.
"""

import functools
from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


class Keys(NamedTuple):
    """The keys of a page, and what each one does."""

    usual: Mapping[str, str]
    presenting: Mapping[str, str]


_TRAIN, _STEP = "train, pause or resume", "step: train one mini-batch"
_PRESENTING = {"Space": _TRAIN, "→": _STEP, "R": "restart"}
_EXIT = {"Esc": "exit the presentation"}
_WEIGHTS = {"W": "weights instead of predictions, and back"}  # heard by live.js
TRAIN_KEYS = Keys(
    {"T": _TRAIN, "S": _STEP, "E": "epoch: train to the end of the epoch"}, _PRESENTING | _WEIGHTS | _EXIT
)
BOUNDARY_KEYS = Keys({"T": _TRAIN, "S": _STEP}, _PRESENTING | _EXIT)

SCRIPT = """
const BUTTONS = { "?": ["show_keys"] };
const PRESENTING = { " ": ["pause", "play_arrow"], ArrowRight: ["skip_next"], r: ["restart_alt"], Escape: ["exit"] };
const MOVING = "input, [role=slider], [role=radio]";
const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable=true]";
let presenting;

function press(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const names = BUTTONS[key] ?? (presenting && PRESENTING[key]);
  if (!names || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  // While someone types, moves a slider or reads a dialog, keys keep their usual meaning.
  if (event.target.closest(TYPING) || (key !== "?" && event.target.closest(MOVING))) return;
  if (key !== "?" && document.querySelector("[role=dialog]")) return;
  if (key === " " && event.target.closest("button, a, summary")) return;
  const places = names.map((name) => `.st-key-button_${name} button`);
  const button = document.querySelector(places.join());
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
}

// A clicked button gives up the focus: the next key is meant for the run.
function release(event) {
  if (!presenting || !event.target.closest("button, [data-testid=stSlider]")) return;
  setTimeout(() => document.activeElement.blur());
}

export default function listen({ data }) {
  ({ presenting } = data);
  document.addEventListener("keydown", press);
  document.addEventListener("pointerup", release);
  return () => {
    document.removeEventListener("keydown", press);
    document.removeEventListener("pointerup", release);
  };
}
"""


@functools.cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("mlp_keys", html="<span></span>", js=SCRIPT)


def listen_to_keys(presenting: bool) -> None:
    """Have the page listen to "?" and, while `presenting`, to the other keys as well."""
    _component()(key="keys", data={"presenting": presenting})
