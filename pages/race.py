"""The Race page: start several runs that differ in one or two settings, and watch them on one chart."""

from dataclasses import replace
from datetime import datetime
from functools import partial

import streamlit as st

from mlp import ConfigError, DatasetError
from mlp.config import FIELDS, RunConfig, value_words
from mlp.datasets import DATASETS, default_dataset, is_available
from mlp.presets import PRESETS
from mlp.store import StoreError
from ui import PAGE_STYLE
from ui.classroom_view import set_the_room
from ui.notices import offer_download, plain, tell_of_store
from ui.race import MOST_RUNS, MOST_SEEDS, RACED, over_seeds, start, suggested, variants
from ui.sheet import sheet

TRAIN_PAGE = "as set on the Train page"


def choose_base() -> RunConfig:
    """Draw what all runs have in common; return it."""
    presets = [TRAIN_PAGE, *PRESETS] if "sheet" in st.session_state else list(PRESETS)
    left, middle, right = st.columns([2, 2, 1])
    preset = left.selectbox(
        "All runs",
        presets,
        format_func=lambda name: PRESETS[name].label if name in PRESETS else f"Network {TRAIN_PAGE}",
    )
    if preset == TRAIN_PAGE:
        base = sheet().settings().config
        middle.text_input("Data set", DATASETS[base.dataset].label, disabled=True)
    else:
        names = list(DATASETS)
        dataset = middle.selectbox(
            "Data set", names, names.index(default_dataset()), format_func=lambda name: DATASETS[name].label
        )
        base = PRESETS[preset].config(dataset)
    epochs = FIELDS["epochs"].metadata
    count = right.number_input(
        "Epochs", epochs["low"], epochs["high"], base.epochs, key=f"epochs {preset} {base.dataset}"
    )
    return replace(base, epochs=int(count))


def choose_differences(base: RunConfig) -> dict[str, list[str]]:
    """Draw which settings differ, and in what; return their values as text."""
    names = st.multiselect(
        "What differs",
        [name for name in RACED if name != "epochs"],
        ["learning_rate"],
        format_func=lambda name: FIELDS[name].metadata["label"],
        max_selections=2,
        help=f"One or two settings. Every combination of their values is one run; up to {MOST_RUNS}.",
    )
    values = {}
    for name in names:
        meta, options = FIELDS[name].metadata, suggested(name)
        default = ["0.01", "0.1", "0.3"] if name == "learning_rate" else options[:2]
        values[name] = st.multiselect(
            f"{meta['label']}: values",
            options,
            default,
            format_func=partial(_said, name),
            accept_new_options=meta["choices"] is None,
            help=meta["help"],
            placeholder="Choose, or type a value",
            key=f"values of {name}",
        )
    return values


def _said(name: str, text: str) -> str:
    choices = FIELDS[name].metadata["choices"]
    return str(choices[text].label) if choices else text


def preview(configs: list[RunConfig], names: list[str], seeds: int) -> None:
    """Show the runs that will be started."""
    rows = [
        {FIELDS[name].metadata["label"]: value_words(name, getattr(config, name)) for name in names}
        for config in configs
    ]
    st.dataframe(rows, hide_index=True, width="stretch", height="content")
    each = f"each over the seeds {configs[0].seed} to {configs[0].seed + seeds - 1}" if seeds > 1 else "one seed"
    st.caption(
        f"{len(configs)} runs, {each}, {configs[0].epochs:,} epochs. The same seed gives all of them the same examples "
        "for training and validation, the same order of mini-batches, and the same first weights where layers have the "
        "same size."
    )


st.html(PAGE_STYLE)
set_the_room()
st.markdown("#### Race")
st.caption("Which setting does better? Start some runs that differ in nothing else, and watch them on one chart.")
try:
    tell_of_store()
    form, right = st.columns([3, 2], gap="large")
    with form:
        base = choose_base()
        values = choose_differences(base)
        seeds = st.slider(
            "Seeds",
            1,
            MOST_SEEDS,
            help="Repeat each run with so many seeds: only then can luck be told from merit.",
        )
    with right:
        if not is_available(base.dataset):
            offer_download(base.dataset)
        else:
            configs = variants(base, values)
            preview(configs, list(values), seeds)
            if st.button("Start the race", icon=":material/flag:", type="primary", key="start_race"):
                ids = start(over_seeds(configs, seeds), f"race {datetime.now():%d %b %H:%M:%S}")
                st.switch_page("pages/compare.py", query_params={"runs": ",".join(ids)})
except ConfigError as error:
    st.info(plain(str(error)), icon=":material/info:")
except (DatasetError, StoreError) as error:
    st.error(plain(str(error)), icon=":material/error:")
