"""The loss landscape around a small network, worked out by a worker when somebody asks for it."""

from concurrent.futures import BrokenExecutor

import streamlit as st

from mlp.charts.landscapes import loss_landscape
from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.engine import RunView
from mlp.landscape import Landscape, landscape
from mlp.layers import Array
from mlp.training import TrainingState
from ui.board import board
from ui.boundary_desk import PlaneDesk
from ui.component import THEMED
from ui.session import engine

SLICES = {True: "Along the path", False: "Random directions"}
SELDOM = 0.2  # share of the path in the slice below which it can hardly be seen
ABOUT = (
    "The loss if all weights moved together along two directions. Random ones are scaled unit by unit "
    "(filter-normalised, Li et al. 2018); the path of the training is cast onto the slice."
)


def landscape_view(desk: PlaneDesk, view: RunView) -> None:
    """Offer to work the landscape out for this moment, and show the one worked out last."""
    with st.expander("Loss landscape", icon=":material/landscape:", key="landscape"):
        st.caption(ABOUT)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            along = st.segmented_control(
                "Slice", list(SLICES), default=True, required=True, format_func=SLICES.__getitem__, key="slice"
            )
            st.number_input("Seed of the directions", 0, 9999, 0, key="slice_seed", disabled=bool(along), width=170)
            # At the click, not further down in the script: what moves on the page may interrupt that at any time.
            st.button("Work it out", icon=":material/terrain:", on_click=_work_out, args=[desk, view], key="work_out")
        found: tuple[int, Landscape] | None = st.session_state.get("landscape_found")
        if found is None:
            return
        step, shown = found
        st.caption(f"At step {step:,}. {_told(shown)}")
        board({"landscape": loss_landscape(shown, palette=THEMED)}, key="landscape_board")


def _told(shown: Landscape) -> str:
    share = f"{shown.kept:.0%} of the path's squared distances from here lie in the slice."
    if shown.kept < SELDOM:
        return f"{share} Random directions hardly ever meet a path; “{SLICES[True]}” lays the slice through it."
    return share


def _work_out(desk: PlaneDesk, view: RunView) -> None:
    """Have a worker work it out for a moment of the run, and keep it."""
    along, seed = bool(st.session_state.slice), int(st.session_state.slice_seed)
    future = engine().compute(_landscape, view.config, view.state, desk.path, along, seed)
    try:
        st.session_state.landscape_found = view.state.step, future.result()
    except BrokenExecutor:
        st.toast("The worker process died while it worked this out. Try once more.", icon=":material/error:")


def _landscape(config: RunConfig, state: TrainingState, path: Array, along: bool, seed: int) -> Landscape:
    return landscape(config, load_dataset(config.dataset), state, path, along, seed)
