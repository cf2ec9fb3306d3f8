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

SLICES = {False: "Random directions", True: "Along the path"}
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
                "Slice", list(SLICES), default=False, required=True, format_func=SLICES.__getitem__, key="slice"
            )
            seed = st.number_input(
                "Seed of the directions", 0, 9999, 0, key="slice_seed", disabled=bool(along), width=170
            )
            asked = st.button("Work it out for now", icon=":material/terrain:", key="work_out")
        if asked:
            try:
                st.session_state.landscape = _worked_out(desk, view, bool(along), int(seed))
            except BrokenExecutor:
                st.error("The worker process died while it worked this out. Try once more.")
                return
        found: tuple[int, Landscape] | None = st.session_state.get("landscape")
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


def _worked_out(desk: PlaneDesk, view: RunView, along: bool, seed: int) -> tuple[int, Landscape]:
    future = engine().compute(_landscape, view.config, view.state, desk.path, along, seed)
    return view.state.step, future.result()


def _landscape(config: RunConfig, state: TrainingState, path: Array, along: bool, seed: int) -> Landscape:
    return landscape(config, load_dataset(config.dataset), state, path, along, seed)
