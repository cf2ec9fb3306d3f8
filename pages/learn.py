"""The Learn page: how a network computes and learns, in short interactive scenes, each with a prediction."""

from pathlib import Path

import streamlit as st

from ui.learn import scenes
from ui.learn.address import beside, chosen, go
from ui.learn.scenes import SCENES, lesson_plan
from ui.parts.notices import in_sentences

STYLE = Path(scenes.__file__).with_name("learn.css")
NAMES = list(SCENES)


def choose_scene(name: str) -> None:
    """Draw the list of scenes, and next to the title the buttons to the previous and the next one."""
    st.session_state.how_scene = name  # the address decides
    st.sidebar.radio(
        "Scenes",
        NAMES,
        format_func=lambda each: f"{NAMES.index(each) + 1}. {SCENES[each].title}",
        on_change=lambda: go("scene", st.session_state.how_scene, ["stage"]),
        key="how_scene",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        turn("Back", "arrow_back", beside(name, NAMES, -1))
        turn("Next", "arrow_forward", beside(name, NAMES, 1))
        place = f"{NAMES.index(name) + 1} of {len(NAMES)}"
        st.markdown(f"#### {SCENES[name].title}", width="content")
        st.markdown(f":gray[{place} · {SCENES[name].question}]", width="content")


def turn(word: str, icon: str, to: str | None) -> None:
    """Draw a button that opens another scene."""
    st.button(
        word,
        icon=f":material/{icon}:",
        disabled=to is None,
        on_click=go,
        args=("scene", to, ["stage"]),
        key=f"how_{icon}",
    )


st.html(STYLE)
name = chosen("scene", NAMES)
choose_scene(name)
with in_sentences():
    SCENES[name].draw()
with st.expander("For teachers: lesson plan", icon=":material/school:"):
    st.markdown(lesson_plan(name))
