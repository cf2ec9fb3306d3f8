"""The drawer in which a race is set up: several runs that differ in one or two settings, and in nothing else."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mlp.comparison.groups import by_settings
from mlp.comparison.verdict import verdict
from mlp.config import SETTINGS, RunConfig
from mlp.datasets import dataset_info, dataset_label, is_available
from mlp.store import RunRecord
from mlp.text import counted
from ui.parts.browser import browser_token
from ui.parts.dialogs import closing_dialog
from ui.parts.notices import in_sentences, offer_download, plain
from ui.parts.server import limits
from ui.parts.times import time_in_zone
from ui.runs.base_settings import choose_base
from ui.runs.drawers import clear_address, close_drawer, drawer_button, offer_start
from ui.runs.race import (
    MOST_RUNS,
    MOST_SEEDS,
    USUAL_SEEDS,
    ideas,
    new_tag,
    over_seeds,
    raced,
    races,
    start,
    suggested,
    variants,
)
from ui.runs.selection import select

RACE = "race"
WIDTH = 560  # pixels
MOST_RACES = 6  # earlier ones in the list


def new_race() -> None:
    """Draw the button that opens the drawer; a link may open it, too."""
    drawer_button(RACE, _drawer, "flag", "Start several runs that differ in one or two settings")
    clear_address([RACE])


def _close() -> None:
    close_drawer(RACE)


@st.dialog("New race", width=WIDTH, position="right", icon=":material/flag:", on_dismiss=_close)
def _drawer() -> None:
    st.caption("Which setting is better? Start several runs that differ in nothing else, and watch them on one chart.")
    race, form, start_button, table = None, st.container(), st.container(), st.container()
    with form, in_sentences():
        race = _form(table)
    with start_button:
        offer_start("race", _start, race, "flag")


def _form(table: DeltaGenerator) -> Sequence[RunConfig] | None:
    """Draw what is chosen, and how the runs differ in a table elsewhere.

    Returns the runs that race, None as long as their data set is not there.
    """
    differences = st.container()  # above the base settings, whose data decides which there are
    base = choose_base("race")
    with differences:
        values = _choose_differences(raced(dataset_info(base.dataset)), ideas(base.learning_rate))
    at_once = limits().runs / max(prod(map(len, values.values())), 1)  # seeds of which all runs may train at once
    seeds = st.slider(
        "Seeds",
        1,
        MOST_SEEDS,
        int(max(min(USUAL_SEEDS, at_once), 1)),
        help="Repeat each run with this many seeds, to separate luck from skill. One seed shows nothing for sure.",
        key="race_seeds",  # so that what was chosen stays if there are more values, or fewer
    )
    configs = variants(base, values)
    _say_what_runs(configs, seeds)
    if not is_available(base.dataset):
        offer_download(base.dataset)
        return None
    table.dataframe(
        [{SETTINGS[name].label: SETTINGS[name].show(getattr(config, name)) for name in values} for config in configs],
        hide_index=True,
        height="content",
        alt="Settings that race",
    )
    return over_seeds(configs, seeds)


def _start(configs: Sequence[RunConfig]) -> None:
    """Start the race, select its runs, and close the drawer."""
    with closing_dialog():
        ids = start(configs, new_tag())
        _close()
        select(ids, **{RACE: ""})


def _choose_differences(
    allowed: Sequence[str], known: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[str, list[str]]:
    """Draw the settings to vary, of those allowed, and their values; return these as text. `known` are the ideas."""
    question = st.selectbox(
        "Question", list(known), help="Each fills in the settings to vary and their values.", key="race_question"
    )
    idea = known[question]
    names = st.multiselect(
        "Settings to vary",
        allowed,
        list(idea),
        format_func=lambda name: SETTINGS[name].label,
        max_selections=2,
        select_all=False,  # Enter would choose it, not the first match
        help=f"One or two settings. Each combination of their values is raced; up to {MOST_RUNS}.",
        key=f"race_varied {question}",
    )
    values = {}
    for name in names:
        setting, options = SETTINGS[name], suggested(name)
        first = idea.get(name, options[:2])
        values[name] = st.multiselect(
            f"{setting.label}: values",
            options,
            first,
            format_func=partial(_shown, name),
            accept_new_options=not setting.choices,
            filter_mode="prefix",  # 10 is a new value, not 1.0
            select_all=False,
            help=setting.help,
            placeholder="Choose or type a value",
            key=f"race_values {question} {name} {first[0]}",  # other base settings may suggest others
        )
    return values


def _shown(name: str, text: str) -> str:
    """Return what a value is called that is suggested; one that a person typed stays as it is."""
    setting = SETTINGS[name]
    if setting.choices:
        return setting.choices[text].label
    return setting.show(setting.read(text)) if setting.is_share and text in suggested(name) else text


def _say_what_runs(configs: list[RunConfig], seeds: int) -> None:
    """Say how many runs there will be, and what makes them comparable."""
    many = f"{seeds} seeds ({configs[0].seed} to {configs[0].seed + seeds - 1})" if seeds > 1 else "1 seed"
    runs = f"{len(configs)} settings × {many} = **{len(configs) * seeds} runs**"
    st.caption(
        f"{runs} of {counted(configs[0].epochs, 'epoch')}. Runs with the same seed share the validation set, the order "
        "of mini-batches and, for layers of the same size, the initial weights, so they can be compared seed by seed."
    )


def earlier_races(runs: list[RunRecord]) -> None:
    """List the races that were started before, each with what it showed; a click selects its runs."""
    earlier = races(runs, MOST_RACES)
    if earlier:
        st.markdown("##### Earlier races")
    for number, race in enumerate(earlier):
        started = time_in_zone(race.started, st.context.timezone)
        what = f"{started} · {dataset_label(race.runs[0].dataset, browser_token())} · {len(race.runs)} runs"
        found = verdict(by_settings(race.runs))
        rest = " ".join(found.sentences[:2]) or "Not finished." * bool(found.waiting)
        result = "Still training." if found.training else rest
        ids = [run.id for run in race.runs]
        with st.container(gap=None, key=f"earlier_race_{number}"):
            label, key = plain(race.values), f"select_race_{number}"
            st.button(label, icon=":material/flag:", type="tertiary", on_click=select, args=(ids,), key=key)
            st.caption(plain(f"{what}. {result}"))
