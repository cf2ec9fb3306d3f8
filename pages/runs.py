"""The Runs page: select runs in the table, see how they differ and which is better; start a race or a search."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from mlp.comparison.groups import Group, names_by_id
from ui import runs as runs_page
from ui.parts.browser import browser_token
from ui.parts.notices import plain, shortened, show_store_notice
from ui.parts.open_network import open_button
from ui.parts.server import store
from ui.runs.actions import offer_deleted, toolbar
from ui.runs.drawers import watch_drawers
from ui.runs.ensemble import ensemble_view
from ui.runs.new_race import earlier_races, new_race
from ui.runs.new_search import new_search
from ui.runs.opened_search import find_search
from ui.runs.search_panel import earlier_searches, search_panel
from ui.runs.selection import find_selected, open_address
from ui.runs.table import filtered, one_row_per_setting, runs_table
from ui.runs.verdict import show_verdict
from ui.runs.views import curve_options, different_settings, drawable, more_charts, overlaid_curves

st.html(Path(runs_page.__file__).with_name("runs.css"))
open_address()
search_id = find_search()
runs = store().runs()
selected = find_selected(runs)
names = names_by_id([*runs, *selected.deleted], browser_token())
# In a separate container, so that the elements below keep their places whether or not there is a notice.
with st.container():
    show_store_notice()
    if selected.complaints:
        st.warning("  \n".join(map(plain, shortened(selected.complaints))), icon=":material/link_off:")
    offer_deleted(selected.deleted, names)
if not runs:
    st.markdown("Nothing has been trained yet. Every run is kept: train one or two, then compare them here.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_circle:")
        new_race()
        new_search()
        open_button()
    search_panel(search_id)
else:
    with st.container(horizontal=True, vertical_alignment="center", key="runs_above"):
        new_race()
        new_search()
        open_button()
        listed = filtered(runs)
        is_grouped = one_row_per_setting(listed)
    search_panel(search_id)
    table = st.container()  # filled when the lines are known, whose colors it shows

    def draw_lists(drawn: Sequence[Group]) -> None:
        with table:
            runs_table(listed, names, drawn, is_grouped=is_grouped)
        with st.sidebar:
            earlier_searches(runs)
            earlier_races(runs)

    if selected.runs:
        toolbar(selected.runs, names, len(runs))
        result = st.container()
        options = curve_options(selected.runs)
        groups = options.groups(selected.runs, [*runs, *selected.deleted], browser_token())
        drawn = drawable(groups)
        draw_lists(drawn)
        with result:
            show_verdict(groups)
        overlaid_curves(drawn, selected.runs, options)
        ensemble_view(selected.runs, names)
        if len(runs) > 1:
            different_settings(groups)
    else:
        drawn = []
        draw_lists(drawn)
        one = "Tick the run to see its curves. Train another one to compare them."
        several = "Tick runs in the table to overlay their curves (by keyboard: Shift + Space on a row)."
        st.markdown(f":material/check_box: {one if len(runs) == 1 else several}")
    more_charts([*listed, *selected.runs], drawn)
watch_drawers()
