"""What waits for a restart on the Train page, beside the settings."""

import streamlit as st

from mlp.config import SETTINGS
from mlp.datasets import is_available
from ui.parts.notices import in_toast
from ui.parts.session import own_session
from ui.parts.settings import train_controls, train_settings
from ui.train.session import TrainSession
from ui.train.settings import Fragment, adopt, apply


def say_what_waits() -> None:
    """Say which settings are not those of the network that is shown; offer to train with them, or to take them back."""
    session, wanted = own_session(TrainSession), train_controls().values()
    if not session.waiting or session.run is None or not is_available(wanted["dataset"]):
        st.empty()  # replaces the sentence at once, before everything else is drawn
        return
    running = session.run.view().config

    changes = ", ".join(
        f"{setting.label_in_text} {setting.show(getattr(running, name))} → **{setting.show(wanted[name])}**"
        for name, setting in SETTINGS.items()
        if name in session.waiting
    )
    with st.container(key="waiting", gap="xsmall"):
        st.markdown(f"Press **Restart** to apply: {changes}.")
        with st.container(horizontal=True, gap="xsmall"):
            help = "Restart with these settings and train. This run stays in Runs, and Undo restart brings it back"
            st.button("Start this", type="primary", icon=":material/play_arrow:", on_click=_start_this, help=help)
            help = "Restore this network's settings"
            st.button("Undo", icon=":material/undo:", on_click=_undo, help=help, key="undo_settings")


def start_chosen() -> None:
    """Train a network with the chosen settings, from its initial weights."""
    with in_toast():
        settings = train_settings()
        own_session(TrainSession).start(settings.config, settings.steps_per_second)


def _start_this() -> None:
    start_chosen()
    st.rerun([Fragment.NOTICE, Fragment.RUN])


def _undo() -> None:
    run = own_session(TrainSession).run
    if run is not None:
        adopt(run.view().config)
    apply("preset")
