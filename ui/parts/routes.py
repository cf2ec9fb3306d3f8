"""Routes are the addresses on the server that components ask directly, without running the page's script."""

from collections.abc import Mapping

import streamlit as st

from mlp.text import whole_number

MOST_STEPS = 10**15  # more than any run has


def place(path: str) -> str:
    """Return a route's path below the address at which the dashboard is served, which may not be the host's root."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}{path}" if base else path


def asked_step(query: Mapping[str, str]) -> int | None:
    """Return the step that a question is about, `at`; None for now. Raises ValueError with a sentence for nonsense."""
    at = query.get("at", "")
    return None if at == "" else whole_number("at", at, 0, MOST_STEPS)
