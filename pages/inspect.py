"""The Inspect page: what a network has learned, and where it is wrong, at any step of its run."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from mlp.datasets import load_dataset
from mlp.engine import Run, Status, StoredRun
from ui.classroom.view import set_the_room
from ui.parts import PAGE_STYLE
from ui.parts.address import RUN
from ui.parts.notices import in_sentences, tell_of_store
from ui.parts.session import own_session
from ui.train.diagnosis import diagnosis
from ui.train.draw_view import draw
from ui.train.inspected import Inspected, choose_step, inspected, open_address
from ui.train.inspected_choice import choose_run, settings_of
from ui.train.mistakes import predictions
from ui.train.projection import projection
from ui.train.robustness import robustness
from ui.train.session import TrainSession
from ui.train.weights import weights

FOLLOW_SECONDS = 2.0  # a click has to wait for a refresh that is under way


class View(NamedTuple):
    """One row of the table of views."""

    icon: str
    # Given the session, the network, and its step; None is the latest.
    draw: Callable[[TrainSession, Inspected, int | None], None]
    follows: bool = True  # whether it is refreshed every other second while the network trains
    of_images: bool = False  # whether it means nothing for points and tables


VIEWS = {
    "Predictions": View(":material/grid_on:", lambda session, look, step: predictions(look)),
    "Draw": View(":material/draw:", draw, follows=False, of_images=True),  # its canvas asks by itself
    "Weights": View(":material/blur_on:", lambda session, look, step: weights(session, look)),
    "Diagnosis": View(":material/stethoscope:", diagnosis),
    "Projection": View(":material/scatter_plot:", lambda session, look, step: projection(session, look), follows=False),
    "Robustness": View(":material/rotate_right:", lambda session, look, step: robustness(look), of_images=True),
}


def show(session: TrainSession, view: View, step: int | None) -> None:
    """Show the network at a step."""
    if session.run is None:
        return
    with in_sentences():  # a separate fragment runs without the page around it
        view.draw(session, inspected(session, session.run.view(), step), step)


@st.fragment
@in_sentences()
def look_through(session: TrainSession) -> None:
    """Draw the choices of a view, a run and a step, and what is chosen. The rest of the page is not rerun."""
    if session.run is None:
        return
    if st.query_params.get(RUN, "") != session.run.id:
        st.rerun()  # another run was chosen: the whole page opens it
    with in_sentences():
        _look_through(session, session.run)


def _look_through(session: TrainSession, run: Run | StoredRun) -> None:
    images = load_dataset(run.view().config.dataset).info.kind == "images"
    names = [name for name, view in VIEWS.items() if images or not view.of_images]
    if st.session_state.get("inspect_view") not in names:
        st.session_state.inspect_view = names[0]
    name = st.segmented_control(
        "View",
        names,
        required=True,
        format_func=lambda name: f"{VIEWS[name].icon} {name}",
        key="inspect_view",
        label_visibility="collapsed",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        choose_run(session)
    with right:
        step = choose_step(run.view())
    chosen = VIEWS[str(name)]
    if chosen.follows and step is None and run.status is Status.RUNNING:
        st.fragment(show, run_every=FOLLOW_SECONDS)(session, chosen, step)
    else:  # not a fragment, or the browser would keep asking for it
        show(session, chosen, step)


st.html(PAGE_STYLE)
with in_sentences():
    set_the_room()
    session = own_session(TrainSession)
    notices = st.container()
    open_address(session)
    if session.run is None:
        st.markdown("#### Inspect")
        st.info("There is no network yet. Train one, or open an earlier run.", icon=":material/info:")
        choose_run(session)
        st.page_link("pages/train.py", label="Train a network", icon=":material/play_circle:")
        st.page_link("pages/runs.py", label="All runs", icon=":material/compare_arrows:")
    else:
        with st.sidebar:
            st.space("xsmall")
            st.caption(settings_of(session.run.view().config))
        look_through(session)
    with notices:  # last: by now the runs were read, and unreadable ones are known
        tell_of_store()
