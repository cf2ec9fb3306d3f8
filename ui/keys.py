"""In front of a class, three keys steer the run: space plays and pauses, the right arrow steps, R resets.

Streamlit's own shortcuts can't have R, and would press a button twice that has the focus when space is hit.
"""

import functools

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

SCRIPT = """
const BUTTONS = { " ": ["pause", "play_arrow"], ArrowRight: ["skip_next"], r: ["restart_alt"], Escape: ["leave"] };

function press(event) {
  const names = BUTTONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!names || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  // Where somebody types or moves a slider, keys mean what they always mean there.
  if (event.target.closest("input, textarea, select, [role=slider], [role=radio], [contenteditable=true]")) return;
  if (event.key === " " && event.target.closest("button, a, summary")) return;
  const places = names.map((name) => `.st-key-button_${name} button, .st-key-${name}_presenting button`);
  const button = document.querySelector(places.join());
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
}

// What was clicked does not keep the keys to itself: the next one is meant for the run.
function release(event) {
  if (event.target.closest("button, [data-testid=stSlider]")) setTimeout(() => document.activeElement.blur());
}

export default function listen() {
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


def listen_to_keys() -> None:
    """Have the page listen to the three keys as long as this is on it."""
    _component()(key="keys")
