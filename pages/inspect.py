"""The Inspect page: what a network has learned, and where it is wrong, at any moment of its run."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from mlp.engine import Status
from ui import PAGE_STYLE
from ui.classroom_view import set_the_room
from ui.diagnosis_view import diagnosis
from ui.draw_view import draw
from ui.inspected import Inspected, choose_moment, inspected, open_address
from ui.inspected_choice import choose_run
from ui.notices import in_sentences, tell_of_store
from ui.predictions_view import predictions
from ui.projection_view import projection
from ui.robustness_view import robustness
from ui.session import Desk, own_desk
from ui.weights_view import weights

FOLLOW_SECONDS = 2.0  # a click waits until a view that is being drawn anew stands there


class View(NamedTuple):
    """One row of the table of views."""

    icon: str
    draw: Callable[[Desk, Inspected, int | None], None]  # given the desk, the network, and its step, None for now
    follows: bool = True  # whether it is drawn anew every other second while the network trains


VIEWS = {
    "Predictions": View(":material/grid_on:", lambda desk, look, step: predictions(look)),
    "Draw": View(":material/draw:", draw, follows=False),  # its canvas asks by itself
    "Weights": View(":material/blur_on:", lambda desk, look, step: weights(desk, look)),
    "Diagnosis": View(":material/stethoscope:", diagnosis),
    "Projection": View(":material/scatter_plot:", lambda desk, look, step: projection(desk, look), follows=False),
    "Robustness": View(":material/rotate_right:", lambda desk, look, step: robustness(look)),
}


def show(desk: Desk, view: View, step: int | None) -> None:
    """Show the network at a moment."""
    if desk.run is None:
        return
    with in_sentences():
        view.draw(desk, inspected(desk, desk.run.view(), step), step)


@st.fragment
def look_through(desk: Desk) -> None:
    """Draw the choice of a view and a moment, and what is chosen. Choosing leaves the page around it as it is."""
    if desk.run is None:
        return
    name = st.segmented_control(
        "View",
        list(VIEWS),
        default=next(iter(VIEWS)),
        required=True,
        format_func=lambda name: f"{VIEWS[name].icon} {name}",
        key="inspect_view",
        label_visibility="collapsed",
    )
    step = choose_moment(desk.run.view())
    chosen = VIEWS[str(name)]
    if chosen.follows and step is None and desk.run.status is Status.RUNNING:
        st.fragment(show, run_every=FOLLOW_SECONDS)(desk, chosen, step)
    else:  # no fragment, or the browser would go on asking for it
        show(desk, chosen, step)


st.html(PAGE_STYLE)
with in_sentences():
    set_the_room()
    desk = own_desk()
    tell_of_store()
    open_address(desk)
    with st.sidebar, in_sentences():
        choose_run(desk)
    if desk.run is None:
        st.markdown("#### Inspect")
        st.info("There is no network yet. Train one, or open one from the list of runs.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_circle:")
        st.page_link("pages/compare.py", label="Choose one of the runs", icon=":material/compare_arrows:")
    else:
        look_through(desk)
