"""The sidebar of the Boundary page, and the row of buttons above its panel."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from mlp.datasets import CLASSIFICATION
from mlp.datasets.recipes import EMPTY
from mlp.engine import Status
from mlp.text import counted, rate
from ui.boundary.session import PlaneSession
from ui.boundary.settings import (
    MOST_UNITS,
    boundary_controls,
    chooses_classes,
    config_of,
    fitting,
    own_points,
    recipe_of,
    set_learning_rate,
    shape_of,
)
from ui.parts.controls import BATCHES, PENALTIES, RATES, Widgets, heading
from ui.parts.finder import finder_button
from ui.parts.session import own_session
from ui.parts.settings import PACES
from ui.parts.transport import transport, transport_row


def controls() -> None:
    """Draw the sidebar."""
    values, widgets = boundary_controls().values(), Widgets(boundary_controls())
    with st.sidebar, st.container(gap="xsmall"):
        _points(widgets, values)
        heading("network", "account_tree", "Network")
        widgets.hidden_layers(MOST_UNITS)
        widgets.choice("activation")
        with st.expander("Initial weights", icon=":material/casino:", key="start"):
            widgets.choice("initializer")
            widgets.number("seed", step=1)
        heading("training", "bolt", "Training")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            widgets.scale("learning_rate", RATES, rate)
            finder_button(lambda: own_session(PlaneSession).existing().view().model, set_learning_rate)
        widgets.scale("batch_size", BATCHES[:9])
        widgets.choice("optimizer")
        with st.expander("Regularization", icon=":material/tune:", key="more"):
            for name in ("l2", "l1"):
                widgets.scale(name, PENALTIES, "{:g}".format)
        with st.expander("Display", icon=":material/image:", key="picture"):
            widgets.switch("discrete")
            widgets.switch("validation")


def _points(widgets: Widgets, values: Mapping[str, Any]) -> None:
    """Draw what decides which points there are, and what the network gets of each."""
    widgets.segments("task")
    widgets.choice("shape" if values["task"] == CLASSIFICATION else "surface")
    if chooses_classes(values):
        widgets.slider("classes")
    if shape_of(values) != EMPTY:
        widgets.slider("noise", step=0.01)
        widgets.slider("points", step=20)
        widgets.slider("training", step=10)
        widgets.number("points_seed", step=1)
    widgets.pills("features")
    if not values["features"]:
        st.caption("Nothing selected: using x and y.")
    if ignored := len(own_points().points) - len(fitting(values)):
        why = "of none of these classes" if values["task"] == CLASSIFICATION else "without a height from −1 to 1"
        st.caption(f"Ignored for now: {counted(ignored, 'added point')} {why}.")


def run_buttons(session: PlaneSession) -> None:
    """Draw the buttons and the pace."""
    values = boundary_controls().values()

    def restart() -> None:
        session.reset(config_of(values, recipe_of(values)))

    can_restart = session.own is not None and (session.own.status is not Status.READY or session.edited)
    with transport_row():
        transport(session, restart, "Restart from the initial weights", can_restart)
        pace = Widgets(boundary_controls()).pace()
        if session.own:
            session.own.set_pace(PACES[pace].steps_per_second)
