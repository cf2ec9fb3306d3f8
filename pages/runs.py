"""The Runs page: select runs in the table, see how they differ and which is better."""

import streamlit as st

from ui.classroom.view import set_the_room
from ui.parts import PAGE_STYLE
from ui.parts.notices import in_sentences, tell_of_store
from ui.parts.server import store
from ui.runs.selection import look_up, open_address
from ui.runs.actions import offer_deleted, say_what_was_deleted, toolbar
from ui.runs.notices import complain, invite, readable
from ui.runs.table import filtered, names_by_id, runs_table
from ui.runs.verdict import show_verdict
from ui.runs.views import curve_options, different_settings, drawable, more_charts, overlaid_curves

st.html(PAGE_STYLE)
set_the_room()
with in_sentences():
    open_address()
    runs, unreadable = readable(store().runs())
    choice = look_up(runs)
    # In a separate container, so that the elements below keep their places whether or not there is a notice.
    with st.container():
        tell_of_store()
        complain([*unreadable, *choice.complaints])
        say_what_was_deleted()
        offer_deleted(choice.deleted)
    if not runs:
        invite()
    else:
        listed = filtered(runs)
        names = names_by_id(runs)
        table = st.container()  # filled when the lines are known, whose colors it shows
        if choice.runs:
            toolbar(choice.runs, names, len(runs))
            result = st.container()
            options = curve_options(choice.runs)
            groups = drawable(options.groups(choice.runs))
            with table:
                runs_table(listed, names, groups)
            with result:
                show_verdict(groups)
            overlaid_curves(groups, options)
            different_settings(groups)
        else:
            groups = []
            with table:
                runs_table(listed, names, groups)
            st.markdown(":material/check_box: Tick runs in the table to overlay their curves.")
        more_charts(listed, groups)
