"""A prediction on the screen: choose an answer, run the experiment, compare."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from mlp.charts.lessons import curves
from mlp.lessons.experiment import ACCURACY, Experiment, Result
from ui.parts.charts import board
from ui.parts.component import THEMED, component
from ui.parts.state import Key


def predict(
    experiment: Experiment,
    *arguments: Any,
    key: str,
    given: str = "",
    draw: Callable[[], None] | None = None,
) -> None:
    """Ask the question and, once an answer is chosen, offer to run the experiment with these arguments.

    The result stays until something it depends on changes, also while another scene is open. `given` is what the
    question refers to; `draw` shows more of the result.
    """
    ran = f"{Key.EXPERIMENT}-{key}"
    with st.container(border=True):
        st.markdown(f":violet[:material/psychology:] **Predict first.** {given} {experiment.question}")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            guess = st.radio(
                "Your prediction",
                list(experiment.answers),
                index=None,
                format_func=experiment.answers.__getitem__,
                horizontal=True,
                key=f"{key}_guess",
                persist_state="session",
                width="content",
                label_visibility="collapsed",
            )
            now = (guess, *arguments)
            st.button(
                "Run it",
                icon=":material/play_arrow:",
                type="primary",
                disabled=guess is None,
                help="Choose an answer first" if guess is None else None,
                on_click=lambda: st.session_state.update({ran: now}),
                key=f"{key}_run",
            )
        result, said = None, {}
        if guess is not None and st.session_state.get(ran) == now:
            result = experiment.measure(*arguments)
            verdict = experiment.verdict(guess, result)
            said = {"verdict": verdict, "evidence": result.evidence, "right": guess == result.answer}
        # On the page, empty, before there is a result: only then do screen readers announce it.
        component("learn/verdict", '<p class="mlp-verdict" role="status"></p>')(key=f"{key}_verdict", data=said)
        if result is not None:
            _explain(result, key, draw)


def _explain(result: Result, key: str, draw: Callable[[], None] | None) -> None:
    """Show the curves behind a result, and why it is so."""
    if result.curves:
        accuracy = result.measured == ACCURACY
        board(
            {
                "found": curves(
                    result.measured.capitalize(),
                    result.curves,
                    result.across,
                    "",
                    range_y=(-3, 103) if accuracy else None,
                    suffix="\u202f%" if accuracy else "",
                    height=260,
                    palette=THEMED,
                )
            },
            key=f"{key}_found",
        )
    if draw:
        draw()
    st.markdown(result.because)
