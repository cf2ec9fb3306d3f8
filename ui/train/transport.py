"""The buttons that start, stop and step a run."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from mlp.config import SETTINGS
from mlp.engine import Run, Status
from mlp.text import counted
from ui.parts.notices import in_toast
from ui.train.controls import pace_control
from ui.train.session import TrainSession
from ui.train.sheet import Part, adopt, set_epochs, sheet

MORE_EPOCHS = 10
MOST_EPOCHS = int(SETTINGS["epochs"].high)
ROW = "transport"  # the row's key: page.css lays it out


def transport(session: TrainSession, run: Run, status: Status, available: bool) -> None:
    """Draw the buttons for a run in this status, and the pace. The main button is what most people want next.

    `available` says whether the chosen data set is on this machine.
    """
    if run.is_stepping:
        status = Status.PAUSED  # it soon will be: the buttons stay enabled for someone who steps again
    can_train = status in (Status.READY, Status.PAUSED)
    stopped = status in (Status.DIVERGED, Status.FAILED)  # the panel says why
    restart_is_next = bool(session.waiting) or not available or stopped
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=ROW):
        if status is Status.RUNNING:
            transport_button("Pause", "pause", run.pause, primary=not restart_is_next, shortcut="T")
        elif status is Status.FINISHED:
            _more_epochs(session, run, primary=not restart_is_next)
        else:
            word = "Resume" if status is Status.PAUSED else "Train"
            transport_button(word, "play_arrow", run.start, not restart_is_next, stopped, shortcut="T")
        transport_button(
            "Step", "skip_next", run.step_batch, disabled=not can_train, help="Train one mini-batch", shortcut="S"
        )
        help = "Train to the end of the epoch"
        transport_button("Epoch", "fast_forward", run.step_epoch, disabled=not can_train, help=help, shortcut="E")
        transport_button(
            "Restart",
            "restart_alt",
            lambda: _restart(session),
            primary=restart_is_next,
            disabled=not session.has_progress or not available,
            help="Start over. Undo restart brings this run back",
        )
        if session.earlier is not None:
            earlier = session.earlier.view()
            help = f"Back to the previous run, at step {earlier.state.step:,}, with its settings"
            transport_button(f"Undo {session.undoes}", "undo", lambda: _undo(session), help=help)
        pace = pace_control()
        # The pace of a preset waits with the rest of it; one that a person sets applies at once.
        if not session.other_experiment or pace != sheet().start["pace"]:
            run.set_pace(pace)


def watching(session: TrainSession, fork: Callable[[int | None], None]) -> None:
    """Draw what a person can do with a run that another browser controls."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=ROW):
        transport_button("Fork", "fork_right", lambda: fork(None), True, help="Continue from here as a run of your own")
        transport_button(
            "New run", "add", lambda: _leave(session), help="Leave this run and start your own with the same settings"
        )
        st.markdown(":material/visibility: **Read only**: only the browser that started this run can control it.")


def _more_epochs(session: TrainSession, run: Run, primary: bool) -> None:
    """Draw the button that trains a finished run for more epochs."""
    view = run.view()
    done = max(view.config.epochs, view.state.epoch + (view.state.position > 0))
    more = min(MORE_EPOCHS, MOST_EPOCHS - done)

    def train() -> None:
        with in_toast():
            run.change(replace(view.config, epochs=done + more))
            run.start()
            if not session.other_experiment:  # otherwise the controls belong to another experiment
                set_epochs(done + more)
        st.rerun([Part.SETTINGS, Part.RUN])

    if more > 0:
        label = f"Train {counted(more, 'more epoch')}"
        transport_button(label, "play_arrow", train, primary, shortcut="T")
    else:
        help = f"All {MOST_EPOCHS:,} epochs are done, which is the most. Restart to train another network"
        transport_button("Train", "play_arrow", None, disabled=True, help=help)


def _restart(session: TrainSession) -> None:
    with in_toast():
        session.reset(sheet().settings().config)
    st.rerun([Part.NOTICE, Part.RUN])  # nothing waits any more


def _undo(session: TrainSession) -> None:
    session.bring_back()
    if session.run is not None:
        adopt(session.run.view().config)
    st.rerun()


def _leave(session: TrainSession) -> None:
    session.leave()
    st.rerun()  # another run begins


def transport_button(
    label: str,
    icon: str,
    action: Callable[[], None] | None,
    primary: bool = False,
    disabled: bool = False,
    help: str | None = None,
    shortcut: str | None = None,
) -> None:
    """Draw one of the buttons."""
    st.button(
        label,
        icon=f":material/{icon}:",
        on_click=action,
        type="primary" if primary else "secondary",
        disabled=disabled,
        help=help,
        width="content",
        shortcut=shortcut,
        key=f"button_{icon}",
    )
