"""The Race page: start several runs that differ in one or two settings, and watch them on one chart."""

from dataclasses import replace
from datetime import datetime
from functools import partial

import streamlit as st

from mlp import ConfigError, DatasetError
from mlp.comparison.groups import by_settings
from mlp.comparison.verdict import verdict
from mlp.config import SETTINGS, RunConfig
from mlp.datasets import DATASETS, default_dataset, is_available
from mlp.presets import PRESETS
from mlp.store import StoreError
from mlp.text import counted
from ui.classroom.view import set_the_room
from ui.parts import PAGE_STYLE
from ui.parts.controls import controls_of
from ui.parts.notices import in_sentences, offer_download, plain, tell_of_store
from ui.parts.server import store
from ui.parts.settings import TRAIN_PAGE as TRAIN
from ui.parts.settings import train_settings
from ui.runs.notices import readable
from ui.runs.race import (
    IDEAS,
    MOST_RUNS,
    MOST_SEEDS,
    RACED,
    TAG,
    USUAL_SEEDS,
    over_seeds,
    races,
    start,
    suggested,
    time_in_zone,
    variants,
)

TRAIN_PAGE = "Current settings of the Train page"
MOST_RACES = 6  # earlier ones in the list
VARIED, VALUES_OF = "settings_to_vary", "values of "  # keys of the form's parts in the session


def choose_base() -> RunConfig:
    """Draw the settings that all runs share; return them."""
    presets = [TRAIN_PAGE, *PRESETS] if controls_of(TRAIN) else list(PRESETS)
    preset = st.selectbox(
        "Base settings",
        presets,
        format_func=lambda name: PRESETS[name].label if name in PRESETS else name,
        help="All runs share these, except for the settings to vary.",
    )
    if preset == TRAIN_PAGE:
        base = train_settings().config
        st.text_input("Data set", DATASETS[base.dataset].label, disabled=True)
    else:
        names = list(DATASETS)
        dataset = st.selectbox(
            "Data set", names, names.index(default_dataset()), format_func=lambda name: DATASETS[name].label
        )
        base = PRESETS[preset].config(dataset)
    epochs = SETTINGS["epochs"]
    count = st.number_input(
        "Epochs", int(epochs.low), int(epochs.high), base.epochs, key=f"epochs {preset} {base.dataset}"
    )
    return replace(base, epochs=int(count))


def choose_differences(base: RunConfig) -> dict[str, list[str]]:
    """Draw the settings to vary and their values; return these as text."""
    if VARIED not in st.session_state:
        take_up(next(iter(IDEAS)))
    names = st.multiselect(
        "Settings to vary",
        [name for name in RACED if name != "epochs"],
        format_func=lambda name: SETTINGS[name].label,
        max_selections=2,
        help=f"One or two settings. Each combination of their values is raced; up to {MOST_RUNS}.",
        key=VARIED,
    )
    values = {}
    for name in names:
        setting, options = SETTINGS[name], suggested(name)
        st.session_state.setdefault(VALUES_OF + name, options[:2])
        values[name] = st.multiselect(
            f"{setting.label}: values",
            options,
            format_func=partial(_said, name),
            accept_new_options=not setting.choices,
            help=setting.help,
            placeholder="Choose or type a value",
            key=VALUES_OF + name,
        )
    return values


def take_up(question: str) -> None:
    """Set the form to the race that answers a question."""
    values = IDEAS[question]
    st.session_state[VARIED] = list(values)
    for name, texts in values.items():
        st.session_state[VALUES_OF + name] = list(texts)


def offer_ideas() -> None:
    """Draw questions worth a race; choosing one fills in the form."""
    st.markdown("##### Ideas")
    with st.container(horizontal=True, gap="small", key="race_ideas"):
        for question in IDEAS:
            st.button(question, on_click=take_up, args=(question,), key=f"idea {question}")


def _said(name: str, text: str) -> str:
    choices = SETTINGS[name].choices
    return choices[text].label if choices else text


def say_what_runs(configs: list[RunConfig], seeds: int) -> None:
    """Say how many runs there will be, and what makes them comparable."""
    many = f"{seeds} seeds ({configs[0].seed} to {configs[0].seed + seeds - 1})" if seeds > 1 else "1 seed"
    runs = f"{len(configs)} settings × {many} = **{len(configs) * seeds} runs**"
    st.caption(
        f"{runs} of {counted(configs[0].epochs, 'epoch')}. Runs with the same seed share the validation set, the order "
        "of mini-batches and, for layers of the same size, the initial weights, so they can be compared seed by seed."
    )


def list_settings(configs: list[RunConfig], names: list[str]) -> None:
    """Show the settings that will race against each other."""
    rows = [{SETTINGS[name].label: SETTINGS[name].show(getattr(config, name)) for name in names} for config in configs]
    st.dataframe(rows, hide_index=True, width="stretch", height="content")


def list_races() -> None:
    """Draw links to the races that were started before, each with what it showed."""
    earlier = races(readable(store().runs())[0], MOST_RACES)
    if not earlier:
        return
    st.markdown("##### Earlier races")
    for number, race in enumerate(earlier):
        started = time_in_zone(race.started, st.context.timezone)
        what = f"{started} · {DATASETS[race.runs[0].dataset].label} · {len(race.runs)} runs"
        ids = ",".join(run.id for run in race.runs)
        with st.container(gap=None, key=f"earlier_race_{number}"):
            st.page_link("pages/runs.py", label=plain(race.values), icon=":material/flag:", query_params={"runs": ids})
            found = verdict(by_settings(race.runs))
            st.caption(plain(f"{what}. {'Still training.' if found.training else ' '.join(found.sentences[:2])}"))


st.html(PAGE_STYLE)
set_the_room()
st.markdown("#### Race")
st.caption("Which setting is better? Start several runs that differ in nothing else, and watch them on one chart.")
try:
    tell_of_store()
    with st.sidebar:
        base = choose_base()
        seeds = st.slider(
            "Seeds",
            1,
            MOST_SEEDS,
            USUAL_SEEDS,
            help="Repeat each run with this many seeds, to separate luck from skill. One seed shows nothing for sure.",
        )
    left, right = st.columns([3, 2], gap="large")
    with left:
        values = choose_differences(base)
        configs = variants(base, values)
        say_what_runs(configs, seeds)
    with right:
        if not is_available(base.dataset):
            offer_download(base.dataset)
        else:
            list_settings(configs, list(values))
            if st.button("Start the race", icon=":material/flag:", type="primary", key="start_race"):
                ids = start(over_seeds(configs, seeds), f"{TAG}{datetime.now():%b %d %H:%M:%S}")
                st.switch_page("pages/runs.py", query_params={"runs": ",".join(ids)})
except ConfigError as error:
    st.info(plain(str(error)), icon=":material/info:")
except (DatasetError, StoreError) as error:
    st.error(plain(str(error)), icon=":material/error:")
offer_ideas()
with in_sentences():
    list_races()
