"""The buttons that start, stop and step a run."""

from collections.abc import Callable

import streamlit as st

from mlp.engine import LiveRun, Status
from ui.controls import pace_control
from ui.session import Desk
from ui.sheet import Part, adopt, sheet

WORDS = {Status.READY: "Train", Status.PAUSED: "Resume", Status.FINISHED: "Train"}
WHY_NOT = {
    Status.FINISHED: "All epochs are done. Raise Epochs to continue, or restart",
    Status.DIVERGED: "Training diverged (the weights became NaN or infinite). Restart with a lower learning rate",
    Status.FAILED: "Training failed for the reason shown below. Restart to try again",
}


def transport(desk: Desk, run: LiveRun, status: Status, available: bool) -> None:
    """Draw the buttons for a run as it stands, and the pace. Where it can't train on, a reset is the main one.

    `available` tells whether the data that are wanted are on this machine.
    """
    if run.is_stepping:
        status = Status.PAUSED  # as it stands in a moment: whoever steps again is not kept from it
    running = status is Status.RUNNING
    can_train = status in (Status.READY, Status.PAUSED)
    reset_is_next = not available or status in (Status.FINISHED, Status.DIVERGED, Status.FAILED)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if running:
            transport_button("Pause", "pause", run.pause, primary=not reset_is_next, width=130, shortcut="T")
        else:
            word, why_not = WORDS.get(status, "Train"), WHY_NOT.get(status)
            primary, disabled = not reset_is_next, not can_train
            transport_button(word, "play_arrow", run.start, primary, disabled, why_not, width=130, shortcut="T")
        transport_button(
            "Step", "skip_next", run.step_batch, False, not can_train, "Train one mini-batch", shortcut="S"
        )
        transport_button(
            "Epoch", "fast_forward", run.step_epoch, False, not can_train, "Train to the end of the epoch", shortcut="E"
        )
        transport_button(
            "Restart",
            "restart_alt",
            lambda: _reset(desk),
            primary=reset_is_next,
            disabled=not desk.has_progress or not available,
            help="Start over with the settings on the left. This run stays in Compare, and Undo restart brings it back",
        )
        untouched = status is Status.READY or run.is_untouched_fork
        if untouched and desk.earlier is not None:
            earlier = desk.earlier.view()
            help = f"Back to the previous run, at step {earlier.state.step:,}, with its settings"
            transport_button("Undo restart", "undo", lambda: _bring_back(desk), help=help)
        pace = pace_control()
        # The pace that a preset brings along waits with the rest of it; one that a person sets acts at once.
        if not desk.afresh or pace != sheet().start["pace"]:
            run.set_pace(pace)


def watching(desk: Desk, fork: Callable[[int | None], None]) -> None:
    """Draw what a person can do with a run that is not this browser's."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        transport_button("Fork", "fork_right", lambda: fork(None), True, help="Continue from here as a run of your own")
        transport_button(
            "New run", "add", lambda: _leave(desk), help="Leave this run and start your own with the same settings"
        )
        st.markdown(":material/visibility: **Read only**: only the browser that started this run can control it.")


def _reset(desk: Desk) -> None:
    desk.reset(sheet().settings().config)
    st.rerun([Part.NOTICE, Part.RUN])  # nothing waits any more


def _bring_back(desk: Desk) -> None:
    desk.bring_back()
    if desk.run is not None:
        adopt(desk.run.view().config)
    st.rerun()


def _leave(desk: Desk) -> None:
    desk.leave()
    st.rerun()  # another run begins


def transport_button(
    label: str,
    icon: str,
    action: Callable[[], None] | None,
    primary: bool = False,
    disabled: bool = False,
    help: str | None = None,
    width: int | None = None,
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
        width=width or "content",
        shortcut=shortcut,
        key=f"button_{icon}",
    )
