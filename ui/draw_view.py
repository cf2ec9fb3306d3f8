"""Draw: a person's own examples, drawn by hand and answered at once, and a small test set made of them."""

import functools

import numpy as np
import streamlit as st

from mlp.datasets import DATASETS, Dataset
from mlp.drawing import prepare
from mlp.inspection import class_probabilities
from mlp.layers import Array
from mlp.metrics import Answers
from mlp.store import StoreError
from ui.draw import Drawing, canvas
from ui.draw_feed import NO_ANSWER, feed_address, ink_of
from ui.draw_tuning import choose_network, seen_by, tell, train_button, tuning_of
from ui.gallery import gallery
from ui.inspected import Inspected, inspected
from ui.notices import plain
from ui.session import Desk

MOST_KEPT = 100
FOLLOW_SECONDS = 1.0
LOOK_SECONDS = 0.3  # between looks whether a worker is done


def draw(desk: Desk, look: Inspected, step: int | None) -> None:
    """Show the canvas, and the drawings that were kept with the network's answers to them."""
    dataset = look.dataset
    if not dataset.is_images:
        st.info(
            f"{DATASETS[dataset.name].label} is made of points in the plane, so there is nothing to draw: this view is "
            "for networks that look at pictures. The Train page shows what this network answers at every point.",
            icon=":material/draw:",
        )
        return
    tuning = tuning_of(desk)
    tuned = choose_network(desk, tuning)
    canvas(dataset, feed_address(desk, step, tuned is not None), look.moving and tuned is None, _keep)
    waits = tuning is not None and tuning.waits
    follow = LOOK_SECONDS if waits else FOLLOW_SECONDS if look.moving else None
    st.fragment(_kept_drawings, run_every=follow)(desk, step, tuned, waits)


def kept() -> list[Drawing]:
    """Return this tab's drawings, the latest last."""
    drawings: list[Drawing] = st.session_state.setdefault("own_drawings", [])
    return drawings


def _keep(drawing: Drawing) -> None:
    kept().append(drawing)
    del kept()[:-MOST_KEPT]


def _kept_drawings(desk: Desk, step: int | None, tuned: Inspected | None, waits: bool) -> None:
    if desk.run is None:
        return
    tuning = tuning_of(desk)
    if tuning is not None and tuning.waits != waits:
        st.rerun()  # the whole page: a worker has begun, or there is another network to choose
    try:
        look = inspected(desk, desk.run.view(), step)
    except StoreError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    names = look.dataset.class_names
    drawings = [drawing for drawing in kept() if drawing.truth in names][::-1]
    st.markdown("##### Your own test set")
    if not drawings:
        st.caption("Say what you have drawn, and add it: a few drawings tell how often the network is right.")
        train_button(desk, look, [], np.empty(0), np.empty(0), tuning)
        return
    images = np.stack([_prepared(drawing.ink, look.dataset) for drawing in drawings])
    labels = np.array([names.index(drawing.truth) for drawing in drawings])
    shown = tuned or look
    answers = Answers(class_probabilities(shown.config, shown.dataset, shown.state, images), labels)
    with st.container(horizontal=True, vertical_alignment="center"):
        seen = seen_by(desk.run.id, drawings) if tuned is None else 0
        st.markdown(summary(answers) + (f" It was trained on {seen} of them." if seen else ""), width="stretch")
        train_button(desk, look, drawings, images, labels, tuning)
        st.button("Remove the last", on_click=kept().remove, args=[drawings[0]], width="content")
        st.button("Clear all", on_click=kept().clear, width="content")
    if not answers.known.all():
        st.error(NO_ANSWER, icon=":material/error:")
    if tuning is not None:
        tell(tuning, drawings, images, labels)
    gallery(look.dataset, images, answers, range(len(drawings)), key="own_gallery")


def summary(answers: Answers) -> str:
    """Return in words how many of one's own drawings are right."""
    count = len(answers.labels)
    if count == 1:
        return f"Your drawing is **{'right' if answers.right.all() else 'wrong'}**."
    return f"**{int(answers.right.sum())} of {count}** of your drawings are right."


@functools.lru_cache(maxsize=1000)
def _prepared(ink: bytes, dataset: Dataset) -> Array:
    return prepare(ink_of(ink), dataset)
