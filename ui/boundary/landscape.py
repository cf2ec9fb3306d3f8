"""The loss landscape around a small network, computed by a worker on request."""

import streamlit as st

from mlp.charts.landscapes import loss_landscape
from mlp.config import RunConfig
from mlp.datasets import load_dataset
from mlp.engine.pool import describe_loss, is_lost_worker
from mlp.inspection.landscape import Landscape, landscape
from mlp.network.layers import Array
from mlp.training import Model, TrainingState
from ui.boundary.session import PlaneSession
from ui.parts.charts import board
from ui.parts.choice import choose
from ui.parts.component import THEMED
from ui.parts.server import engine
from ui.parts.state import Key

SLICES = {True: "Along the path", False: "Random directions"}
SELDOM = 0.2  # share of the path in the slice, below which it is hardly visible
ABOUT = (
    "How the loss would change if all weights moved together along two directions. The path of the training is "
    "projected onto this slice. Random directions are scaled unit by unit (filter normalization, Li et al. 2018)."
)


def landscape_view(session: PlaneSession) -> None:
    """Offer to compute the landscape for the current weights, and show the latest one."""
    with st.expander("Loss landscape", icon=":material/landscape:", key="landscape"):
        st.caption(ABOUT)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            along = choose("Slice", SLICES, key=Key.SLICE, labeled=True)
            st.number_input("Direction seed", 0, 9999, 0, key=Key.SLICE_SEED, disabled=along, width=170)
            # In the callback, not further down in the script: updates on the page can interrupt a script at any time.
            icon = ":material/terrain:"
            st.button("Compute the landscape", icon=icon, on_click=_compute, args=[session], key="work_out")
        found: tuple[int, Landscape] | None = st.session_state.get(Key.LANDSCAPE)
        if found is None:
            return
        step, shown = found
        st.caption(f"At step {step:,}. {_path_words(shown)}")
        board({"landscape": loss_landscape(shown, palette=THEMED)}, key="landscape_board")


def _path_words(shown: Landscape) -> str:
    share = f"The slice captures {100 * shown.kept:.0f}\u202f% of the path's variation."
    if shown.kept < SELDOM:
        return f"{share} Random directions rarely meet a path; choose “{SLICES[True]}” for a slice through it."
    return share


def _compute(session: PlaneSession) -> None:
    """Have a worker compute the landscape for the current weights, and keep it."""
    if session.run is None:
        return
    view = session.look()
    along, seed = bool(st.session_state[Key.SLICE]), int(st.session_state[Key.SLICE_SEED])
    future = engine().compute(_landscape, view.config, view.state, session.path, along, seed)
    error = future.exception()
    if error and is_lost_worker(error):
        st.toast(f"{describe_loss(error)} during the computation. Please try again.", icon=":material/error:")
    else:
        st.session_state[Key.LANDSCAPE] = view.state.step, future.result()


def _landscape(config: RunConfig, state: TrainingState, path: Array, along: bool, seed: int) -> Landscape:
    return landscape(Model(config, load_dataset(config.dataset), state), path, along, seed)
