"""Draw: a person draws examples, sees them answered at once, and collects them in a small test set."""

import functools

import numpy as np
import streamlit as st

from mlp.datasets import Dataset
from mlp.datasets.drawing import prepare
from mlp.inspection.ensemble import mean_predictions
from mlp.inspection.predictions import Predictions
from mlp.network.layers import Array
from mlp.training import Model
from ui.parts.dialogs import redraw_page
from ui.parts.notices import in_sentences
from ui.parts.state import Key
from ui.parts.visibility import repeated
from ui.train.draw import Drawing, canvas
from ui.train.draw_feed import NO_ANSWER, feed_address, ink_of
from ui.train.draw_tuning import choose_network, report, seen_by, train_button, tuning_of
from ui.train.gallery import gallery
from ui.train.inspected import Inspected, inspected_at
from ui.train.session import TrainSession
from ui.train.together import choose_partners

MOST_KEPT = 100
FOLLOW_SECONDS = 1.0
LOOK_SECONDS = 0.3  # between checks whether fine-tuning is done


def draw(session: TrainSession, inspected: Inspected) -> None:
    """Show the canvas, and the drawings that were added with the network's answers to them."""
    dataset = inspected.model.dataset
    tuning = tuning_of(session)
    with st.container():  # always there, so that the canvas below stays the same element
        tuned = choose_network(session, inspected.step, tuning)
    canvas(dataset, feed_address(session, inspected.step, tuned is not None), inspected.moving and tuned is None, _keep)
    choose_partners(session)
    waits = tuning is not None and tuning.waits
    follow = LOOK_SECONDS if waits else FOLLOW_SECONDS if inspected.moving else None
    repeated(_kept_drawings, follow)(session, inspected.step, tuned, waits)


def kept() -> list[Drawing]:
    """Return this tab's drawings, the latest last."""
    drawings: list[Drawing] = st.session_state.setdefault(Key.DRAWINGS, [])
    return drawings


def _keep(drawing: Drawing) -> None:
    kept().append(drawing)
    del kept()[:-MOST_KEPT]


@in_sentences()
def _kept_drawings(session: TrainSession, step: int | None, tuned: Model | None, waits: bool) -> None:
    if session.run is None:
        return
    tuning = tuning_of(session)
    if tuning is not None and tuning.waits != waits:
        redraw_page()  # the whole page: fine-tuning has begun, or there is another network to choose
    model = inspected_at(session.run.view(), step).model
    names = model.dataset.info.class_names
    drawings = [drawing for drawing in kept() if drawing.truth in names][::-1]
    images = np.array([_prepared(drawing.ink, model.dataset) for drawing in drawings])
    labels = np.array([names.index(drawing.truth) for drawing in drawings], np.intp)
    answers = None
    if drawings:
        networks = (tuned or model, *session.partners.values())
        answers = mean_predictions([Predictions.of(each, images, labels) for each in networks])
    st.markdown("##### Your own test set")
    until = "this tab is reloaded, closed or away for over five minutes, or the server restarts"
    st.caption(f"Your drawings last until {until}.")
    # With and without drawings it is the same row: a button that moved just before it is pressed would not be hit.
    with st.container(horizontal=True, vertical_alignment="center"):
        seen = seen_by(session.run.id, drawings) if tuned is None else 0
        st.markdown(summary(answers) + (f" It was trained on {seen} of them." if seen else ""), width="stretch")
        train_button(session, step, model, drawings, images, labels, tuning)
        st.button("Remove last", on_click=_remove_last, disabled=not drawings, width="content")
        st.button("Clear all", on_click=kept().clear, disabled=not drawings, width="content")
    if answers is None:
        return
    if not answers.known.all():
        st.error(NO_ANSWER, icon=":material/error:")
    if tuning is not None:
        report(tuning, drawings, images, labels)
    count = len(drawings)  # the latest is first, and each keeps its number
    gallery(model.dataset, images, answers, range(count), key="own_gallery", numbers=range(count, 0, -1))


def _remove_last() -> None:
    if kept():
        kept().pop()


def summary(answers: Predictions | None) -> str:
    """Return in words how many of a person's own drawings are answered correctly; None if there are none."""
    if answers is None:
        return "Name your drawing and add it: a few drawings show how often the network is correct."
    count = len(answers.labels)
    if count == 1:
        return f"Your drawing is {'answered **correctly**' if answers.correct.all() else '**misclassified**'}."
    return f"**{int(answers.correct.sum())} of {count}** drawings are answered correctly."


@functools.lru_cache(maxsize=1000)
def _prepared(ink: bytes, dataset: Dataset) -> Array:
    return prepare(ink_of(ink), dataset)
