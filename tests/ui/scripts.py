"""Scripts of Streamlit's, run without a browser."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

TIMEOUT = 60  # seconds for a run of a script; Streamlit's 3 are too few where the first run imports the program


def app_of(script: Callable[[], None] | Path) -> AppTest:
    """An app whose page is a function, or a file."""
    if isinstance(script, Path):
        return AppTest.from_file(script, default_timeout=TIMEOUT)
    return AppTest.from_function(script, default_timeout=TIMEOUT)
