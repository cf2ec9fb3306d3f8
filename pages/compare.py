"""The Compare page: choose runs in the table, and see how they differ and what came of it."""

import streamlit as st

from ui import PAGE_STYLE
from ui.classroom_view import set_the_room
from ui.compare_choice import look_up, open_address
from ui.compare_edit import offer_deleted, say_what_was_deleted, toolbar
from ui.compare_notices import complain, invite, readable
from ui.compare_table import filtered, runs_table
from ui.compare_views import (
    curve_options,
    different_settings,
    drawable,
    more_charts,
    noise,
    overlaid_curves,
)
from ui.notices import in_sentences, tell_of_store
from ui.session import store

st.html(PAGE_STYLE)
set_the_room()
with in_sentences():
    open_address()
    runs, unreadable = readable(store().runs())
    choice = look_up(runs)
    # In a place of their own, so that what moves below stays the same element whether or not there is a notice.
    with st.container():
        tell_of_store()
        complain([*unreadable, *choice.complaints])
        say_what_was_deleted()
        offer_deleted(choice.deleted)
    if not runs:
        invite()
    else:
        listed = filtered(runs)
        runs_table(listed)
        if choice.runs:
            toolbar(choice.runs, len(runs))
            options = curve_options(choice.runs)
            groups = drawable(options.groups(choice.runs))
            overlaid_curves(groups, options)
            noise(groups)
            different_settings(groups)
        else:
            groups = []
            st.markdown(":material/check_box: Tick runs in the table to lay their curves over each other.")
        more_charts(listed, groups)
