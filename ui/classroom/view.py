"""What a teacher gets on a page: Present, large letters, hidden controls, and the box that makes the class's link."""

from collections.abc import Callable, Mapping

import streamlit as st

from mlp.export import ExportedRun
from ui.classroom.receipt import exercise_code
from ui.classroom.school_class import Gift, school_class
from ui.classroom.student import own_name
from ui.classroom.teacher import is_teacher, secret
from ui.classroom.tiles import in_words
from ui.parts.classroom import (
    BOUNDARY,
    BOUNDARY_CONTROLS,
    HEADINGS,
    LONGEST_QUESTION,
    OF_THE_CLASSROOM,
    PRESENT,
    TRAIN,
    YES,
    Classroom,
    classroom,
    open_classroom,
    place_exercise,
)
from ui.parts.dialogs import close_dialog, closing_dialog, open_dialog, show_dialog, show_refusal
from ui.parts.download import offer_formats
from ui.parts.keys import Keys, listen_to_keys
from ui.parts.link import address_of_page, link_and_code
from ui.parts.notices import plain, shortened
from ui.parts.settings import config_of, train_controls
from ui.parts.state import Key

# Keys of controls whose key is not their name.
KEYS = {
    "preset": ("preset", "back_to_preset", "story_place"),
    "shape": ("shape", "surface"),
    "learning_rate": ("learning_rate", "find_rate"),
    "activation": ("activation", "own_activation"),
}
LAYERED = ("units", "activation")  # with a control for each hidden layer

SCREEN = """<style>
:root { font-size: clamp(18px, 1.45vw, 28px); } /* the panels' letters grow with the room they have */
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stMainMenu"],
.mlp-save { display: none; }
[data-testid="stMainBlockContainer"] { padding-inline: 2rem; }
.st-key-toolbar { right: 2rem; }
/* Boundary: fewer things, larger, and the curves still in sight. */
@media (width > 640px) {
  .mlp-boundary .key, .mlp-boundary .numbers :is([data-name="step"], [data-name="examples/s"]) { display: none; }
  .mlp-boundary .plane { display: contents; }
  .mlp-boundary .net { min-height: 0; }
  .mlp-boundary .picture { width: min(100%, var(--window, 100dvh) - 7rem - 70px - max(190px, 11.4vw)); }
  .mlp-boundary .stage { row-gap: 0.4em; }
  .mlp-boundary .adding { grid-area: 2 / 1; }
  .mlp-boundary figcaption { grid-area: 2 / 2; }
  .mlp-boundary .numbers dd { font-size: 1.5em; line-height: 1; }
  .st-key-boundary_curves .mlp-board { font-size: clamp(14px, 0.85cqi, 20px); }
}
</style>"""


def apply_classroom(controls: Mapping[str, str]) -> None:
    """Show the page as the address says: without hidden controls, large on a projector. `controls` are the page's."""
    for complaint in shortened(open_classroom()):
        st.toast(plain(complaint), icon=":material/link_off:", duration="long")
    if controls:
        place_exercise(_page_with(controls))
    room = classroom()
    # Only here: another page may have a control of the same name.
    hidden = [selector for name in room.hidden if name in controls for selector in _selectors(name)]
    for heading, below in HEADINGS.items():
        if all(name in room.hidden for name in below if name in controls):
            hidden.append(f".st-key-{heading}")
    if hidden:
        st.html(f"<style>{', '.join(hidden)} {{ display: none; }}</style>")
    if room.presenting:
        st.html(SCREEN)
    if controls:  # before the page's panels: a key that is pressed as soon as they are there is heard
        listen_to_keys(room.presenting)


@st.fragment
def toolbar(controls: Mapping[str, str], keys: Keys, exported: Callable[[], ExportedRun]) -> None:
    """Draw the buttons in the corner at the top right, and the open dialog. Below the run's in the tab order.

    `exported` returns the page's run, to be downloaded.
    """
    room = classroom()
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall", key="toolbar"):
        if room.presenting:
            st.button(
                "Exit",
                icon=":material/close_fullscreen:",
                type="tertiary",
                on_click=_exit,
                help="Key: Esc",
                key="button_exit",
            )
        else:
            if secret() and not is_teacher(st.context.cookies):
                own_name()
            # A link that hides controls or sets an exercise is for students.
            elif not room.hidden and not room.has_exercise:
                st.button(
                    "For the classroom",
                    icon=":material/co_present:",
                    type="tertiary",
                    help="A link for the class, with what it shows and hides",
                    on_click=open_dialog,
                    args=(_for_the_classroom, controls),
                    key="classroom_box",
                )
            st.button(
                "Present",
                icon=":material/fullscreen:",
                type="tertiary",
                on_click=_present,
                help="Large letters, no sidebar, and keys that control the run",
                key="present",
            )
            st.button(
                "Download",
                icon=":material/download:",
                type="tertiary",
                help="The network, or the whole run, as a file",
                on_click=offer_formats,
                args=(exported,),
                key="download_run",
            )
        st.button(
            "Keys",
            icon=":material/keyboard:",
            type="tertiary",
            help="Key: ?",
            on_click=open_dialog,
            args=(_list_keys, keys.presenting if room.presenting else keys.usual),
            key="button_show_keys",
        )
    show_dialog()


@st.dialog("Keys", icon=":material/keyboard:", on_dismiss=close_dialog)
def _list_keys(keys: Mapping[str, str]) -> None:
    """Say what each key does."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in ({"?": "show this list"} | dict(keys)).items()]
    st.markdown("\n".join(["| Key | What it does |", "|---|---|", *rows]))


@st.dialog("For the classroom", icon=":material/co_present:", width="large", on_dismiss=close_dialog)
def _for_the_classroom(controls: Mapping[str, str]) -> None:
    """Make the class's link; show it, also as a code that a phone's camera can read across the room."""
    choice, code = st.columns(2, gap="medium")
    with choice:
        hidden = st.pills(
            "Hide from the class",
            list(controls),
            default=[name for name in classroom().hidden if name in controls],
            selection_mode="multi",
            wrap=True,
            format_func=controls.__getitem__,
            key="classroom_hidden",
            persist_state="session",
            help="The link opens with the current settings, without these controls.",
        )
        question, goal = _exercise()
    query: dict[str, str | list[str]] = {
        name: st.query_params.get_all(name) for name in st.query_params if name not in (*OF_THE_CLASSROOM, "run")
    }
    chosen = Classroom(tuple(name for name in controls if name in hidden), False, question, goal, _page_with(controls))
    query |= chosen.parameters
    with code:
        words, picture = st.container(), st.container()
        with words:
            link_and_code(address_of_page(query), "Scan to join", picture, key="class_link")
            if goal and secret():
                named = exercise_code(secret(), question, goal, "" if chosen.page == TRAIN else chosen.page)
                st.caption(f"Receipts of this exercise say: exercise {named}")
        if is_teacher(st.context.cookies):
            st.button(
                "Give everyone these settings",
                icon=":material/redeem:",
                help="As an offer, which each student takes or leaves",
                on_click=_give,
                args=(_page_with(controls) == BOUNDARY, query),
                key="give_settings",
            )
            show_refusal()


def _page_with(controls: Mapping[str, str]) -> str:
    return BOUNDARY if controls is BOUNDARY_CONTROLS else TRAIN


def _exercise() -> tuple[str, str]:
    """Draw what makes the link an exercise; return the question and the goal, both perhaps empty."""
    now = classroom()
    with st.expander("Exercise", icon=":material/assignment:", expanded=now.has_exercise):
        question: str = st.text_area(
            "Question", now.question, max_chars=LONGEST_QUESTION, height=80, key="exercise_question"
        )
        wanted = st.number_input(
            "To reach: validation accuracy, or R² of a regression (%)",
            0.1,
            100.0,
            float(now.goal) if now.goal else None,
            step=1.0,
            format="%g",
            placeholder="Nothing",
            help="A student who has reached it gets a receipt to hand in, which Receipts on the Class page checks.",
            key="exercise_goal",
        )
    return question.strip(), "" if wanted is None else f"{wanted:g}"


def _give(on_boundary: bool, query: Mapping[str, str | list[str]]) -> None:
    with closing_dialog():
        words = "Boundary" if on_boundary else in_words(config_of(train_controls().values()))
        school_class().give(Gift("boundary" if on_boundary else "", query, words))


def _selectors(name: str) -> list[str]:
    """Return where a control is on the page: Streamlit writes its key into its class, alone or with a number."""
    rules = [rule for key in KEYS.get(name, (name,)) for rule in (f".st-key-{key}", f'[class*="st-key-{key}-"]')]
    return [*rules, f'[class*="st-key-{name}_"]'] if name in LAYERED else rules


def _present() -> None:
    st.session_state[Key.CLASSROOM] = classroom()._replace(presenting=True)
    st.query_params[PRESENT] = YES
    st.rerun()


def _exit() -> None:
    st.session_state[Key.CLASSROOM] = classroom()._replace(presenting=False)
    st.query_params.pop(PRESENT, None)
    st.rerun()
