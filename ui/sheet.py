"""The sheet holds what every control says; one sentence, button or link can write all of it at once.

With each thing a person does, the browser sends what all controls say; what it sends before it has heard of new
settings would overwrite them. So writing makes new controls in the old ones' places: a new edition. What is still said
of older ones is not taken for something a person did. Controls that say the right thing already stay, among them the
one that a person has just used: who works with the keyboard goes on from there.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mlp.config import FIELDS, LIVE, MOST_HIDDEN_LAYERS, ConfigError, RunConfig, changed
from mlp.datasets import DATASETS, DatasetError, is_available
from mlp.engine import Status
from mlp.optimizers import OPTIMIZERS
from mlp.presets import PRESETS
from mlp.store import StoreError
from ui.address import RUN, Settings, defaults, from_query, to_query
from ui.classroom import write_address
from ui.live import ViewOptions
from ui.session import latest_run, own_desk

FIRST_UNITS = 100  # of a layer nobody has given a size


class Part(StrEnum):
    """A part of the Train page that is drawn anew by itself. The whole page would answer half as soon."""

    NOTICE = "notice"  # what waits for a reset
    SETTINGS = "settings"  # the sidebar
    STORY = "story"  # within the settings: what is told of the preset
    RUN = "run"


@dataclass(frozen=True)
class Sheet:
    """One edition of the controls: each is called like its setting; the hidden layers are layers, units_0, …"""

    edition: int
    start: Mapping[str, Any]  # what each control is set to when it is made
    stayed: Mapping[str, str]  # the names, in Streamlit's session state, of controls from earlier editions

    def key(self, name: str) -> str:
        """Return a control's name in Streamlit's session state."""
        return self.stayed.get(name, f"{name}-{self.edition}")

    def says(self, name: str) -> Any:
        """Return what a control says, drawn or not."""
        return st.session_state.get(self.key(name), self.start[name])

    def fields(self) -> dict[str, Any]:
        """Return what the controls say, by RunConfig's fields."""
        hidden = tuple(self.says(f"units_{layer}") for layer in range(self.says("layers")))
        return {name: hidden if name == "hidden" else self.says(name) for name in FIELDS}

    def view(self) -> ViewOptions:
        """Return how the controls say that curves are shown."""
        return ViewOptions(**{option.name: self.says(option.name) for option in fields(ViewOptions)})

    def settings(self) -> Settings:
        """Return all that the controls say. Raises ConfigError where it does not fit together."""
        return Settings(self.says("preset"), RunConfig(**self.fields()), self.says("pace"), self.view())


def sheet() -> Sheet:
    """Return the controls' edition of now."""
    now: Sheet = st.session_state.sheet
    return now


def open_address() -> None:
    """At first, and after the browser's back or forward, set everything from the address; note what made no sense.

    A run that the address names is shown, with its settings. The bare address opens the run of this tab, or else the
    one that this browser trained last.
    """
    context = get_script_run_ctx()
    travelled = context is not None and context.is_history_navigation
    desk, query = own_desk(), st.query_params.to_dict()
    if not query and not travelled and "sheet" not in st.session_state:
        query = {RUN: desk.run.id if desk.run else latest_run()}
    named = query.get(RUN, "")
    other_run = named != st.session_state.get("run_in_address", "") and named != ""
    if not (travelled or other_run or "sheet" not in st.session_state):
        return
    settings, st.session_state.complaints = from_query(query)
    desk.afresh = True
    st.session_state.run_not_found = False
    if other_run:
        try:
            desk.open(named)
        except (StoreError, DatasetError) as error:
            here = "" if desk.run else " Below is a new run."
            st.session_state.complaints.insert(0, f"{error}{here}")
            st.session_state.run_not_found = True
    if desk.run is not None and desk.run.id == named != "":
        config = desk.run.view().config
        preset = settings.preset if "preset" in query else nearest_preset(config)
        settings = replace(settings, preset=preset, config=config)
    _write(settings)


def remember(settings: Settings) -> None:
    """Put the settings into the address, and the run that is shown where it is stored."""
    run = own_desk().run
    run_id = run.id if run else ""
    query = to_query(settings, run_id)
    st.session_state.run_in_address = run_id
    write_address(query)


def settle(name: str) -> NoReturn:
    """Give the run what the controls say. For the callback of the one so called.

    Have no more of the page drawn anew than shows what it says: what is told of the preset or waits for a reset, all
    settings where it sets or hides others, and the run where its panel does not ask by itself.
    """
    desk = own_desk()
    acts_at_once = not desk.afresh and (name in LIVE or name in asdict(sheet().view()))
    parts = [] if acts_at_once else [Part.NOTICE]
    on_others = name in ("preset", "layers", "optimizer") or st.session_state.get("classroom_box")
    parts.append(Part.SETTINGS if on_others else Part.STORY)
    try:
        settings = sheet().settings()
        if not is_available(settings.config.dataset):
            st.rerun()  # the page offers to download them
        desk.follow(settings.config)
    except (ConfigError, DatasetError, StoreError):
        st.rerun()  # the page tells what is wrong
    desk.options = settings.view
    if desk.own is None or desk.own.status is not Status.RUNNING:
        parts.append(Part.RUN)
    st.rerun(parts)


def adopt(config: RunConfig) -> None:
    """Set what a run was made with, under the preset that comes nearest; how it is watched stays."""
    _write(Settings(nearest_preset(config), config, sheet().says("pace"), sheet().view()))


def nearest_preset(config: RunConfig) -> str:
    """Return the preset from which the fewest settings differ."""
    return min(PRESETS, key=lambda name: len(changed(PRESETS[name].config(config.dataset), config)))


def use_preset() -> None:
    """Set what the chosen preset says for the chosen data; how the curves are shown stays."""
    chosen = sheet()
    _write(replace(defaults(chosen.says("preset"), chosen.says("dataset")), view=chosen.view()))
    own_desk().afresh = True
    if sheet().key("pace") != chosen.key("pace"):
        st.rerun()  # another control beside the buttons
    settle("preset")


def use_dataset() -> NoReturn:
    """Set what the preset says for the chosen data, but keep what was set otherwise than it said for the old."""
    chosen = sheet()
    old = defaults(chosen.says("preset"), chosen.start["dataset"])
    new = defaults(chosen.says("preset"), chosen.says("dataset"))
    own = {name: value for name, value in chosen.fields().items() if value != getattr(old.config, name)}
    own["dataset"] = new.config.dataset
    if "batch_size" in own:
        own["batch_size"] = min(own["batch_size"], DATASETS[new.config.dataset].train)
    pace = new.pace if chosen.says("pace") == old.pace else chosen.says("pace")
    _write(Settings(new.preset, replace(new.config, **own), pace, chosen.view()))
    own_desk().afresh = True
    st.rerun()  # it may have to be downloaded


def use_optimizers_rate() -> None:
    """Another optimizer takes steps of another size: begin with a rate that suits it."""
    chosen = sheet().settings()
    rate = OPTIMIZERS[chosen.config.optimizer].learning_rate
    _write(replace(chosen, config=replace(chosen.config, learning_rate=rate)))
    settle("optimizer")


def heard(name: str, action: Callable[[], None]) -> Callable[[], None]:
    """Return an action for a control as it is now, which does nothing once there is another in its place."""
    key = sheet().key(name)

    def act() -> None:
        if sheet().key(name) == key:
            action()

    return act


def _write(settings: Settings) -> None:
    """Make all controls say this: new ones in the place of those that say something else."""
    before: Sheet | None = st.session_state.get("sheet")
    hidden = settings.config.hidden
    start = {name: getattr(settings.config, name) for name in FIELDS if name != "hidden"}
    start |= asdict(settings.view) | {"preset": settings.preset, "pace": settings.pace, "layers": len(hidden)}
    for layer in range(MOST_HIDDEN_LAYERS):
        name = f"units_{layer}"  # a layer that was taken away comes back as it was
        start[name] = hidden[layer] if layer < len(hidden) else before.says(name) if before else FIRST_UNITS
    stayed = {name: before.key(name) for name in start if before.says(name) == start[name]} if before else {}
    st.session_state.sheet = Sheet(before.edition + 1 if before else 0, start, stayed)
