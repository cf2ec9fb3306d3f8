"""An exercise: the question of a teacher's link, what must be reached, and the receipt once it is."""

from datetime import UTC, datetime

import streamlit as st

from mlp.text import percent
from mlp.training.best import best_of
from ui.classroom.receipt import exercise_code, written
from ui.classroom.school_class import LONGEST_NAME, Glance, school_class
from ui.classroom.teacher import secret
from ui.classroom.tiles import in_words
from ui.parts.browser import browser_token
from ui.parts.classroom import classroom
from ui.parts.dialogs import close_dialog, open_dialog
from ui.parts.link import link
from ui.parts.notices import plain
from ui.parts.session import Session

NOT_YET = "Not reached yet: the best epoch has {best} on the validation set. Train on, or try other settings."
NO_EPOCH = "Not reached yet: train for at least one epoch."


@st.fragment
def exercise_part(session: Session) -> None:
    """Draw the exercise that the address has, if any, above the page whose session this is."""
    room = classroom()
    with st.container():  # always, so that what follows stays the same element
        if not room.has_exercise:
            return
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="exercise"):
            goal = f" **To reach: {room.goal} % on the validation set.**" if room.goal else ""
            st.markdown(f":material/assignment: {plain(room.question)}{goal}", width="content")
            if room.goal:
                st.button("Check", on_click=_check, args=(session, float(room.goal)), key="check_exercise")


def _check(session: Session, goal: float) -> None:
    """Callback: say whether the best epoch of the page's run reaches the goal."""
    run = session.own
    best = best_of(run.view().history, "accuracy") if run else None
    if run is None or best is None:
        st.toast(NO_EPOCH, icon=":material/trending_up:", duration="long")
    elif 100 * best.accuracy < goal:
        st.toast(NOT_YET.format(best=percent(best.accuracy, 2)), icon=":material/trending_up:", duration="long")
    else:
        open_dialog(_reached, Glance.at(run), best.accuracy)
        st.rerun()


@st.dialog("Reached", icon=":material/check_circle:", width="medium", on_dismiss=close_dialog)
def _reached(run: Glance, accuracy: float) -> None:
    """Say what was reached; on a server that has a teacher, write the receipt."""
    st.markdown(f"The best epoch has **{percent(accuracy, 2)}** on the validation set.")
    if not secret():
        return
    room, student = classroom(), school_class().meet(browser_token())
    name = st.text_input("Your name on the receipt", student.name, max_chars=LONGEST_NAME, key="receipt_name")
    facts = (
        name.replace("·", "-"),  # which separates facts
        f"exercise {exercise_code(secret(), room.question, room.goal)}",
        f"goal {room.goal} %",
        f"reached {percent(accuracy, 2)}",
        in_words(run.config),
        f"run {run.run_id}" if run.run_id else "",
        f"{datetime.now(UTC):%Y-%m-%d}",
    )
    link(written(secret(), *facts), key="receipt")
    st.caption("Copy this line, and hand it in. Your teacher can check that it is unchanged.")
