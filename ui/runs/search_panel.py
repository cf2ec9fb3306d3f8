"""The opened search: how far it is, what is best so far, its charts, and what can be done with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

import streamlit as st

from mlp.charts import search as charts
from mlp.comparison.groups import differing, setting_text
from mlp.config import SETTINGS
from mlp.datasets import dataset_label
from mlp.search.plan import SearchPlan
from mlp.search.search import importance, ranked
from mlp.search.searches import ALL_TRIED, FINISHED, STOPPED_BY_PERSON, SearchView
from mlp.search.trial import Outcome, Trial
from mlp.store import RunRecord
from mlp.store.searches import PAUSED, RUNNING, SearchRecord
from mlp.text import counted, duration
from ui.parts.browser import browser_token
from ui.parts.charts import board
from ui.parts.component import THEMED
from ui.parts.computed import is_lost, when_computed
from ui.parts.dialogs import redraw_page
from ui.parts.notices import in_sentences, plain
from ui.parts.server import engine, searches, store
from ui.parts.settings import run_query
from ui.parts.state import Key
from ui.parts.times import time_in_zone
from ui.parts.visibility import repeated
from ui.runs.opened_search import open_search
from ui.runs.search_actions import search_actions
from ui.runs.search_feed import VIEWS, search_address, search_charts, search_status
from ui.runs.search_luck import check_found

LOOK_SECONDS, LOOK_SECONDS_PAUSED = 1.0, 5.0  # another tab may resume it
LIST_SECONDS = 2.0  # at least, until the table lists new trials
MOST_NAMED = 4  # trials in training
LATEST = 6  # searches in the list; the others are folded away
LEAST_FOR_IMPORTANCE = 10  # complete trials
LIMITS = (
    "Importance (PED-ANOVA) compares the best tenth of the trials with all of them, within the ranges that were "
    "searched: it can't say what lies outside, which settings only matter together, or which value is best."
)
TOO_EARLY = "What mattered most is shown once ten trials have trained to their end."
NO_TRIALS = {
    RUNNING: "The first trial is starting.",
    PAUSED: "No trial has started yet.",
}
STATES = {"running": "Running", "paused": "Paused", "finished": "Finished"}


def search_panel(search_id: str) -> None:
    """Draw the opened search, if there is one."""
    with st.container():  # always: what follows keeps its place
        if search_id:
            with st.container(border=True, key="search_panel"):
                _opened(search_id)


def _opened(search_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        title = st.container()
        st.button(
            "Close", icon=":material/close:", type="tertiary", on_click=open_search, args=("",), key="close_search"
        )
    with in_sentences():  # with a way back
        view = searches().look(search_id)
        title.markdown(f"##### :material/travel_explore: {plain(title_of(view.plan, view.created))}", width="stretch")
        repeated(_state, {RUNNING: LOOK_SECONDS, PAUSED: LOOK_SECONDS_PAUSED}.get(view.status))(view)
        own = store().searches.may_steer(view.id, browser_token())
        search_actions(view, own)
        if view.plan.check_of:
            check_found(view, own)
        _charts(view)


def title_of(plan: SearchPlan, created: float) -> str:
    """Return what a search is called: when it started, what it varies, and on which data."""
    data, started = dataset_label(plan.base.dataset, browser_token()), time_in_zone(created, st.context.timezone)
    if plan.check_of:
        return f"{started} · Check of a search: the best again, on {data}"
    varied = ", ".join(SETTINGS[name].label_in_text for name in plan.space.names)
    return f"{started} · Search: {varied}, on {data}"


@in_sentences()
def _state(drawn: SearchView) -> None:
    """Show how far the search is. `drawn` is what the rest of the page shows."""
    view = _now(drawn)
    if view.status != drawn.status or (_runs(view) != _runs(drawn) and view.seconds >= drawn.seconds + LIST_SECONDS):
        store().flush()
        redraw_page()  # the table below lists the new trials
    st.progress(_share(view), plain(f"{_state_word(view)}. {_progress_words(view)}"))
    if view.message and view.message != STOPPED_BY_PERSON:
        st.info(plain(view.message), icon=":material/info:")
    best = ranked(view.plan, view.trials)[:1]
    if best and not view.plan.check_of:
        _best(view.plan, best[0])
    _in_training(view, [trial for trial in view.trials if trial.outcome is Outcome.RUNNING and trial.run_id])


def _runs(view: SearchView) -> int:
    return sum(bool(trial.run_id) for trial in view.trials)


def _now(view: SearchView) -> SearchView:
    """Return a search as it is now: one that is finished is as it was."""
    return view if view.status == FINISHED else searches().look(view.id)


def _share(view: SearchView) -> float:
    """Return how much of the budget is spent: all of it once the search has ended, unless a person stopped it."""
    plan = view.plan
    ended = sum(trial.outcome is not Outcome.RUNNING for trial in view.trials)
    spent = view.seconds / (60 * plan.minutes) if plan.minutes else 0.0
    is_done = view.status == FINISHED and view.message != STOPPED_BY_PERSON
    return 1.0 if is_done else min(max(ended / plan.trials, spent), 1.0)


def _state_word(search: SearchView | SearchRecord) -> str:
    return "Stopped" if search.message == STOPPED_BY_PERSON else STATES[search.status]


def _progress_words(view: SearchView) -> str:
    plan = view.plan
    ended = [trial for trial in view.trials if trial.outcome is not Outcome.RUNNING]
    tried_all = view.message == ALL_TRIED  # of a grid, which may have fewer combinations than trials were allowed
    words = [counted(len(ended), "trial") if tried_all else f"{len(ended):,} of {counted(plan.trials, 'trial')}"]
    counts = Counter(trial.outcome for trial in ended)
    told = (Outcome.PRUNED, Outcome.DIVERGED, Outcome.FAILED, Outcome.CHANGED)
    words += [f"{counts[outcome]:,} {outcome}" for outcome in told if counts[outcome]]
    limit = f" of {duration(60 * plan.minutes)}" if plan.minutes else ""
    return " · ".join([*words, f"{duration(view.seconds)}{limit}"])


def _best(plan: SearchPlan, trial: Trial) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="search_best"):
        found = f"**Best: {plain(plan.judged_by.show(trial.value))}** {plan.judged_by.label_in_text} {plan.when}"
        st.markdown(f"{found}, trial {trial.number}: {plain(tried(plan, trial))}", width="content")
        query = run_query(trial.run_id, trial.config)
        st.page_link("pages/train.py", label="Open on Train", icon=":material/play_circle:", query_params=query)


def _in_training(view: SearchView, trials: Sequence[Trial]) -> None:
    if not trials:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="search_training"):
        st.caption("In training:" if view.status == RUNNING else "Paused:", width="content")
        for trial in trials[:MOST_NAMED]:
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
                query = run_query(trial.run_id, trial.config)
                st.page_link("pages/train.py", label=f"Trial {trial.number}", query_params=query)
                st.caption(plain(tried(view.plan, trial)), width="content")  # in the link, a phone would cut it
        if len(trials) > MOST_NAMED:
            st.caption(f"and {len(trials) - MOST_NAMED} more", width="content")


def tried(plan: SearchPlan, trial: Trial) -> str:
    """Return the settings of a trial that vary, with their values."""
    names = plan.space.names or differing(plan.given)
    token = browser_token()
    return ", ".join(
        f"{SETTINGS[name].label_in_text} {setting_text(name, getattr(trial.config, name), token)}" for name in names
    )


@st.fragment
@in_sentences()
def _charts(drawn: SearchView) -> None:
    """Draw the chosen charts; they are updated while the search runs."""
    view = _now(drawn)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        shown = st.segmented_control(
            "Charts of the search",
            VIEWS if view.plan.space.names else VIEWS[:1],
            default=VIEWS[0],
            required=True,
            label_visibility="collapsed",
            key="search_view",
            bind="query-params",
        )
        over = charts.OVER[0]
        if shown == VIEWS[0]:
            over = st.segmented_control(
                "X axis",
                charts.OVER,
                default=charts.OVER[0],
                required=True,
                format_func=str.capitalize,
                label_visibility="collapsed",
                key="search_over",
            )
    if not view.trials:
        st.caption(NO_TRIALS.get(view.status, "No trial was made."))
    follow = {"feed": search_address(view, shown, over)} | search_status(view)
    board(search_charts(view, shown, over, browser_token()), key="search_charts", small=True, follow=follow)
    if shown == VIEWS[1]:
        _what_mattered(view)


def _what_mattered(view: SearchView) -> None:
    """Show how much each setting matters, once ten trials have trained to their end. A process computes it."""
    complete = [trial for trial in view.trials if trial.outcome is Outcome.COMPLETE]
    if len(view.plan.space.names) < 2:
        return
    if len(complete) < LEAST_FOR_IMPORTANCE:
        st.caption(TOO_EARLY)
        return
    about = view.id, len(complete), tuple(view.plan.space.write().items())
    known: tuple[object, Future[dict[str, float]]] | None = st.session_state.get(Key.IMPORTANCE)
    if known is None or known[0] != about or is_lost(known[1]):
        ended = [trial for trial in view.trials if trial.outcome is not Outcome.RUNNING]
        known = st.session_state[Key.IMPORTANCE] = about, engine().compute(importance, view.plan, ended)
    future = known[1]
    when_computed("what mattered", lambda: future, _show_importance)


def _show_importance(shares: Mapping[str, float]) -> None:
    board({"importance": charts.importance(shares, palette=THEMED)}, key="search_importance")
    st.caption(LIMITS)


def earlier_searches(runs: Sequence[RunRecord]) -> None:
    """List the searches of this store, the newest first; a click opens one. `runs` are all that are not deleted."""
    left = Counter(run.search for run in runs)  # of its trials
    numbered = list(enumerate(store().searches.all()))
    if numbered:
        st.markdown("##### Searches")
    for number, record in numbered[:LATEST]:
        _listed(number, record, left[record.id])
    if earlier := numbered[LATEST:]:
        label = counted(len(earlier), "earlier search", "earlier searches")
        with st.expander(label, key="earlier_searches", on_change="rerun") as box:
            for number, record in earlier if box.open else ():
                _listed(number, record, left[record.id])


@in_sentences()
def _listed(number: int, record: SearchRecord, runs: int) -> None:
    plan = SearchPlan.from_json(record.plan)
    with st.container(gap=None, key=f"earlier_search_{number}"):
        st.button(
            plain(title_of(plan, record.created)),
            icon=":material/travel_explore:",
            type="tertiary",
            on_click=open_search,
            args=(record.id,),
            key=f"open_search_{number}",
        )
        st.caption(plain(f"{_state_word(record)} · {counted(runs, 'run')}"))
