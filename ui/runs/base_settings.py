"""The settings that all runs of a race or a search share: a preset on a data set, and the number of epochs."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from types import MappingProxyType

import streamlit as st

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import dataset_info, dataset_label, default_dataset
from mlp.presets import PRESETS, usual_preset
from ui.parts.address import written
from ui.parts.browser import browser_token
from ui.parts.controls import controls_of
from ui.parts.datasets import dataset_labels
from ui.parts.notices import in_toast
from ui.parts.settings import TRAIN_PAGE, config_of, train_controls

FROM_TRAIN, FROM_LINK = "Current settings of the Train page", "Settings of the link"
OWN_FIELDS = ("dataset", "epochs")  # settings that have a field of their own beside the preset
NOTHING: Mapping[str, str] = MappingProxyType({})


def choose_base(form: str, asked: Mapping[str, str] = NOTHING) -> RunConfig:
    """Draw the settings that all runs of a form share; return them. `asked` is what a link has set, by name.

    Raises ConfigError and DatasetError for a link that makes no sense.
    """
    linked = [FROM_LINK] if any(name in SETTINGS and name not in OWN_FIELDS for name in asked) else []
    presets = [*linked, *([FROM_TRAIN] if controls_of(TRAIN_PAGE) else []), *PRESETS]
    left, middle, right = st.columns([3, 4, 2])
    usual = usual_preset(asked["dataset"]) if "dataset" in asked else presets[0]
    first = linked[0] if linked else asked.get("preset", usual)
    preset = left.selectbox(
        "Base settings",
        presets,
        presets.index(first) if first in presets else 0,
        format_func=lambda name: PRESETS[name].label if name in PRESETS else name,
        help="All runs share these, except for the settings to vary.",
        key=f"{form}_preset",
    )
    if preset in (FROM_TRAIN, FROM_LINK):
        base = config_of(train_controls().values()) if preset == FROM_TRAIN else _linked(asked)
        middle.text_input("Data set", dataset_label(base.dataset, browser_token()), disabled=True)
    else:
        labels, key = dataset_labels(), f"{form}_dataset"
        wanted = asked.get("dataset", default_dataset())
        first = wanted if wanted in labels else default_dataset()
        dataset = middle.selectbox(
            "Data set",
            list(labels),
            list(labels).index(first),
            format_func=labels.__getitem__,
            on_change=_follow_data,
            args=(form, st.session_state.get(key, first)),
            key=key,
        )
        base = PRESETS[preset].config(dataset)
    epochs = SETTINGS["epochs"]
    # The usual number is only a placeholder: a late answer about another data set must not overwrite what was typed.
    low, high = int(epochs.low), int(epochs.high)
    wanted_epochs = epochs.read(asked["epochs"]) if "epochs" in asked else None
    typed = right.number_input("Epochs", low, high, wanted_epochs, placeholder=f"{base.epochs:,}", key=f"{form}_epochs")
    return base if typed is None else replace(base, epochs=typed)


def base_query(form: str, base: RunConfig) -> dict[str, str]:
    """Return what a link needs so that `choose_base` gives these settings, which are the form's."""
    preset, epochs = st.session_state[f"{form}_preset"], st.session_state[f"{form}_epochs"]
    query = {"dataset": base.dataset} | ({"epochs": str(epochs)} if epochs else {})
    if preset in PRESETS:
        return query | {"preset": preset}
    return query | written(asdict(base), SETTINGS, asdict(_usual(base.dataset)))


def _usual(dataset: str) -> RunConfig:
    return PRESETS[usual_preset(dataset)].config(dataset)


def _linked(asked: Mapping[str, str]) -> RunConfig:
    """Return the settings in a link, as `base_query` wrote them."""
    values = {name: SETTINGS[name].read(text) for name, text in asked.items() if name in SETTINGS}
    base = replace(_usual(values.get("dataset", default_dataset())), **values)
    base.check(dataset_info(base.dataset))
    return base


def _follow_data(form: str, before: str) -> None:
    """Callback: with other data come its usual base settings, unless others than the usual ones were chosen."""
    state = st.session_state
    with in_toast():
        if state[f"{form}_preset"] == usual_preset(before):
            state[f"{form}_preset"] = usual_preset(state[f"{form}_dataset"])
