"""An address to pass on: it wraps only where a reader expects it, and one press copies it."""

import re

from ui.parts.component import component

HTML = '<div class="mlp-link"><code></code><button type="button">Copy</button></div>'


def link(address: str, *, key: str) -> None:
    """Show an address with a button to copy it."""
    component("parts/link", HTML)(key=key, data={"parts": parts(address)})


def parts(address: str) -> list[str]:
    """Return an address in parts between which a line may end.

    >>> parts("http://school:8501/?hide=a.b&seed=7")
    ['http:/', '/', 'school:8501/', '?', 'hide=a.b&', 'seed=7']
    """
    return [part for part in re.split(r"(?<=[/?&])", address) if part]
