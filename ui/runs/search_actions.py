"""What a person can do with the opened search: pause, stop, give it budget or wider ranges, check it, delete it."""

from collections.abc import Callable

import streamlit as st

from mlp.config import SETTINGS
from mlp.search.plan import PLAN_SETTINGS
from mlp.search.search import ranked
from mlp.search.searches import FINISHED, SearchView
from mlp.search.space import read_space
from mlp.store.searches import RUNNING
from mlp.text import counted
from ui.parts.browser import browser_token
from ui.parts.dialogs import close_dialog, closing_dialog, open_dialog, show_refusal
from ui.parts.notices import in_toast
from ui.parts.server import searches, store
from ui.runs.opened_search import open_search
from ui.runs.search_luck import offer_check
from ui.runs.selection import select

FOREIGN = "Only the browser that started a search can change it"
MORE_TRIALS = 20
COMPARED = 3  # the best trials that are ticked in the table


def search_actions(view: SearchView, own: bool) -> None:
    """Draw the buttons for a search; `own` is whether this browser started it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="search_actions"):
        if view.status == RUNNING:
            _button("Pause", "pause", own, lambda: searches().pause(view.id), "Pauses its trials. Resume continues")
        elif view.status != FINISHED:
            _button("Resume", "play_arrow", own, lambda: _resume(view.id), "Continues where it was paused")
        if view.status != FINISHED:
            help = "Ends the search. Trials in training end, and what they have reached counts"
            _button("Stop", "stop", own, lambda: searches().stop(view.id, browser_token()), help)
        if not view.plan.check_of:
            _budget(view, own)
            _ranges(view, own)
        best = [trial.run_id for trial in ranked(view.plan, view.trials)[:COMPARED]]
        if best and not view.plan.check_of:
            offer_check(view, own)
            help = f"Selects the best {len(best)} in the table below: their curves are overlaid"
            _button("Compare the best", "checklist", True, lambda: select(best), help)
        resting = view.status != RUNNING
        help = "" if resting else "Pause or stop it before deleting it"
        _button("Delete", "delete", own and resting, lambda: open_dialog(_confirm, view.id), help)
        if not own:
            st.caption(f":material/visibility: Read only: {FOREIGN[0].lower()}{FOREIGN[1:]}.", width="content")


def _button(word: str, icon: str, enabled: bool, act: Callable[[], None], help: str) -> None:
    st.button(
        word,
        icon=f":material/{icon}:",
        disabled=not enabled,
        help=help or None,
        on_click=_acting,
        args=(act,),
        key=f"{word.lower().replace(' ', '_')}_search",
    )


def _acting(act: Callable[[], None]) -> None:
    with in_toast():
        act()


@st.dialog("Delete this search?", icon=":material/delete:", on_dismiss=close_dialog)
def _confirm(search_id: str) -> None:
    listed = sum(run.deleted is None for run in store().searches.trials(search_id))
    st.markdown("It can't be restored. Its trials are runs, which stay in the table unless you delete them, too.")
    if listed:
        st.checkbox(f"Delete its {counted(listed, 'run')}, too", key="delete_trials")
    st.button("Delete the search", type="primary", on_click=_delete, args=(search_id,), key="confirm_delete")
    show_refusal()


def _delete(search_id: str) -> None:
    with closing_dialog():
        store().searches.delete(search_id, with_runs=st.session_state.get("delete_trials", False))
        open_search("")


def _resume(search_id: str) -> None:
    searches().resume(search_id, browser_token())


def _budget(view: SearchView, own: bool) -> None:
    with st.popover("Add budget", icon=":material/add:", width="content", disabled=not own, key="search_budget"):
        trials, minutes = PLAN_SETTINGS["trials"], PLAN_SETTINGS["minutes"]
        st.number_input("More trials", 0, int(trials.high), MORE_TRIALS, key="more_trials")
        if view.plan.minutes:
            st.number_input("More minutes", 0.0, float(minutes.high), 0.0, format="%g", key="more_minutes")
        st.button("Add", type="primary", on_click=_add, args=(view.id,), key="add_budget")


def _add(search_id: str) -> None:
    """Add to the budget, and go on with a search that had spent it."""
    typed = st.session_state
    with in_toast():
        searches().add(search_id, browser_token(), typed["more_trials"], typed.get("more_minutes", 0.0))
        if searches().look(search_id).status == FINISHED:
            _resume(search_id)


def _ranges(view: SearchView, own: bool) -> None:
    texts = view.plan.space.write()
    with st.popover("Widen a range", icon=":material/open_in_full:", width="content", disabled=not own):
        st.caption("The trials so far stay, so a range can only become wider.")
        for name, text in texts.items():
            st.text_input(SETTINGS[name].label, text, key=f"wider_{view.id}_{name}")
        st.button("Widen", type="primary", on_click=_widen, args=(view.id, list(texts)), key="widen_ranges")


def _widen(search_id: str, names: list[str]) -> None:
    with in_toast():
        wider = read_space({name: st.session_state[f"wider_{search_id}_{name}"] for name in names})
        searches().widen(search_id, browser_token(), wider)
        is_over = searches().look(search_id).status == FINISHED
        st.toast(f"The ranges are wider.{' Add budget to search them.' * is_over}", icon=":material/open_in_full:")
