"""The buttons that start, stop and step a network on the plane."""

import streamlit as st

from mlp.engine import Status
from ui.boundary.controls import Chosen, pace_control
from ui.boundary.session import PlaneSession
from ui.train.transport import ROW, transport_button


def transport(session: PlaneSession, chosen: Chosen) -> None:
    """Draw the buttons and the pace."""
    status = session.own.status if session.own else None
    if session.own and session.own.is_stepping:
        status = Status.PAUSED  # it soon will be: the buttons stay enabled for someone who steps again
    can_train = status in (Status.READY, Status.PAUSED)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=ROW):
        if session.own and status is Status.RUNNING:
            transport_button("Pause", "pause", session.own.pause, primary=True, shortcut="T")
        else:
            start = session.own.start if session.own else None
            word = "Resume" if status is Status.PAUSED else "Train"
            transport_button(word, "play_arrow", start, primary=can_train, disabled=not can_train, shortcut="T")
        step = session.own.step_batch if session.own else None
        transport_button("Step", "skip_next", step, disabled=not can_train, help="Train one mini-batch", shortcut="S")
        reset = status is not None and (status is not Status.READY or session.edited)
        transport_button(
            "Restart",
            "restart_alt",
            lambda: session.reset(chosen.config()),
            primary=reset and not can_train and status is not Status.RUNNING,
            disabled=not reset,
            help="Restart from the initial weights",
        )
        pace = pace_control()
        if session.own:
            session.own.set_pace(pace)
