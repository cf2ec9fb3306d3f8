"""An exercise: the question of a teacher's link, what must be reached, and the receipt once it is."""

from datetime import UTC, datetime

import streamlit as st

from mlp.datasets.own.stored import is_own
from ui.classroom.receipt import exercise_code, written
from ui.classroom.school_class import LONGEST_NAME, Glance, school_class
from ui.classroom.scores import best_score, goal_text, in_percent, reached_text
from ui.classroom.teacher import secret
from ui.classroom.tiles import in_words
from ui.parts.browser import browser_token
from ui.parts.classroom import TRAIN, classroom
from ui.parts.dialogs import close_dialog, open_dialog
from ui.parts.link import link
from ui.parts.notices import plain
from ui.parts.press import press
from ui.parts.session import Session

NOT_YET = "Not reached yet: the best epoch reached {best} on the validation set. Train longer, or try other settings."
NO_EPOCH = "Not reached yet: train for at least one epoch."


@st.fragment
def exercise_part(session: Session, page: str) -> None:
    """Draw the exercise that the address has, if any, above the page with this session and address.

    `page` is the one that is open, as in its path; the exercise is drawn only if it is for that one.
    """
    room = classroom()
    if not room.has_exercise or room.page != (page or TRAIN):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="exercise"):
        goal = f" **To reach: {_goal(session, room.goal)} on the validation set.**" if room.goal else ""
        st.markdown(f":material/assignment: {plain(room.question)}{goal}", width="content")
        if room.goal:
            press("Check", lambda: _check(session, page, float(room.goal)), key="check_exercise")


def _check(session: Session, page: str, goal: float) -> None:
    """Say whether the best epoch of the page's run reaches the goal."""
    glance = Glance.at(session.own, page) if session.own else None
    best = best_score(glance.dataset, glance.history) if glance else None
    if glance is None or best is None:
        st.toast(NO_EPOCH, icon=":material/trending_up:", duration="long")
        return
    _, score = best
    if in_percent(glance.dataset.info, score) < goal:
        reached = reached_text(glance.dataset.info, score, 2)
        st.toast(NOT_YET.format(best=reached), icon=":material/trending_up:", duration="long")
    else:
        open_dialog(_reached, glance, score)
        st.rerun()


def _goal(session: Session, goal: str) -> str:
    """Return what must be reached with the page's data, in words."""
    return goal_text(Glance.at(session.own).dataset.info, goal) if session.own else f"{goal} %"


@st.dialog("Reached", icon=":material/check_circle:", width="medium", on_dismiss=close_dialog)
def _reached(run: Glance, score: float) -> None:
    """Say what was reached; on a server that has a teacher, write the receipt."""
    reached = reached_text(run.dataset.info, score, 2)
    st.markdown(f"The best epoch reached **{reached}** on the validation set.")
    if not secret():
        return
    room, student = classroom(), school_class().meet(browser_token())
    name = st.text_input("Your name on the receipt", student.name, max_chars=LONGEST_NAME, key="receipt_name")
    facts = (
        name.replace("·", "-"),  # which separates facts
        f"exercise {exercise_code(secret(), room.question, room.goal, run.page)}",
        f"goal {goal_text(run.dataset.info, room.goal)}",
        f"reached {reached}",
        in_words(run.config),
        run.config.dataset if is_own(run.config.dataset) else "",  # several may have the same label
        f"run {run.run_id}" if run.run_id else "",
        f"{datetime.now(UTC):%Y-%m-%d}",
    )
    link(written(secret(), *facts), key="receipt")
    st.caption("Copy this line, and hand it in. Your teacher can check that it is unchanged.")
