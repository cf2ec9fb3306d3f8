"""Fine-tuning on a person's own drawings: a worker trains a copy of the network, which is kept as a fork of its run."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from mlp.inspection.predictions import Predictions
from mlp.network.layers import Array
from mlp.text import counted
from mlp.training import Model
from mlp.training.tuning import Tuned, tune
from ui.parts.browser import browser_token
from ui.parts.choice import choose, put
from ui.parts.notices import plain
from ui.parts.server import engine
from ui.parts.state import Key
from ui.train.draw import Drawing
from ui.train.session import TrainSession
from ui.train.settings import WATCH, open_run, open_view

log = logging.getLogger(__name__)

FORGOTTEN = 0.02  # of validation accuracy: if fine-tuning costs more, the network has forgotten some of what it knew


@dataclass
class Tuning:
    """A network and the drawings that a copy of it is trained on."""

    run_id: str
    step: int | None  # the slider's, None for the latest
    before: Model
    drawings: tuple[Drawing, ...]
    images: Array  # the drawings as the network sees them, [drawings, inputs]
    labels: Array
    future: Future[Tuned]
    fork: str = ""  # the run that the copy is kept as, once there is one

    @property
    def waits(self) -> bool:
        """Whether it is in progress, or its result has not been kept yet."""
        return not self.future.done() or (self.result is not None and not self.fork)

    @property
    def result(self) -> Tuned | None:
        """The result; None until there is one, and if the worker died or training diverged."""
        if not self.future.done() or self.future.exception() is not None:
            return None
        tuned = self.future.result()
        return None if tuned.report.diverged else tuned


def _begin(
    session: TrainSession,
    step: int | None,
    model: Model,
    drawings: Sequence[Drawing],
    images: Array,
    labels: Array,
) -> None:
    """Start a worker that trains a copy of this network on these drawings."""
    if session.run is None:
        return
    future = engine().compute(tune, model, images, labels)
    st.session_state[Key.TUNING] = Tuning(session.run.id, step, model, tuple(drawings), images, labels, future)


def tuning_of(session: TrainSession) -> Tuning | None:
    """Return the latest fine-tuning of the run that is shown, finished or not; keep a result that has just arrived."""
    tuning: Tuning | None = st.session_state.get(Key.TUNING)
    if tuning is None or session.run is None or tuning.run_id != session.run.id:
        return None
    if tuning.result and not tuning.fork:
        made_by = f"fine-tuned on {_drawings(len(tuning.drawings))}"
        tuning.fork = engine().keep_tuned(tuning.run_id, tuning.before, tuning.result, made_by, browser_token())
        session.tuned = replace(tuning.before, state=tuning.result.state)
        st.session_state.setdefault(Key.TUNED_ON, {})[tuning.fork] = set(tuning.drawings)
    return tuning


def seen_by(run_id: str, drawings: Sequence[Drawing]) -> int:
    """Return how many of these drawings a run was trained on, as far as this tab knows."""
    seen: dict[str, set[Drawing]] = st.session_state.get(Key.TUNED_ON, {})
    return len(seen.get(run_id, set()).intersection(drawings))


def choose_network(session: TrainSession, step: int | None, tuning: Tuning | None) -> Model | None:
    """Draw the choice between the two networks, if there are two; return the fine-tuned one if it is chosen.

    It is chosen at first. Once the slider has moved to another `step`, the network there answers.
    """
    if tuning is None or tuning.result is None or not tuning.fork:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        key = f"{Key.NETWORK}-{tuning.fork}"
        st.session_state.setdefault(key, True)
        if step != tuning.step:
            tuning.step = step
            put(key, False)
        tuned = choose("Network", {False: "Original", True: "Fine-tuned on your drawings"}, key=key)
        st.button(
            "Open it as a new run",
            icon=":material/fork_right:",
            type="tertiary",
            on_click=_open_fork,
            args=[session, tuning.fork],
            help="It is a fork of this run, which you can train, inspect and compare",
            key="open_fork",
        )
    return _tuned_network(tuning) if tuned else None


def _open_fork(session: TrainSession, fork: str) -> None:
    open_run(session, fork)
    open_view(WATCH)
    st.rerun()  # the sidebar shows its settings


def _tuned_network(tuning: Tuning) -> Model | None:
    """Return the fine-tuned network."""
    if tuning.result is None:
        return None
    return replace(tuning.before, state=tuning.result.state)


def train_button(
    session: TrainSession,
    step: int | None,
    model: Model,
    drawings: Sequence[Drawing],
    images: Array,
    labels: Array,
    tuning: Tuning | None,
) -> None:
    """Draw the button that trains a copy of a network on drawings; while it is disabled, its tooltip says why."""
    why_not = ""
    if not drawings:
        why_not = "Add a drawing first"
    elif not np.isfinite(model.parameters).all():
        why_not = "The weights are NaN or infinite. Choose an earlier step"
    elif not (session.run and session.run.id):
        why_not = "This network is untrained. Train it first"
    elif tuning and tuning.waits:
        why_not = "In progress"
    st.button(
        "Fine-tune on my drawings",
        icon=":material/model_training:",
        type="primary",
        disabled=why_not != "",
        help=why_not
        or "Trains a copy of this network on your drawings, mixed with training examples. The original is not changed",
        on_click=_begin,
        args=[session, step, model, drawings, images, labels],
        width="content",
        key="own_train",
    )


def report(tuning: Tuning, drawings: Sequence[Drawing], images: Array, labels: Array) -> None:
    """Show the effect of fine-tuning: on its drawings, on those added since, and on the validation set."""
    count = len(tuning.drawings)
    if not tuning.future.done():
        st.status(f"Training a copy of the network on your {_drawings(count)} …", state="running")
        return
    error, result, after = tuning.future.exception(), tuning.result, _tuned_network(tuning)
    if error is not None:
        log.error("Fine-tuning failed", exc_info=error)
        st.error("Fine-tuning stopped unexpectedly. Nothing has changed; try again.", icon=":material/error:")
        return
    if result is None or after is None:
        st.error(
            "Fine-tuning diverged (the weights became NaN or infinite), so the copy was discarded. The network is "
            "unchanged. Use a run with a lower learning rate.",
            icon=":material/error:",
        )
        return
    new = [row for row, drawing in enumerate(drawings) if drawing not in tuning.drawings]
    rows = [(f"Your {_drawings(count)} (trained on)", tuning.images, tuning.labels)]
    if new:
        rows.append((f"Your {_drawings(len(new))} added since (fair test)", images[new], labels[new]))
    lines = [f"| correct answers | before (step {tuning.before.state.step:,}) | fine-tuned |", "|:--|--:|--:|"]
    for name, pictures, truths in rows:
        was, is_now = (_correct(network, pictures, truths) for network in (tuning.before, after))
        lines.append(f"| {name} | {was} | **{is_now}** |")
    before, now = (f"{100 * each.accuracy:.1f}\u202f%" for each in (result.before, result.after))
    lines.append(f"| {len(after.dataset.validation.labels):,} validation examples | {before} | **{now}** |")
    st.markdown("\n".join(lines))
    batches = counted(result.report.step - tuning.before.state.step, "mini-batch", "mini-batches")
    one_class = len(set(tuning.labels.tolist())) == 1
    st.caption(
        f"A copy was trained on {batches} of your drawings mixed with training examples. "
        + (
            "Even so, it has forgotten some of what it knew: check that each drawing is named correctly. "
            if result.after.accuracy < result.before.accuracy - FORGOTTEN
            else "These keep it from forgetting what it knew. "
        )
        + "It has now seen your drawings, so they no longer test it. "
        + ("Draw new ones to test it." if not new else "Only those added since do.")
        + (
            f" All of them are “{plain(tuning.drawings[0].truth)}”: it may now give that answer too often."
            if one_class
            else ""
        )
    )


def _correct(model: Model, images: Array, labels: Array) -> str:
    predictions = Predictions.of(model, images, labels)
    return f"{int(predictions.correct.sum())} of {len(labels)}"


def _drawings(count: int) -> str:
    return counted(count, "drawing")
