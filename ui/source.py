"""Source code of this project as it runs, with its place and the lines that matter marked."""

import functools

from streamlit.components.v2.types import ComponentRenderer

from mlp.lessons.source import Excerpt
from ui.component import component


def source(excerpt: Excerpt, *, key: str) -> None:
    """Show a function's source."""
    data = {"place": excerpt.place, "first": excerpt.first, "lines": excerpt.lines, "marked": excerpt.marked}
    _component()(key=key, data=data)


@functools.cache
def _component() -> ComponentRenderer:
    html = '<figure class="mlp-source"><figcaption></figcaption><ol></ol></figure>'
    return component("source", html)
