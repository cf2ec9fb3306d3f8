"""Routes are the places on the server where components ask past the page's script."""

import streamlit as st


def place(path: str) -> str:
    """Return a route's path below the address at which the dashboard is served, which need not be the host's root."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}{path}" if base else path
