"""Together: other runs that answer with the one that is shown, as an ensemble, in Mistakes and Draw."""

from collections.abc import Mapping, Sequence

import streamlit as st

from mlp.comparison.groups import names_by_id
from mlp.text import counted
from mlp.training import Model
from ui.parts.browser import browser_token
from ui.parts.choice import keep, kept
from ui.parts.notices import in_toast
from ui.parts.server import store
from ui.parts.settings import train_controls
from ui.parts.state import Key
from ui.train.partners import MOST_PARTNERS, chosen_partners, widget_key
from ui.train.session import TrainSession
from ui.train.settings import put_in_address

NOBODY: list[str] = []
HELP = "The answers are then the mean of the networks' probabilities or numbers, as they were saved last."


def choose_partners(session: TrainSession) -> Sequence[Model]:
    """Offer to have other runs of the same data set answer, too; return the chosen networks."""
    run = session.run
    if run is None or not run.id:
        return ()
    partners = tuple(session.partners.values())
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.popover("Together with …", icon=":material/groups:", on_change="rerun", key=Key.PARTNERS_LIST)
        if partners:
            st.caption(f"Answers are the mean of {counted(1 + len(partners), 'network')}.", width="content")
    if not place.open:
        return partners  # a page with many runs answers sooner
    dataset, key = run.view().config.dataset, widget_key(run.id)
    runs = store().runs()
    names, chosen = names_by_id(runs, browser_token()), kept(key, NOBODY)
    others = [other.id for other in runs if other.dataset == dataset and other.step and other.id != run.id]
    listed = list(dict.fromkeys([*chosen, *others]))
    with place:
        if listed:
            keep(
                st.multiselect,
                "Runs with the same data set",
                listed,
                key=key,
                first=NOBODY,
                max_selections=MOST_PARTNERS,
                format_func=lambda run_id: names.get(run_id, run_id),
                help=HELP,
                width=440,
                on_change=_choose,
                args=(session, key, names),
            )
        else:
            st.caption("No other run has learned from this data set. Train one with another seed first.")
    return partners


def _choose(session: TrainSession, key: str, names: Mapping[str, str]) -> None:
    with in_toast():
        session.partners = chosen_partners(kept(key, NOBODY), names)
    put_in_address(train_controls().values())
