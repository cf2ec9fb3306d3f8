"""An address to pass on: it wraps only where a reader expects it, and one press copies it."""

import functools
import re

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

HTML = '<div class="mlp-link"><code></code><button type="button">Copy</button></div>'
CSS = """
.mlp-link { display: flex; align-items: start; gap: 0.5rem; }
.mlp-link code { flex: 1; min-width: 0; padding: 0.3rem 0.5rem; color: inherit; line-height: 1.4; }
/* A line may end between two parts; a part that is longer than a line, anywhere. */
.mlp-link code span { display: inline-block; max-width: 100%; overflow-wrap: anywhere; }
.mlp-link button {
  padding: 0.2rem 0.6rem;
  border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius);
  background: var(--st-background-color);
  color: inherit;
  font: inherit;
  font-size: 0.875rem;
  cursor: pointer;
}
"""
SCRIPT = """
export default function show({ data: { parts }, parentElement }) {
  const text = parentElement.querySelector("code");
  const spans = parts.map((part) => Object.assign(document.createElement("span"), { textContent: part }));
  text.replaceChildren(...spans);
  const button = parentElement.querySelector("button");
  button.textContent = "Copy";
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(parts.join(""));
      button.textContent = "Copied";
    } catch { // without https, browsers allow it on this machine only
      getSelection().selectAllChildren(text);
      button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
    }
  };
}
"""


@functools.cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("mlp_link", html=HTML, css=CSS, js=SCRIPT, isolate_styles=False)


def link(address: str, *, key: str) -> None:
    """Show an address with a button to copy it."""
    _component()(key=key, data={"parts": parts(address)})


def parts(address: str) -> list[str]:
    """Return an address in parts between which a line may end.

    >>> parts("http://school:8501/?hide=a.b&seed=7")
    ['http:/', '/', 'school:8501/', '?', 'hide=a.b&', 'seed=7']
    """
    return [part for part in re.split(r"(?<=[/?&])", address) if part]
