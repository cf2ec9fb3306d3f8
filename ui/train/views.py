"""The views of a run are tabs of the Train page: watch it, or look into its network at any step."""

from collections.abc import Callable
from typing import NamedTuple, NoReturn

import streamlit as st

from mlp.datasets import CLASSIFICATION, DatasetInfo
from mlp.engine import Status
from mlp.text import unknown
from ui.parts.address import EXAMPLE, VIEW
from ui.parts.choice import choose, put
from ui.parts.classroom import write_address
from ui.parts.notices import in_sentences, plain
from ui.parts.state import Key
from ui.parts.visibility import repeated
from ui.train.choose_run import choose_run
from ui.train.diagnosis import diagnosis
from ui.train.draw_view import draw
from ui.train.inspected import Inspected, inspected_at
from ui.train.mistakes import mistakes
from ui.train.projection import projection
from ui.train.robustness import robustness
from ui.train.session import TrainSession
from ui.train.settings import Fragment
from ui.train.weights import weights

Draw = Callable[[TrainSession, Inspected], None]
Fits = Callable[[DatasetInfo], bool]

FOLLOW_SECONDS = 2.0  # a click has to wait for a refresh that is under way


class View(NamedTuple):
    """One of the tabs. The live panel itself draws what has no `draw`."""

    label: str
    icon: str
    draw: Draw | None
    follows: bool = True  # whether it is refreshed every other second while the network trains
    fits: Fits = lambda info: True  # whether it means something for a data set


def _of_classified_images(info: DatasetInfo) -> bool:
    return info.kind == "images" and info.task == CLASSIFICATION


WATCH = "watch"
VIEWS = {
    WATCH: View("Watch", "monitoring", None),
    "draw": View("Draw", "draw", draw, follows=False, fits=_of_classified_images),  # its canvas asks by itself
    "mistakes": View("Mistakes", "grid_on", lambda session, inspected: mistakes(inspected.model)),
    "weights": View("Weights", "blur_on", weights),
    "projection": View("Projection", "scatter_plot", projection, follows=False),
    "robustness": View(
        "Robustness",
        "rotate_right",
        lambda session, inspected: robustness(inspected.model),
        fits=_of_classified_images,
    ),
    "diagnosis": View("Diagnosis", "stethoscope", diagnosis),
}


def choose_view(session: TrainSession, info: DatasetInfo) -> str:
    """Draw the tabs that fit a data set, and beside them the list of runs. Return the view that the address names."""
    names = [name for name, view in VIEWS.items() if view.fits(info)]
    named = st.query_params.get(VIEW, WATCH)
    if named not in names:
        st.toast(plain(unknown("view", named, names)), icon=":material/link_off:")
        named = WATCH
        open_view(named)
    st.session_state[Key.VIEW] = named
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="tabs"):
        labels = {name: f":material/{VIEWS[name].icon}: {VIEWS[name].label}" for name in names}
        choose("View", labels, key=Key.VIEW, on_change=_change_view)
        choose_run(session)
    return named


def _change_view() -> NoReturn:
    """Callback of the tabs: only the live panel of Watch needs more than its own place on the page."""
    views = st.query_params.get(VIEW, WATCH), st.session_state[Key.VIEW]
    open_view(st.session_state[Key.VIEW])
    # Both are named: Streamlit forgets what was set in a view only if that is rerun, as the browser does.
    st.rerun([Fragment.RUN, Fragment.VIEW] if WATCH in views else Fragment.VIEW)


def open_view(name: str, example: int | None = None) -> None:
    """Write a view, and perhaps a validation example that it shows, into the address."""
    query = {parameter: value for parameter, value in st.query_params.items() if parameter not in (VIEW, EXAMPLE)}
    if name != WATCH:
        query[VIEW] = name
    if example is not None:
        query[EXAMPLE] = str(example)
        put(Key.SPLIT, "validation")
    write_address(query)


@st.fragment(key=Fragment.VIEW)
def view(session: TrainSession, step: int | None) -> None:
    """Show the chosen view of the run's network at a step, None for the latest. A click on another tab reruns this."""
    chosen = VIEWS[st.session_state[Key.VIEW]]
    if chosen.draw is None or session.run is None:
        return
    follows = chosen.follows and step is None and session.run.status is Status.RUNNING
    repeated(_show, FOLLOW_SECONDS if follows else None)(session, chosen.draw, step)


def _show(session: TrainSession, draw: Draw, step: int | None) -> None:
    with in_sentences():  # a separate fragment runs without the page around it
        if session.run is not None:
            draw(session, inspected_at(session.run.view(), step))
