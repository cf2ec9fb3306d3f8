"""For the classroom: a link that hides controls and sets an exercise, and a mode for the projector.

They are parameters of the address, so they travel with the link: `hide=noise.classes`, `question=…`, `goal=95`,
`exercise=boundary` and `present=yes`. A hidden control keeps the value from the link. That guides a class; it is no
protection.
"""

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from mlp.text import not_one_of, quoted, unknown
from ui.parts.state import Key
from ui.parts.streamlit_internals import is_history_navigation

HIDE, PRESENT, QUESTION, GOAL, EXERCISE = "hide", "present", "question", "goal", "exercise"
OF_THE_CLASSROOM = (HIDE, PRESENT, QUESTION, GOAL, EXERCISE)  # the parameters of the address that are not settings
YES = "yes"
LONGEST_QUESTION = 300  # characters

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
PAGES = (TRAIN, BOUNDARY) = "train", "boundary"  # that a class trains on
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
    question: str = ""  # of an exercise,
    goal: str = ""  # and the accuracy on the validation set that must be reached, in percent
    page: str = ""  # the one that an exercise is for, of `PAGES`: what its link does not say, the first that is opened

    @property
    def has_exercise(self) -> bool:
        """Whether the link sets an exercise."""
        return bool(self.question or self.goal)

    @property
    def parameters(self) -> dict[str, str]:
        """What of it is in the address."""
        present = YES if self.presenting else ""
        values = {HIDE: ".".join(self.hidden), PRESENT: present, QUESTION: self.question, GOAL: self.goal}
        values[EXERCISE] = self.page if self.has_exercise else ""
        return {name: value for name, value in values.items() if value}


def classroom() -> Classroom:
    """Return how pages are shown in this tab."""
    now: Classroom = st.session_state.get(Key.CLASSROOM, Classroom((), False))
    return now


def open_classroom() -> list[str]:
    """Show pages as the address says; return a sentence for what makes no sense: an unknown control, a wrong goal.

    An address that does not say changes nothing, nor does one that a late message from the browser still carries after
    Present or Exit was pressed.
    """
    query, complaints = st.query_params, []
    opens = Key.CLASSROOM not in st.session_state or is_history_navigation()
    if opens and any(name in query for name in OF_THE_CLASSROOM):
        asked = list(filter(None, query.get(HIDE, "").split(".")))
        known = tuple(name for name in asked if name in CONTROLS)
        goal, problem = _read_goal(query.get(GOAL, ""))
        question, page = query.get(QUESTION, "")[:LONGEST_QUESTION], query.get(EXERCISE, "")
        st.session_state[Key.CLASSROOM] = Classroom(
            known, query.get(PRESENT) == YES, question, goal, page if page in PAGES else ""
        )
        complaints = [unknown("control to hide", name, CONTROLS) for name in asked if name not in CONTROLS]
        complaints += filter(None, [problem])
        if page not in ("", *PAGES):
            complaints.append(not_one_of("page for an exercise", page, PAGES))
    return complaints


def place_exercise(page: str) -> None:
    """Have an exercise whose link does not say where it belongs stay on this page, the first of `PAGES` to be opened.

    Only there: on another one, the same question and goal would ask for something else.
    """
    room = classroom()
    if room.has_exercise and not room.page:
        st.session_state[Key.CLASSROOM] = room._replace(page=page)


def write_classroom() -> None:
    """Have the address say how pages are shown; not after back or forward, which lead to what was shown before."""
    if not is_history_navigation():
        change_address({name: classroom().parameters.get(name, "") for name in OF_THE_CLASSROOM})


def _read_goal(text: str) -> tuple[str, str]:
    """Return a goal, empty if there is none, and a sentence if the text is no goal."""
    try:
        if not text or 0 < float(text) <= 100:
            return text, ""
    except ValueError:
        pass
    return "", f"The goal is {quoted(text)}; it must be a number up to 100, the validation accuracy in percent."


def write_address(query: Mapping[str, str]) -> None:
    """Replace the address's parameters; those of the classroom stay.

    Not after back or forward to an address with settings: the page has them. One without any is changed in place, so
    the browser makes no entry of it, and back does not lead to the same page again.
    """
    whole = dict(query) | classroom().parameters
    if whole != st.query_params.to_dict() and not (is_history_navigation() and _has_settings()):
        st.query_params.from_dict(whole)


def change_address(texts: Mapping[str, str]) -> None:
    """Set these parameters of the address, and remove those without a text; others stay, such as those of `bind`.

    In one go: the browser makes an entry of each address that it is sent.
    """
    # Only an update changes several at once and leaves alone what is bound; an empty list is not written.
    changed: dict[str, str | list[str]] = {
        name: text or [] for name, text in texts.items() if text != st.query_params.get(name, "")
    }
    if changed:
        st.query_params.update(changed)


def travelled_to_settings(has_trained: bool) -> bool:
    """Whether back or forward led to an address with settings, which the page must get.

    Once its network has trained, one without any is not meant: as pages change, the browser may make an entry of the
    address before the page's own is there.
    """
    return is_history_navigation() and (_has_settings() or not has_trained)


def _has_settings() -> bool:
    """Whether the address has more than what is of the classroom."""
    return not st.query_params.keys() <= set(OF_THE_CLASSROOM)
