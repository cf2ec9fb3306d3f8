"""The buttons of a run on the Train page: those of every run, more epochs, and what undoes a mistake."""

from dataclasses import replace

import streamlit as st

from mlp.config import SETTINGS
from mlp.engine import Run
from mlp.text import counted
from ui.parts.controls import Widgets
from ui.parts.notices import in_toast
from ui.parts.server import store
from ui.parts.settings import PACES, config_of, train_controls
from ui.parts.transport import STOPPED, transport, transport_button, transport_row
from ui.train.session import TrainSession
from ui.train.settings import Fragment, adopt, are_of_run, is_preset_alone, open_run, set_epochs

MORE_EPOCHS = 10
MOST_EPOCHS = int(SETTINGS["epochs"].high)


def run_buttons(session: TrainSession, run: Run, available: bool) -> None:
    """Draw the buttons for this browser's run. `available`: whether the chosen data set is on this machine."""
    with transport_row():
        transport(
            session,
            lambda: _restart(session),
            "Start over. Undo restart brings this run back",
            can_restart=session.has_progress and available,
            restart_is_next=bool(session.waiting) or not available or run.status in STOPPED,
            train_more=lambda primary: _more_epochs(session, run, primary),
        )
        if session.earlier is not None:
            step = session.earlier.view().state.step
            help = f"Back to the previous run, at step {step:,}, with its settings"
            transport_button(f"Undo {session.undoes}", "undo", lambda: _undo(session), help=help)
        pace = Widgets(train_controls()).pace()
        # The pace of a preset waits with the rest of it; one that a person sets applies at once.
        if not session.other_experiment or pace != train_controls().initial["pace"]:
            run.set_pace(PACES[pace].steps_per_second)


def read_only_buttons(session: TrainSession) -> None:
    """Draw what a person can do with a run that another browser controls, or that is on another server."""
    with transport_row():
        transport_button(
            "Fork", "fork_right", lambda: fork(session, None), True, help="Continue from here as a run of your own"
        )
        transport_button(
            "New run", "add", lambda: _leave(session), help="Leave this run and start your own with the same settings"
        )
        hint = ""
        if session.run is not None and session.is_elsewhere:
            run_id = session.run.id
            if store().is_trained_elsewhere(run_id):
                hint = " Pause it there to go on here."
            else:
                help = "Continue on this server from where the other one left it"
                transport_button("Resume here", "play_arrow", lambda: _resume_here(session, run_id), help=help)
        st.markdown(f":material/visibility: **Read only**: {session.why_read_only}.{hint}")


def _more_epochs(session: TrainSession, run: Run, primary: bool) -> None:
    """Draw the button that goes on with a finished run: to its end if it was stopped early, else for more epochs."""
    view = run.view()
    if view.state.epoch < view.config.epochs:
        patience = counted(view.config.patience, "epoch")
        help = f"Continue after early stopping, until there is again no gain for {patience}"
        transport_button("Resume", "play_arrow", run.start, primary, help=help, shortcut="T")
        return
    done = max(view.config.epochs, view.state.epoch + (view.state.position > 0))
    more = min(MORE_EPOCHS, MOST_EPOCHS - done)

    def train() -> None:
        with in_toast():
            run.change(replace(view.config, epochs=done + more))
            run.start()
            if not session.other_experiment:  # otherwise the controls belong to another experiment
                set_epochs(done + more)
        st.rerun([Fragment.SETTINGS, Fragment.RUN])

    if more > 0:
        label = counted(more, "more epoch")
        transport_button(label, "play_arrow", train, primary, shortcut="T")
    else:
        help = f"All {MOST_EPOCHS:,} epochs, the maximum, are done. Restart to train another network"
        transport_button("Train", "play_arrow", None, disabled=True, help=help)


def fork(session: TrainSession, step: int | None) -> None:
    """Callback: continue from a step, None for the latest, as a new run with the chosen settings."""
    keep_preset = are_of_run(session)
    with in_toast():
        session.fork(step, config_of(train_controls().values()))
        if session.run is not None:
            adopt(session.run.view().config, keep_preset)
            st.rerun()


def _restart(session: TrainSession) -> None:
    with in_toast():
        session.reset(config_of(train_controls().values()))
    st.rerun([Fragment.NOTICE, Fragment.RUN])  # nothing waits any more


def _undo(session: TrainSession) -> None:
    session.bring_back()
    with in_toast():
        if session.run is not None:
            config = session.run.view().config
            # A preset that was chosen before the restart goes with it, as does that of other data.
            adopt(config, config.dataset == train_controls().value("dataset") and not is_preset_alone())
    st.rerun()


def _resume_here(session: TrainSession, run_id: str) -> None:
    open_run(session, run_id)
    if session.own is not None:
        with in_toast():
            session.own.start()
    st.rerun()  # the settings are unlocked


def _leave(session: TrainSession) -> None:
    session.leave()
    st.rerun()  # another run begins
