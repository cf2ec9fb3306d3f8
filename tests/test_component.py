"""What a page fetches ahead for the next one is there."""

from pathlib import Path

import streamlit as st

from ui.component import fetched_ahead


def test_streamlit_keeps_its_tables_script_where_it_is_looked_for() -> None:
    (script,) = fetched_ahead()
    assert (Path(st.__file__).parent / "static" / script).stat().st_size > 100_000
