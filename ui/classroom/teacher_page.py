"""The teacher's page: what everyone is asked to do, and below it the wall."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import streamlit as st

from mlp.config import RunConfig
from mlp.presets import usual_preset
from mlp.tokens import class_code, new_token
from ui.classroom.challenge import ranking
from ui.classroom.receipt import checked
from ui.classroom.school_class import Gift, Glance, SchoolClass, Student, school_class
from ui.classroom.teacher import secret
from ui.classroom.tiles import in_words
from ui.classroom.wall import wall_csv
from ui.parts.choice import choose
from ui.parts.component import component
from ui.parts.datasets import dataset_labels
from ui.parts.dialogs import close_dialog, closing_dialog, open_dialog, show_refusal
from ui.parts.link import link_and_code
from ui.parts.notices import plain
from ui.parts.server import engine, store
from ui.parts.session import give_up
from ui.parts.settings import defaults, to_query

ORDERS = {"accuracy": "By accuracy", "name": "By name"}
LIMITS = {"minutes": "Minutes", "epochs": "Epochs"}
KEY = "wall"
NOT_GENUINE = "Not genuine: changed, incomplete, or from another server"
ON_BOUNDARY = "This network is on the Boundary page, whose networks are not stored."


def teacher_page() -> None:
    """Draw the page."""
    room = school_class()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="wall_buttons"):
        if room.is_looking:
            _button("Go on", "play_arrow", room.go_on, "What was paused trains again", type="primary")
        else:
            help = "Pauses all networks, and covers all students' pages until you press Go on"
            _button("Everyone look here", "front_hand", room.look_here, help)
        _challenge_button(room)
        if room.given is not None:
            when = "after the challenge" if room.underway else "now"
            _button("Withdraw settings", "undo", room.take_back, f"Offered {when}: {plain(room.given.words)}")
        _button("Join", "qr_code", lambda: open_dialog(_invitation), "The address for the class")
        _button("Receipts", "fact_check", lambda: open_dialog(_receipts), "Check what students hand in")
        st.download_button(
            "CSV", lambda: wall_csv(room), "class.csv", "text/csv", icon=":material/download:", on_click="ignore"
        )
        order = choose("Order of the tiles", ORDERS, key="wall_order")
    component("classroom/wall", '<section class="mlp-wall" aria-label="The class"></section>')(
        key=KEY,
        data={"feed": "class_wall", "version": room.version, "order": order},
        on_version_change=lambda: None,
        on_chosen_change=_open_student,
    )


def _button(label: str, icon: str, act: Callable[[], None], help: str, **more: Any) -> None:
    st.button(label, icon=f":material/{icon}:", on_click=act, help=help, key=f"wall_{icon}", **more)


def _challenge_button(room: SchoolClass) -> None:
    challenge = room.challenge
    if challenge is None:
        help = "A challenge: whose network is best on the validation set?"
        _button("Start together", "flag", lambda: open_dialog(_new_challenge), help)
    elif challenge.is_over:
        _button("Close the challenge", "close", room.clear_challenge, "Takes the places off the wall")
    else:
        _button("End the challenge", "sports_score", room.end_challenge, "Pauses all networks, and opens the test set")


@st.dialog("Start together", icon=":material/flag:", on_dismiss=close_dialog)
def _new_challenge() -> None:
    labels = dataset_labels()
    st.selectbox("Data set", list(labels), format_func=labels.__getitem__, key="challenge_data")
    limit = choose("Limit", LIMITS, key="challenge_limit", labeled=True)
    st.number_input(LIMITS[limit], 1, 1000, 5, label_visibility="collapsed", key=f"challenge_{limit}")
    st.caption(
        "Every student gets a button to take part with a new network. Only networks that begin from now on count, each "
        "at its best epoch on the validation set. At the end, all are paused and measured on the test set."
    )
    st.button("Start", type="primary", on_click=_start, args=(limit,), key="start_challenge")
    show_refusal()


def _start(limit: str) -> None:
    with closing_dialog():
        number = int(st.session_state[f"challenge_{limit}"])
        seconds, epochs = (60.0 * number, None) if limit == "minutes" else (None, number)
        school_class().start_together(st.session_state["challenge_data"], seconds, epochs)


@st.dialog("Join the class", icon=":material/qr_code:", width="large", on_dismiss=close_dialog)
def _invitation() -> None:
    address = f"{(st.context.url or '').partition('?')[0].rpartition('/')[0]}/{class_code(secret())}"
    words, code = st.columns(2, gap="medium")
    with words:
        link_and_code(address, "Scan to join", code, key="join_link")
        st.markdown("It opens the settings that you gave last, or the first page.")


@st.dialog("Receipts", icon=":material/fact_check:", width="large", on_dismiss=close_dialog)
def _receipts() -> None:
    """Check receipts of exercises."""
    pasted = st.text_area("Paste receipts, one below the other", height=160, key="pasted_receipts")
    for part in checked(secret(), pasted):
        mark = ":green[:material/check: Genuine]" if part.is_genuine else f":red[:material/close: {NOT_GENUINE}]"
        st.markdown(f"{mark} · {plain(part.text)}")
    st.caption("Genuine: written by this server and not changed since. It does not show who has trained the network.")


def _open_student() -> None:
    room = school_class()
    chosen = room.student(int(st.session_state[KEY]["chosen"]))
    if chosen is not None:
        places = ranking(room.challenge) if room.challenge else []
        best = next((place.run_id for place in places if place.student == chosen.number), "")
        open_dialog(_student, chosen, chosen.glance, best)


@st.dialog("Student", icon=":material/person:", on_dismiss=close_dialog)
def _student(student: Student, run: Glance | None, best: str) -> None:
    """Show one student, and what a teacher can do with the run that the tile showed when it was pressed.

    `best` is the id of the run that has the student's place in a challenge, if there is one.
    """
    st.markdown(f"**{plain(student.label)}**")
    st.markdown(plain(in_words(run.config)) if run else "Nothing trained yet.")
    if run and run.page:
        st.caption(ON_BOUNDARY)
    elif run:
        if run.run_id:
            _button("Open, read only", "visibility", lambda: _open(run.run_id), "On Train", width="stretch")
        _button("Give everyone these settings", "redeem", lambda: _give(run.config), "As an offer", width="stretch")
        if run.run_id:
            help = "Deletes it; if the student's page has it, it begins a new one"
            _button("Remove this run", "delete", lambda: _ask(student, run), help, width="stretch")
    if best and (run is None or best != run.run_id):
        help = "The run that has the place in the challenge, on Train"
        _button("Open the best run, read only", "trophy", lambda: _open(best), help, width="stretch")
    help = "The name is forgotten, too. Who uses a page again comes back without it"
    _button("Take off the wall", "person_remove", lambda: _remove(student), help, width="stretch")
    show_refusal()


def _open(run_id: str) -> None:
    close_dialog()
    st.switch_page("pages/train.py", query_params={"run": run_id})


def _give(config: RunConfig) -> None:
    with closing_dialog():
        values = defaults(usual_preset(config.dataset), config.dataset) | asdict(config)
        school_class().give(Gift("", to_query(values), in_words(config)))


def _ask(student: Student, run: Glance) -> None:
    open_dialog(_confirm, student, run)
    st.rerun()


@st.dialog("Remove this run?", icon=":material/delete:", on_dismiss=close_dialog)
def _confirm(student: Student, run: Glance) -> None:
    st.markdown(f"**{plain(student.label)}** · {plain(in_words(run.config))}")
    st.markdown("It can't be restored. If the student's page still has it, it begins a new one.")
    st.button("Remove the run", type="primary", on_click=_remove_run, args=(run.run_id,), key="confirm_remove")
    show_refusal()


def _remove_run(run_id: str) -> None:
    with closing_dialog():
        school_class().take_run(run_id)
        if run := engine().find(run_id):  # also one that no tab shows
            run.pause()
        give_up(run_id)
        store().hand_over(run_id, new_token())  # to nobody: who began it can't train it on, and so bring it back
        store().delete(run_id)


def _remove(student: Student) -> None:
    with closing_dialog():
        school_class().remove(student.number)
