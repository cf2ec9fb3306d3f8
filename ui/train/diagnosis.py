"""Diagnosis: what is wrong with a run, the evidence, and one click to try the cure as a fork."""

import streamlit as st

from mlp.config import describe_changes, with_live_settings
from mlp.engine import RunView, Status
from mlp.inspection.diagnostics import RULES, Case, Finding, cured, diagnose
from mlp.text import counted
from ui.parts.notices import in_toast, plain
from ui.parts.settings import steps_per_second, train_controls
from ui.train.feed import model_at
from ui.train.inspected import Inspected
from ui.train.session import TrainSession
from ui.train.settings import WATCH, adopt, are_of_run, open_view

HELP = "Continue as a new run with other settings; this run is not changed"


def diagnosis(session: TrainSession, inspected: Inspected) -> None:
    """Show what is wrong with a network."""
    if session.run is None:
        return
    case = case_of(inspected, session.run.view())
    findings = diagnose(case)
    for name, finding in findings.items():
        _card(session, case, name, finding, inspected.step)
    if not findings:
        with st.container(border=True):
            _nothing_found(case)
    st.caption(f"Checked for: {', '.join(rule.label for rule in RULES.values())}.")


def _nothing_found(case: Case) -> None:
    if not case.trained_enough:
        st.markdown(
            ":material/hourglass_empty: **Nothing to judge yet**: the run has trained too little with these settings "
            "for its curves to show much. Train longer, then look again."
        )
        return
    epochs = counted(case.model.state.progress(len(case.model.dataset.train.labels)), "epoch")
    st.markdown(f":green[:material/check_circle:] **No problems found** after {epochs}")
    if case.epochs < case.patience:
        st.markdown(
            f"That is early: underfitting and a plateau show after {counted(case.patience, 'epoch')} at the soonest, "
            "overfitting often later."
        )


def case_of(inspected: Inspected, view: RunView) -> Case:
    """Return all that is known about the network."""
    at = inspected.model.state.step
    since = view.settled_at(at)
    return Case(
        inspected.model,
        view.history.until(at),
        diverged=view.message if view.status is Status.DIVERGED and at == view.state.step else "",
        since=since,
        before=model_at(view.run_id, since) if 0 < since < at and since in view.kept else None,
    )


def _card(session: TrainSession, case: Case, name: str, finding: Finding, step: int | None) -> None:
    """Draw a finding, with the button that tries its cure on the run from a step, None for the latest."""
    with st.container(border=True):
        st.markdown(f":orange[:material/stethoscope:] **{plain(finding.title)}**")
        st.markdown(plain(finding.evidence))
        st.markdown(f":material/lightbulb: {plain(finding.cure)}")
        if finding.changes:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    "Try the cure",
                    key=f"cure_{name}",
                    icon=":material/fork_right:",
                    help=HELP,
                    on_click=_try_cure,
                    args=(session, case, finding, step),
                    width="content",
                )
                st.markdown(plain(_what_is_tried(case, finding)), width="content")
        st.caption(plain(finding.source))


def _what_is_tried(case: Case, finding: Finding) -> str:
    """Return "learning rate 1 → 0.1, from the start"."""
    step = case.model.state.step if finding.back_to is None else finding.back_to
    return f"{describe_changes(case.config, cured(case, finding))}, from {f'step {step:,}' if step else 'the start'}"


def _try_cure(session: TrainSession, case: Case, finding: Finding, step: int | None) -> None:
    """Callback: fork the run with the cure's settings, start it, and watch it."""
    config, keep_preset = cured(case, finding), are_of_run(session)
    with in_toast():
        session.fork(step if finding.back_to is None else finding.back_to, config)
        fork = session.own
        if fork is None:
            return
        # A fork of another person's run starts with that run's settings.
        fork.change(with_live_settings(fork.view().config, config))
        fork.set_pace(steps_per_second(train_controls().values()))
        adopt(fork.view().config, keep_preset)
        open_view(WATCH)
        fork.start()
        st.rerun()
