"""The buttons that start, stop and step a run."""

from collections.abc import Callable

import streamlit as st

from mlp.config import RunConfig
from mlp.engine import LiveRun, RunView, Status
from ui.controls import pace_control

WORDS = {Status.READY: "Train", Status.PAUSED: "Train on", Status.FINISHED: "Train"}


def transport(run: LiveRun, view: RunView, wanted: RunConfig, waiting: list[str]) -> None:
    """Draw the buttons for a run as it stands, and the pace. `waiting` names settings that need a reset."""
    running = view.status is Status.RUNNING
    can_train = view.status in (Status.READY, Status.PAUSED)
    reset_is_next = bool(waiting) or view.status in (Status.FINISHED, Status.DIVERGED, Status.FAILED)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if running:
            _button("Pause", "pause", run.pause, primary=True)
        else:
            word = WORDS.get(view.status, "Train")
            _button(word, "play_arrow", run.start, primary=not reset_is_next, disabled=not can_train)
        _button("Step", "skip_next", run.step_batch, disabled=not can_train, help="Train one mini-batch")
        _button("Epoch", "fast_forward", run.step_epoch, disabled=not can_train, help="Train to the epoch's end")
        _button(
            "Reset",
            "restart_alt",
            lambda: run.reset(wanted),
            primary=reset_is_next,
            disabled=view.status is Status.READY and not waiting,
            help="Forget what was learned and start afresh with the settings on the left",
        )
        run.set_pace(pace_control())


def _button(
    label: str,
    icon: str,
    action: Callable[[], None],
    primary: bool = False,
    disabled: bool = False,
    help: str | None = None,
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        on_click=action,
        type="primary" if primary else "secondary",
        disabled=disabled,
        help=help,
        width=120 if primary else "content",
        key=f"button_{icon}",
    )
