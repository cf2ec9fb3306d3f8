"""The views of a run are tabs of the Train page: watch it, or look into its network at any step."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, NoReturn

import streamlit as st

from mlp.datasets import CLASSIFICATION, DatasetInfo
from mlp.engine import Status
from mlp.text import unknown
from ui.parts.address import VIEW
from ui.parts.choice import choose, kept
from ui.parts.notices import in_sentences, plain
from ui.parts.session import own_session
from ui.parts.settings import train_controls
from ui.parts.state import Key
from ui.parts.visibility import repeated
from ui.train.choose_run import choose_run
from ui.train.diagnosis import diagnosis
from ui.train.draw_view import draw
from ui.train.importance import importance
from ui.train.inspected import Inspected, inspected_at
from ui.train.mistakes import mistakes
from ui.train.projection import projection
from ui.train.robustness import robustness
from ui.train.session import TrainSession
from ui.train.settings import WATCH, Fragment, open_view, put_in_address
from ui.train.together import choose_partners
from ui.train.try_it import try_it
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


def _of_table(info: DatasetInfo) -> bool:
    return info.kind == "table"


VIEWS = {
    WATCH: View("Watch", "monitoring", None),
    "draw": View("Draw", "draw", draw, follows=False, fits=_of_classified_images),  # its canvas asks by itself
    "try": View("Try it", "tune", try_it, follows=False, fits=_of_table),  # its controls ask by themselves
    "mistakes": View(
        "Mistakes", "grid_on", lambda session, inspected: mistakes(inspected.model, partial(choose_partners, session))
    ),
    "importance": View("What matters", "bar_chart", importance, follows=False, fits=_of_table),
    "weights": View("Weights", "blur_on", weights),
    "projection": View("Projection", "scatter_plot", projection, follows=False),
    "robustness": View(
        "Robustness",
        "rotate_right",
        lambda session, inspected: robustness(inspected),
        fits=lambda info: _of_table(info) or _of_classified_images(info),
    ),
    "diagnosis": View("Diagnosis", "stethoscope", diagnosis),
}


def choose_view(session: TrainSession, info: DatasetInfo) -> str:
    """Draw the tabs that fit a data set, and beside them the list of runs. Return the name of the chosen view."""
    names = [name for name, view in VIEWS.items() if view.fits(info)]
    chosen = kept(Key.VIEW, WATCH)
    if chosen not in names:
        st.toast(plain(unknown(VIEW, chosen, names)), icon=":material/link_off:")
        chosen = WATCH
        open_view(chosen)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="tabs"):
        labels = {name: f":material/{VIEWS[name].icon}: {VIEWS[name].label}" for name in names}
        choose("View", labels, key=Key.VIEW, on_change=_change_view)
        choose_run(session)
    return chosen


def _change_view() -> NoReturn:
    """Callback of the tabs. Unless the whole panel comes or goes, only the view is drawn: half the server's work."""
    session, chosen = own_session(TrainSession), kept(Key.VIEW, WATCH)
    open_view(chosen)  # without the example that the view before was opened with
    put_in_address(train_controls().values())
    # Both are named: Streamlit forgets what was set in a view only if that is rerun, as the browser does.
    st.rerun(Fragment.VIEW if session.shows_view and chosen != WATCH else [Fragment.RUN, Fragment.VIEW])


@st.fragment(key=Fragment.VIEW)
def view(session: TrainSession, step: int | None) -> None:
    """Show the chosen view of the run's network at a step, None for the latest."""
    chosen = VIEWS[kept(Key.VIEW, WATCH)]
    if chosen.draw is None or session.run is None:
        return
    follows = chosen.follows and step is None and session.run.status is Status.RUNNING
    repeated(_show, FOLLOW_SECONDS if follows else None)(session, chosen.draw, step)


def _show(session: TrainSession, draw: Draw, step: int | None) -> None:
    with in_sentences():  # a separate fragment runs without the page around it
        if session.run is not None:
            draw(session, inspected_at(session.run.view(), step))
