"""Whether a search's best was luck: its best settings trained again over fresh seeds, and what that shows."""

import streamlit as st

from mlp.comparison.verdict import LEAST_SEEDS
from mlp.search.luck import BEST, MOST_SEEDS, USUAL_SEEDS, WHY_TEST, Check, check_plan, check_result, with_test
from mlp.search.searches import FINISHED, SearchView
from ui.parts.browser import browser_token
from ui.parts.notices import in_sentences, in_toast, plain
from ui.parts.server import searches, store
from ui.runs.opened_search import open_search
from ui.runs.selection import select

HELP = f"The best of many results is partly luck: train the best {BEST} settings again with other seeds."


def offer_check(view: SearchView, own: bool) -> None:
    """Draw what starts a check of a search."""
    with st.popover("Check that it is not luck", icon=":material/casino:", width="content", disabled=not own):
        st.caption(HELP)
        st.slider("Seeds", LEAST_SEEDS, MOST_SEEDS, USUAL_SEEDS, key="check_seeds")
        st.button("Start the check", type="primary", on_click=_start, args=(view.id,), key="start_check")


def _start(search_id: str) -> None:
    with in_toast():
        view = searches().look(search_id)
        plan = check_plan(view.id, view.plan, view.trials, st.session_state["check_seeds"])
        open_search(searches().begin(plan, browser_token()))


def check_found(view: SearchView, own: bool) -> None:
    """Show what a check found, once it has ended. The test set is opened only then, on request, and stays open."""
    is_opened = store().searches.find(view.id).test_opened is not None
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        of = view.plan.check_of
        st.button("Back to the search", icon=":material/arrow_back:", on_click=open_search, args=(of,), key="to_search")
        ids = [trial.run_id for trial in view.trials if trial.run_id]
        st.button("Compare the runs", icon=":material/checklist:", on_click=select, args=(ids,), key="compare_check")
        if view.status == FINISHED and not is_opened:
            st.button(
                "Open the test set",
                icon=":material/lock_open:",
                disabled=not own,
                help=WHY_TEST,
                on_click=_open_test,
                args=(view.id,),
                key="open_test",
            )
    if view.status != FINISHED:
        st.caption("Once all its runs have finished, this shows whether one setting is clearly better.")
        return
    with in_sentences():
        store().flush()
        found = check_result(view.plan, store().searches.trials(view.id))
        if is_opened:
            with st.spinner("Evaluating the test set …"):
                found = _tested(found)
        st.markdown("\n".join(f"- {plain(line[0].upper() + line[1:])}" for line in found.lines()))
        if is_opened:
            st.caption(plain(WHY_TEST))


def _open_test(search_id: str) -> None:
    with in_toast():
        store().searches.open_test(search_id)


@st.cache_data(max_entries=16, show_spinner=False)
def _tested(found: Check) -> Check:
    """Return what a check found, with the test set."""
    return with_test(store(), found)
