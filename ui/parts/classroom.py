"""For the classroom: a link that hides controls, and a mode for the projector.

Both are parameters of the address, so they travel with the link: `hide=noise.classes` and `present=yes`. A hidden
control keeps the value from the link. That guides a class; it is no protection.
"""

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from mlp.text import unknown
from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation

HIDE, PRESENT = "hide", "present"
YES = "yes"

TRAIN_CONTROLS = {
    "preset": "Preset",
    "dataset": "Data set",
    "layers": "Hidden layers",
    "units": "Units",
    "activation": "Activation",
    "start": "Initial weights, seed",
    "network_more": "More network settings",
    "learning_rate": "Learning rate",
    "batch_size": "Batch size",
    "epochs": "Epochs",
    "optimizer": "Optimizer",
    "regularization": "Regularization",
    "augmentation": "Augmentation",
    "stopping": "Stopping",
    "more": "More training settings",
    "curves": "Curves",
    "pace": "Pace",
}
BOUNDARY_CONTROLS = {
    "task": "Task",
    "shape": "Points",
    "classes": "Classes",
    "noise": "Noise",
    "points": "Number of points",
    "training": "Training share (%)",
    "points_seed": "Data seed",
    "features": "Inputs",
    "layers": "Hidden layers",
    "units": "Units",
    "activation": "Activation",
    "start": "Initial weights, seed",
    "learning_rate": "Learning rate",
    "batch_size": "Batch size",
    "optimizer": "Optimizer",
    "more": "Regularization",
    "picture": "Display",
    "pace": "Pace",
    "landscape": "Loss landscape",
}
CONTROLS = TRAIN_CONTROLS | BOUNDARY_CONTROLS
# Headings in the sidebar, by key. With all the controls below one, it is hidden too.
HEADINGS = {
    "network_heading": ("layers", "units", "activation", "start", "network_more"),
    "training_heading": (
        "learning_rate",
        "batch_size",
        "epochs",
        "optimizer",
        "regularization",
        "augmentation",
        "stopping",
        "more",
    ),
}


class Classroom(NamedTuple):
    """How the page is shown."""

    hidden: tuple[str, ...]  # controls, by name
    presenting: bool

    @property
    def parameters(self) -> dict[str, str]:
        """What of it is in the address."""
        hide = {HIDE: ".".join(self.hidden)} if self.hidden else {}
        return hide | ({PRESENT: YES} if self.presenting else {})


def classroom() -> Classroom:
    """Return how pages are shown in this tab."""
    now: Classroom = st.session_state.get(Key.CLASSROOM, Classroom((), False))
    return now


def open_classroom() -> list[str]:
    """Show pages as the address says; return a sentence for each control that it names and nobody knows.

    An address that does not say changes nothing, nor does one that a late message from the browser still carries after
    Present or Exit was pressed. Afterwards it says how pages are shown.
    """
    query, complaints = st.query_params, []
    opens = Key.CLASSROOM not in st.session_state or is_history_navigation()
    if opens and (HIDE in query or PRESENT in query):
        asked = list(filter(None, query.get(HIDE, "").split(".")))
        known = tuple(name for name in asked if name in CONTROLS)
        st.session_state[Key.CLASSROOM] = Classroom(known, query.get(PRESENT) == YES)
        complaints = [unknown("control to hide", name, CONTROLS) for name in asked if name not in CONTROLS]
    parameters = classroom().parameters
    for name in (HIDE, PRESENT):
        if name in query and name not in parameters:
            del query[name]
        elif name in parameters and query.get(name) != parameters[name]:
            query[name] = parameters[name]
    return complaints


def write_address(query: Mapping[str, str]) -> None:
    """Replace the address's parameters; those of the classroom stay."""
    whole = dict(query) | classroom().parameters
    if whole != st.query_params.to_dict():
        st.query_params.from_dict(whole)
