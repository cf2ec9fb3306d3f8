"""The loss landscape around a small network, computed on request."""

from functools import partial

import streamlit as st

from mlp.charts.landscapes import loss_landscape
from mlp.inspection.landscape import Landscape
from ui.boundary.session import PlaneSession
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED
from ui.parts.computed import when_computed

SLICES = {True: "Along the path", False: "Random directions"}
SELDOM = 0.2  # share of the path in the slice, below which it is hardly visible
ABOUT = (
    "How the loss would change if all weights moved together along two directions. The path of the training is "
    "projected onto this slice. Random directions are scaled unit by unit (filter normalization, Li et al. 2018)."
)


def landscape_view(session: PlaneSession) -> None:
    """Offer to compute the landscape for the current weights, and show the latest one on the chosen slice."""
    with st.expander("Loss landscape", icon=":material/landscape:", key="landscape"):
        st.caption(ABOUT)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            along = choose("Slice", SLICES, key="slice", labeled=True)
            seed = st.number_input("Direction seed", 0, 9999, 0, key="slice_seed", disabled=along, width=170)
            icon = ":material/terrain:"
            st.button("Compute the landscape", icon=icon, on_click=session.want_landscape, key="work_out")
        found = session.landscape(along, seed)
        if found is not None:
            when_computed("the landscape", lambda: found.future, partial(_show, found.step))


def _show(step: int, shown: Landscape) -> None:
    st.caption(f"At step {step:,}. {_path_words(shown)}")
    board({"landscape": loss_landscape(shown, palette=THEMED)}, key="landscape_board")


def _path_words(shown: Landscape) -> str:
    share = f"The slice captures {100 * shown.kept:.0f}\u202f% of the path's variation."
    if shown.kept < SELDOM:
        return f"{share} Random directions rarely meet a path; choose “{SLICES[True]}” for a slice through it."
    return share
