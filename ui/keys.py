"""In front of a class, three keys steer the run: space plays and pauses, the right arrow steps, R resets.

Streamlit's own shortcuts can't have R, and would press a button twice that has the focus when space is hit.
"""

import functools

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

SCRIPT = """
const BUTTONS = { " ": ["pause", "play_arrow"], ArrowRight: ["skip_next"], r: ["restart_alt"] };

function press(event) {
  const names = BUTTONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!names || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  // Where somebody types or moves a slider, keys mean what they always mean there.
  if (event.target.closest("input, textarea, select, [role=slider], [role=radio], [contenteditable=true]")) return;
  if (event.key === " " && event.target.closest("button, a, summary")) return;
  const button = names.map((name) => document.querySelector(`.st-key-button_${name} button`)).find((found) => found);
  if (!button) return;
  event.preventDefault();
  if (!button.disabled) button.click();
}

export default function listen() {
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}
"""


@functools.cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("mlp_keys", html="<span></span>", js=SCRIPT)


def listen_to_keys() -> None:
    """Have the page listen to the three keys as long as this is on it."""
    _component()(key="keys")
