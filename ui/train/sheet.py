"""The sheet holds the values of all controls; a notice, button or link can write all of them at once.

With each action, the browser sends the values of all controls; a late message could overwrite newly written ones. So
writing replaces the controls by new ones: a new edition. Late messages about older controls are ignored. Controls that
have the right value already stay, among them the one just used: keyboard users keep their place.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mlp.config import LIVE, MOST_HIDDEN_LAYERS, SETTINGS, ConfigError, RunConfig, changed
from mlp.datasets import DATASETS, DatasetError, is_available
from mlp.engine import Status
from mlp.network.optimizers import OPTIMIZERS
from mlp.presets import PRESETS
from mlp.store import StoreError
from ui.parts.address import EXAMPLE, RUN, VIEW, Settings, defaults, from_query, to_query
from ui.parts.display import write_address
from ui.parts.server import latest_run
from ui.parts.session import own_session
from ui.parts.view_options import ViewOptions
from ui.train.session import TrainSession

FIRST_UNITS = 100  # of a layer that was never given a size


class Part(StrEnum):
    """A part of the Train page that is redrawn by itself. Redrawing the whole page would take twice as long."""

    SETTINGS = "settings"  # the sidebar
    STORY = "story"  # within the settings: what the preset shows, or which settings were changed
    NOTICE = "notice"  # within the settings: what waits for a restart
    RUN = "run"


@dataclass(frozen=True)
class Sheet:
    """One edition of the controls, each named after its setting; the hidden layers are layers, units_0, …"""

    edition: int
    start: Mapping[str, Any]  # what each control is set to when it is made
    stayed: Mapping[str, str]  # the names, in Streamlit's session state, of controls from earlier editions

    def key(self, name: str) -> str:
        """Return a control's name in Streamlit's session state."""
        return self.stayed.get(name, f"{name}-{self.edition}")

    def says(self, name: str) -> Any:
        """Return a control's value, drawn or not."""
        return st.session_state.get(self.key(name), self.start[name])

    def fields(self) -> dict[str, Any]:
        """Return the controls' values by RunConfig's fields."""
        hidden = tuple(self.says(f"units_{layer}") for layer in range(self.says("layers")))
        return {name: hidden if name == "hidden" else self.says(name) for name in SETTINGS}

    def view(self) -> ViewOptions:
        """Return how curves are shown."""
        return ViewOptions(**{option.name: self.says(option.name) for option in fields(ViewOptions)})

    def settings(self) -> Settings:
        """Return all values. Raises ConfigError if they don't fit together."""
        return Settings(self.says("preset"), RunConfig(**self.fields()), self.says("pace"), self.view())


def sheet() -> Sheet:
    """Return the current edition of the controls."""
    now: Sheet = st.session_state.sheet
    return now


def open_address() -> None:
    """Set everything from the address, at first and after the browser's back or forward; note what made no sense.

    A run that the address names is shown, with its settings. The bare address opens the run of this tab, or else the
    one that this browser trained last.
    """
    context = get_script_run_ctx()
    travelled = context is not None and context.is_history_navigation
    session, query = own_session(TrainSession), st.query_params.to_dict()
    if not query.keys() - {VIEW, EXAMPLE} and not travelled and "sheet" not in st.session_state:
        query[RUN] = session.run.id if session.run else latest_run()
    named = query.get(RUN, "")
    other_run = named != st.session_state.get("run_in_address", "") and named != ""
    if not (travelled or other_run or "sheet" not in st.session_state):
        return
    settings, st.session_state.complaints = from_query(query)
    session.other_experiment = True
    st.session_state.run_not_found = False
    if other_run:
        try:
            session.open(named)
        except (StoreError, DatasetError) as error:
            here = "" if session.run else " Below is a new run."
            st.session_state.complaints.insert(0, f"{error}{here}")
            st.session_state.run_not_found = True
    if session.run is not None and session.run.id == named != "":
        config = session.run.view().config
        preset = settings.preset if "preset" in query else nearest_preset(config)
        settings = replace(settings, preset=preset, config=config)
    _write(settings)


def remember(settings: Settings) -> None:
    """Put the settings into the address, and the run that is shown if it is stored. The view stays."""
    run = own_session(TrainSession).run
    run_id = run.id if run else ""
    query = to_query(settings, run_id) | {
        name: st.query_params[name] for name in (VIEW, EXAMPLE) if name in st.query_params
    }
    st.session_state.run_in_address = run_id
    write_address(query)


def settle(name: str) -> NoReturn:
    """Callback for control `name`: give the run its value, then rerun only the affected fragments."""
    session = own_session(TrainSession)
    applies_at_once = not session.other_experiment and (name in LIVE or name in asdict(sheet().view()))
    sets_others = name in ("preset", "layers", "optimizer")
    parts = [Part.SETTINGS] if sets_others else [Part.STORY] if applies_at_once else [Part.STORY, Part.NOTICE]
    waited = bool(session.waiting)
    try:
        settings = sheet().settings()
        if not is_available(settings.config.dataset):
            st.rerun()  # the page offers to download them
        session.follow(settings.config)
    except (ConfigError, DatasetError, StoreError):
        st.rerun()  # the page says what is wrong
    session.options = settings.view
    # While a run trains, its panel updates by itself; the buttons change only as Restart becomes the main one.
    if session.own is None or session.own.status is not Status.RUNNING or waited != bool(session.waiting):
        parts.append(Part.RUN)
    st.rerun(parts)


def adopt(config: RunConfig) -> None:
    """Set the controls to a run's settings and the closest preset; pace and curves stay."""
    _write(Settings(nearest_preset(config), config, sheet().says("pace"), sheet().view()))


def nearest_preset(config: RunConfig) -> str:
    """Return the preset that differs in the fewest settings."""
    return min(PRESETS, key=lambda name: len(changed(PRESETS[name].config(config.dataset), config)))


def set_epochs(epochs: int) -> None:
    """Set the number of epochs; everything else stays."""
    chosen = sheet().settings()
    _write(replace(chosen, config=replace(chosen.config, epochs=epochs)))


def use_preset(start: Callable[[], None] | None = None) -> None:
    """Set what the preset says for the chosen data; how the curves are shown stays.

    Then call `start`, if given, unless a run is under way or the data is not on this machine.
    """
    chosen = sheet()
    settings = replace(defaults(chosen.says("preset"), chosen.says("dataset")), view=chosen.view())
    _write(settings)
    own_session(TrainSession).other_experiment = True
    if start and own_session(TrainSession).is_over and is_available(settings.config.dataset):
        start()
        st.rerun()
    if sheet().key("pace") != chosen.key("pace"):
        st.rerun()  # another control beside the buttons
    settle("preset")


def use_dataset() -> NoReturn:
    """Set what the preset says for the chosen data, but keep settings that differed from the preset before."""
    chosen = sheet()
    old = defaults(chosen.says("preset"), chosen.start["dataset"])
    new = defaults(chosen.says("preset"), chosen.says("dataset"))
    own = {name: value for name, value in chosen.fields().items() if value != getattr(old.config, name)}
    own["dataset"] = new.config.dataset
    if "batch_size" in own:
        own["batch_size"] = min(own["batch_size"], DATASETS[new.config.dataset].train)
    pace = new.pace if chosen.says("pace") == old.pace else chosen.says("pace")
    _write(Settings(new.preset, replace(new.config, **own), pace, chosen.view()))
    own_session(TrainSession).other_experiment = True
    st.rerun()  # it may have to be downloaded


def use_optimizers_rate() -> None:
    """Another optimizer takes steps of another size: start with a learning rate that suits it."""
    chosen = sheet().settings()
    rate = OPTIMIZERS[chosen.config.optimizer].learning_rate
    _write(replace(chosen, config=replace(chosen.config, learning_rate=rate)))
    settle("optimizer")


def heard(name: str, action: Callable[[], None]) -> Callable[[], None]:
    """Return an action for the current edition of a control; once that is replaced, the action does nothing."""
    key = sheet().key(name)

    def act() -> None:
        if sheet().key(name) == key:
            action()

    return act


def _write(settings: Settings) -> None:
    """Give all controls these values: those with another value are replaced."""
    before: Sheet | None = st.session_state.get("sheet")
    hidden = settings.config.hidden
    start = {name: getattr(settings.config, name) for name in SETTINGS if name != "hidden"}
    start |= asdict(settings.view) | {"preset": settings.preset, "pace": settings.pace, "layers": len(hidden)}
    for layer in range(MOST_HIDDEN_LAYERS):
        name = f"units_{layer}"  # a layer that was taken away comes back as it was
        start[name] = hidden[layer] if layer < len(hidden) else before.says(name) if before else FIRST_UNITS
    stayed = {name: before.key(name) for name in start if before.says(name) == start[name]} if before else {}
    st.session_state.sheet = Sheet(before.edition + 1 if before else 0, start, stayed)
