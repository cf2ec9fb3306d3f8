"""Components are parts of a page that are drawn by their own scripts, such as live.js, which may import others.

A page fetches script and style once, not with every update; the browser keeps Plotly's 5 MB in its cache.
"""

import functools
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2.bidi_component import ComponentResult
from streamlit.components.v2.types import ComponentRenderer

from mlp.charts import LIGHT, Palette
from mlp.network.layers import Array
from ui.parts.levels import text_of
from ui.parts.published import UI, published_plotly, published_script, published_style
from ui.parts.streamlit_internals import table_scripts

LOADER = Template("""
const at = (file) => new URL("published/" + file, document.baseURI).href;
const script = import(at("$js"));
const style = "$css"; // empty if it has none
const styled = style && new Promise((onload, onerror) => {
  const link = { rel: "stylesheet", href: at(style), onload, onerror };
  document.head.append(Object.assign(document.createElement("link"), link));
});
const ahead = $ahead;
setTimeout(() => {
  const load = () => ahead.forEach((file) => import(new URL(file, document.baseURI).href).catch(() => {}));
  window.requestIdleCallback ? requestIdleCallback(load) : load();
}, $patience);
const turns = new WeakMap(); // the element of a component → the turn of what it shows
export default async function (component) {
  // While this script is loading, Streamlit may deliver older data last: after Train was pressed, "Ready" came back.
  const { parentElement, data } = component;
  if (data.turn < turns.get(parentElement)) return;
  turns.set(parentElement, data.turn);
  const [{ default: show }] = await Promise.all([script, styled]);
  return show(component, { plotly: at("$plotly"), light: $light });
}
""")

PATIENCE_MS = 2000  # how long a page is idle before the scripts of another page are fetched in advance

# Numbers the data that components are given. A restarted server continues above all its earlier numbers.
TURNS = itertools.count(time.time_ns() // 1_000_000)

# Colors by name: plots.js replaces them by the theme's, so a component follows the browser's theme without the server.
THEMED = Palette(
    train="var(--mlp-train)",
    validation="var(--mlp-validation)",
    right="var(--mlp-right)",
    wrong="var(--mlp-wrong)",
    text="var(--mlp-text)",
    quiet="var(--mlp-quiet)",
    background="var(--mlp-background)",
    grid="var(--mlp-grid)",
    classes=tuple(f"var(--mlp-class-{index})" for index in range(10)),
)


def _light_colors() -> dict[str, str]:
    """Return the light theme's colors by the names in THEMED: a chart that leaves the page has them in any theme."""
    named, light = asdict(THEMED), asdict(LIGHT)
    pairs = [(named[meaning], light[meaning]) for meaning in named if meaning != "classes"]
    pairs += zip(THEMED.classes, LIGHT.classes, strict=True)
    return {name.removeprefix("var(").removesuffix(")"): color for name, color in pairs}


@functools.cache
def component(name: str, html: str) -> ComponentRenderer:
    """Make the component that `name`.js draws in `html` and `name`.css, if there is one, styles.

    The name is relative to ui/: "train/live". Its data is a mapping.
    """
    js = LOADER.substitute(
        plotly=published_plotly(),
        light=json.dumps(_light_colors()),
        js=published_script(UI / f"{name}.js"),
        css=published_style(UI / f"{name}.css"),
        ahead=json.dumps(table_scripts()),
        patience=PATIENCE_MS,
    )
    render = st.components.v2.component(f"mlp_{Path(name).name}", html=html, js=js, isolate_styles=False)

    def in_turn(*, data: Any = None, **arguments: Any) -> ComponentResult:
        return render(data={**(data or {}), "turn": next(TURNS)}, **arguments)

    return in_turn


def listen(name: str, part: str = "", **arguments: Any) -> ComponentResult:
    """Run the script `name`.js of ui/parts, which draws nothing. It takes no room on the page: see page.css.

    If several parts of a page listen to the same, each names itself.
    """
    key = f"{name}-{part}" if part else name
    with st.container(key=f"listener_{key}"):
        return component(f"parts/{name}", "<span></span>")(key=key, **arguments)


def packed(value: Any) -> Any:
    """Return a chart with its arrays as Plotly's {dtype, bdata}: four bytes a number, not ten characters."""
    if isinstance(value, np.ndarray):
        return _packed_array(value)
    if isinstance(value, Mapping):
        return {name: packed(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [packed(part) for part in value]
    return value


def _packed_array(array: Array) -> dict[str, str]:
    packed = {"dtype": array.dtype.newbyteorder("<").str[1:], "bdata": text_of(array)}
    if array.ndim > 1:
        packed["shape"] = ", ".join(map(str, array.shape))
    return packed
