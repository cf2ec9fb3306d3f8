"""What a student's page shows of the class: a name to type, what the teacher asks for, and settings to take."""

from collections.abc import Mapping
from time import time

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.text import counted
from ui.classroom.challenge import Challenge, described, ranking
from ui.classroom.school_class import LONGEST_NAME, Gift, SchoolClass, Student, school_class
from ui.classroom.scores import reached_text, score_name
from ui.parts.browser import browser_token
from ui.parts.component import component
from ui.parts.dialogs import close_dialog, closing_dialog, open_dialog
from ui.parts.notices import plain
from ui.parts.routes import place
from ui.parts.session import Session
from ui.parts.state import Key

LINE = '<p class="mlp-class" hidden><span role="status"></span> <span role="timer"></span></p>'
LOOK_HERE = "Look at the front"
WHO_SEES = "Only your teacher sees it, until the server is stopped."
GONE = "This data set was deleted. Ask your teacher for another one."
PAGES = {"": "pages/train.py", "boundary": "pages/boundary.py"}  # by their addresses


def news_route() -> Route:
    """Return the route at which students' pages ask every two seconds whether the class has news."""
    return Route(place("/class_news/{key}"), news)


async def news(request: Request) -> Response:
    """Answer with the version of what is shown; 204 if it is the one that was seen, 404 for a student that was removed.

    A coroutine: it takes less time than handing it to a thread would.
    """
    room = school_class()
    room.end_in_time()
    student = room.follow(request.path_params["key"])
    if student is None:
        return Response(status_code=404)
    version = _version(room, _takes_part(room, student))
    if request.query_params.get("seen") == version:
        return Response(status_code=204)
    return JSONResponse({"version": version})


def _version(room: SchoolClass, takes_part: bool) -> str:
    """Return a text that changes with what a student's page shows."""
    return f"{room.version}.in" if takes_part else f"{room.version}"


def _takes_part(room: SchoolClass, student: Student) -> bool:
    return room.underway is not None and student.takes_part(room.underway)


def student_part(session: Session | None, page: str) -> None:
    """Draw what a student sees of the class above its page, which has this address; `session` is its, if it trains."""
    school_class().meet(browser_token(), session, page)
    _news(session, page)


@st.fragment
def _news(session: Session | None, page: str) -> None:
    room = school_class()
    student = room.meet(browser_token())
    if session is not None and session not in student.sessions():  # it was taken off the wall, and is back
        student.show(session, page)
    if session is not None and session.is_removed:
        session.is_removed = False
        st.toast("Your teacher removed the run that was here.", icon=":material/delete:", duration="long")
        st.rerun()
    if st.session_state.pop(Key.LOOKED, False) and not room.is_looking:
        st.rerun()  # what was paused trains again, and the page must follow it
    st.session_state[Key.LOOKED] = room.is_looking
    message, left = _message(room, student)
    challenge = room.underway
    joins = challenge is not None and student.number in challenge.joined and Key.OPENS_ADDRESS in st.session_state
    takes_part = joins or _takes_part(room, student)  # the page below is about to open its network
    with st.container(key="class_news"):
        component("classroom/student", LINE)(
            key="student",
            data={
                "feed": f"class_news/{student.key}",
                "version": _version(room, takes_part),
                "message": LOOK_HERE if room.is_looking else message,
                "left": None if room.is_looking else left,
                "looking": room.is_looking,
            },
            on_version_change=lambda: None,
        )
        if not student.name and not student.declined_name:
            _ask_name(student)
        if challenge is not None:
            if not takes_part:
                _invite(student, challenge)
        elif room.given is not None and student.answered is not room.given:
            _offer(student, room.given)


def own_name() -> None:
    """Draw the button that opens a student's own name."""
    st.button(
        "Your name",
        icon=":material/person:",
        type="tertiary",
        help="What your teacher's wall calls you",
        on_click=open_dialog,
        args=(_own_name,),
        key="own_name",
    )


@st.dialog("Your name", icon=":material/person:", on_dismiss=close_dialog)
def _own_name() -> None:
    student = school_class().meet(browser_token())
    st.text_input(
        "Your name or number", student.name, placeholder=student.label, max_chars=LONGEST_NAME, key="new_name"
    )
    with st.container(horizontal=True):
        st.button(
            "Save", type="primary", on_click=lambda: _call(student, st.session_state["new_name"]), key="save_name"
        )
        st.button("Forget it", on_click=_call, args=(student, ""), disabled=not student.name, key="forget_name")
    st.caption(WHO_SEES)


def _call(student: Student, name: str) -> None:
    with closing_dialog():
        student.call(name)


def _ask_name(student: Student) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="class_name"):
        st.text_input(
            "Your name or number",
            placeholder="Your name or number",
            max_chars=LONGEST_NAME,
            label_visibility="collapsed",
            width=230,  # pixels: in a row with the rest, it would be too narrow for its words
            on_change=lambda: student.call(st.session_state["typed_name"]),
            key="typed_name",
        )
        st.button("Rather not", type="tertiary", on_click=student.call, args=("",), key="decline_name")
        st.caption(WHO_SEES)


def _offer(student: Student, gift: Gift) -> None:
    """Draw settings that the teacher gives, with the buttons that take or leave them."""

    def answer() -> None:
        student.answered = gift

    def use() -> None:
        answer()
        _open(student, gift)

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="class_offer"):
        words = f":material/redeem: Your teacher gives you settings: {plain(gift.words)}"
        st.markdown(words, width="content")
        with st.container(horizontal=True, gap="small", width="content", key="class_answers"):
            st.button("Use them", type="primary", on_click=use, key="take_offer")
            st.button("Keep mine", on_click=answer, key="leave_offer")


def _invite(student: Student, challenge: Challenge) -> None:
    """Draw the button that joins a challenge. It stays after "Not now", and comes back when its data are left."""

    def decline() -> None:
        student.invited = challenge

    def join() -> None:
        student.invited = challenge
        _open(student, Gift("", _settings_of(challenge), ""), joins=challenge)

    is_new = student.invited is not challenge
    with st.container(horizontal=True, gap="small", width="content", key="class_challenge"):
        st.button("Take part", type="primary" if is_new else "secondary", on_click=join, key="join_challenge")
        if is_new:
            st.button("Not now", on_click=decline, key="decline_challenge")


def _open(student: Student, gift: Gift, joins: Challenge | None = None) -> None:
    """Open what the teacher gives, perhaps to join a challenge, unless its data was deleted."""
    if not gift.has_data:
        st.toast(GONE, icon=":material/delete:", duration="long")
        return
    if joins is not None:
        school_class().join(student, joins)
    for run in student.runs():
        run.pause()
    open_settings(gift.page, gift.query)


def open_settings(page: str, query: Mapping[str, str | list[str]]) -> None:
    """Callback: open a page with settings, as if by a link."""
    st.session_state.pop(Key.CLASSROOM, None)  # the address says what is hidden, and may set an exercise
    st.session_state[Key.OPENS_ADDRESS] = True
    st.switch_page(PAGES[page], query_params=query)


def _settings_of(challenge: Challenge) -> dict[str, str]:
    epochs = {} if challenge.epochs is None else {"epochs": str(challenge.epochs)}
    return {"dataset": challenge.dataset, **epochs}


def _message(room: SchoolClass, student: Student) -> tuple[str, float | None]:
    """Return what the page says of a challenge, and for how many seconds that still lasts."""
    challenge = room.challenge
    if challenge is None:
        return "", None
    if not challenge.is_over:
        best = f"The best {score_name(challenge.info)} on the validation set wins."
        return f"Challenge: {described(challenge)}. {best}", challenge.seconds_left(time())
    places = ranking(challenge)
    own = next((found for found in places if found.student == student.number), None)
    if own is None:
        return "The challenge is over.", None
    reached = f"{reached_text(challenge.info, own.score)} on the validation set"
    of = counted(len(places), "student")
    return f"The challenge is over. You reached {reached}: place {own.rank} of {of}.", None
