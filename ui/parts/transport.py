"""The buttons that start, pause, step and restart a run, and its pace, on every page that trains."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from mlp.engine import Status
from ui.parts.notices import in_toast
from ui.parts.session import Session

STOPPED = (Status.DIVERGED, Status.FAILED)  # the panel says why


@contextmanager
def transport_row() -> Iterator[None]:
    """Lay out what is drawn within as the row of the run's buttons."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="transport"):
        yield


def button_status(session: Session) -> Status | None:
    """Return the status for which buttons are drawn; None without a run."""
    if session.own and session.own.is_stepping:
        return Status.PAUSED  # it soon will be: the buttons stay enabled for someone who steps again
    return session.own.status if session.own else None


def transport(
    session: Session,
    restart: Callable[[], None],
    restart_help: str,
    can_restart: bool,
    restart_is_next: bool = False,
    train_more: Callable[[bool], None] | None = None,
) -> None:
    """Draw the buttons of a session's own run. The main button is what most people want next.

    `train_more` draws the button of a finished run, given whether it is the main one; a page without it counts no
    epochs.
    """
    run, status = session.own, button_status(session)
    can_train = status in (Status.READY, Status.PAUSED)
    ended = status in STOPPED or (status is Status.FINISHED and train_more is None)
    restart_is_next = (can_restart and ended) or restart_is_next
    primary = run is not None and not restart_is_next
    if status is Status.RUNNING:
        transport_button("Pause", "pause", run.pause if run else None, primary, shortcut="T")
    elif status is Status.FINISHED and train_more:
        train_more(primary)
    else:
        word = "Resume" if status is Status.PAUSED else "Train"
        transport_button(word, "play_arrow", run.start if run else None, primary, not can_train, shortcut="T")
    step, epoch = (run.step_batch, run.step_epoch) if run else (None, None)
    help = "Train one mini-batch"
    transport_button("Step", "skip_next", step, disabled=not can_train, help=help, shortcut="S")
    if train_more:
        help = "Train to the end of the epoch"
        transport_button("Epoch", "fast_forward", epoch, disabled=not can_train, help=help, shortcut="E")
    transport_button("Restart", "restart_alt", restart, restart_is_next, not can_restart, restart_help)


def transport_button(
    label: str,
    icon: str,
    action: Callable[[], None] | None,
    primary: bool = False,
    disabled: bool = False,
    help: str | None = None,
    shortcut: str | None = None,
) -> None:
    """Draw one of the buttons. What its action refuses is shown over the page."""

    def act() -> None:
        if action:
            with in_toast():
                action()

    st.button(
        label,
        icon=f":material/{icon}:",
        on_click=act,
        type="primary" if primary else "secondary",
        disabled=disabled,
        help=help,
        width="content",
        shortcut=shortcut,
        key=f"button_{icon}",
    )
