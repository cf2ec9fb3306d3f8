"""The Learn page: how a network computes and learns, in short interactive scenes, each with a prediction."""

from pathlib import Path

import streamlit as st

from ui.learn import scenes
from ui.learn.position import Position, position
from ui.learn.scenes import SCENES, lesson_plan
from ui.parts.keys import listen_to_keys
from ui.parts.notices import in_sentences

STYLE = Path(scenes.__file__).with_name("learn.css")
NAMES = list(SCENES)


def choose_scene(at: Position) -> None:
    """Draw the list of scenes, and next to the title the buttons to the previous and the next one."""
    at.choose(st.sidebar.radio, "Scenes", format_func=lambda name: f"{NAMES.index(name) + 1}. {SCENES[name].title}")
    scene = SCENES[at.current]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        at.button("Back", "arrow_back", -1)
        at.button("Next", "arrow_forward", 1)
        st.markdown(f"#### {scene.title}", width="content")
        st.markdown(f":gray[{at.number} of {len(NAMES)} · {scene.question}]", width="content")


st.html(STYLE)
listen_to_keys(presenting=False)
at = position("scene", NAMES, within={"chain": "stage"})
choose_scene(at)
with in_sentences():
    SCENES[at.current].draw()
with st.expander("For teachers: lesson plan", icon=":material/school:"):
    st.markdown(lesson_plan(at.current))
