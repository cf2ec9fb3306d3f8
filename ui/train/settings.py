"""What happens when settings change on the Train page: by a control, a link, a preset, or another run."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any, NoReturn

import streamlit as st

from mlp.config import LIVE, SETTINGS, ConfigError, RunConfig
from mlp.datasets import REGRESSION, DatasetError, dataset_info, default_dataset
from mlp.engine import Status
from mlp.network.optimizers import OPTIMIZERS
from mlp.presets import PRESETS, usual_preset
from mlp.run_settings import AUGMENTATION, unused_on
from mlp.store import StoreError
from ui.parts.address import EXAMPLE, RUN, TAKE, TOGETHER, VIEW
from ui.parts.choice import kept, put
from ui.parts.classroom import travelled_to_settings, write_address
from ui.parts.controls import controls_of, write_controls
from ui.parts.handover import take
from ui.parts.notices import in_toast, plain
from ui.parts.server import latest_run
from ui.parts.session import own_session
from ui.parts.settings import (
    TRAIN_PAGE,
    TRAIN_SETTINGS,
    config_of,
    defaults,
    from_query,
    nearest_preset,
    options_of,
    to_query,
    train_controls,
)
from ui.parts.state import Key
from ui.parts.view_options import VIEW_SETTINGS
from ui.train.partners import in_address, open_partners
from ui.train.session import TrainSession

WATCH = "watch"  # the view that an address need not name


class Fragment(StrEnum):
    """A part of the Train page that is rerun by itself. Rerunning the whole page would take twice as long."""

    SETTINGS = "settings"  # the sidebar
    STORY = "story"  # within the settings: what the preset shows, or which settings were changed
    AUGMENTED = "augmented"  # within the settings: images before and after augmentation
    FOLDS = "folds"  # within the settings: the parts that are opened to be seen
    NOTICE = "notice"  # within the settings: what waits for a restart
    RUN = "run"
    VIEW = "view"  # within the run: what a tab shows of its network


def open_address() -> None:
    """Set everything from the address, at first and after the browser's back or forward; note what made no sense.

    A run that the address names is shown, with its settings, also if a link of another page names it. The bare address
    opens the run of this tab, or else the one that this browser trained last. Otherwise it is only written: each
    message from the browser carries the address as it was when that was sent, and a late one would take back what was
    chosen since.
    """
    session, query = own_session(TrainSession), st.query_params.to_dict()
    travelled, opened = travelled_to_settings(bool(session.run and session.run.id)), controls_of(TRAIN_PAGE) is not None
    if st.session_state.get(Key.OPENS_ADDRESS):
        session.leave()
        opened = False
    if not query.keys() - {TOGETHER, VIEW, EXAMPLE} and not travelled and not opened:
        query[RUN] = session.run.id if session.run else latest_run()
    arrived = travelled or not opened or Key.ELSEWHERE in st.session_state
    named, shown = query.get(RUN, ""), session.run.id if session.run else ""
    other_run = arrived and named not in ("", shown)
    if arrived:
        st.session_state.pop(Key.PINNED, None)
    if opened and not travelled and not other_run:
        _leave_data_that_is_gone(session)
    else:
        _open(query, other_run)
    for done in (Key.OPENS_ADDRESS, Key.ELSEWHERE):  # last: if the script is stopped before, it is all done again
        st.session_state.pop(done, None)


def _open(query: Mapping[str, str], other_run: bool) -> None:
    """Set everything from an address that names perhaps another run than the one that is shown."""
    session, named = own_session(TrainSession), query.get(RUN, "")
    open_view(query.get(VIEW, WATCH), query.get(EXAMPLE, ""))
    values, session.complaints = from_query(query)
    session.other_experiment, session.run_not_found = True, False
    if other_run:
        try:
            if secret := query.get(TAKE):
                take(named, secret)
                st.toast("This browser controls the run now.", icon=":material/devices:")
        except (StoreError, DatasetError) as error:
            session.complaints.insert(0, str(error))
        try:
            session.open(named)
        except (StoreError, DatasetError) as error:
            here = "" if session.run else " Below is a new run."
            session.complaints.insert(0, f"{error}{here}")
            session.run_not_found = True
    if session.run is not None and session.run.id == named != "":
        session.complaints += open_partners(session, query.get(TOGETHER, ""))
        config = session.run.view().config
        if problem := data_problem(config.dataset):
            session.other_experiment = True  # the settings are not those of this run
            session.complaints = [problem, *(other for other in session.complaints if other != problem)]
        else:
            preset = values["preset"] if "preset" in query else nearest_preset(config)
            values |= asdict(config) | {"preset": preset}
    _write(values)


def _leave_data_that_is_gone(session: TrainSession) -> None:
    """Set the usual data set if the chosen one was deleted meanwhile, and say so. A run that learned from it stays."""
    chosen = train_controls()
    if problem := data_problem(chosen.value("dataset")):
        st.toast(plain(problem), icon=":material/error:", duration="long")
        session.other_experiment = True
        usual = default_dataset()
        _write(defaults(usual_preset(usual), usual) | {name: chosen.value(name) for name in VIEW_SETTINGS})


def data_problem(dataset: str) -> str:
    """Return why a data set can't be chosen; empty if it can."""
    try:
        dataset_info(dataset)
    except DatasetError as error:
        return str(error)
    return ""


def put_in_address(values: Mapping[str, Any]) -> None:
    """Put the settings into the address, the run that is shown if it is stored, and its view."""
    session = own_session(TrainSession)
    query = to_query(values, session.run.id if session.run else "")
    if (view := kept(Key.VIEW, WATCH)) != WATCH:
        query[VIEW] = view
    if partners := in_address(session):
        query[TOGETHER] = partners
    if example := named_example():
        query[EXAMPLE] = example
    write_address(query)


def open_view(name: str, example: str = "") -> None:
    """Choose a view of the run, and perhaps a validation example that it shows. The run's fragment draws it."""
    if kept(Key.VIEW, WATCH) != name:
        put(Key.VIEW, name)
    st.session_state[Key.EXAMPLE] = example
    st.session_state.pop(Key.PINNED, None)  # it shows the network as it is by now
    if example:
        put(Key.SPLIT, "validation")


def named_example() -> str:
    """Return the validation example that a view shows as the address has it, empty for none."""
    example: str = st.session_state.get(Key.EXAMPLE, "")
    return example


def apply(name: str) -> NoReturn:
    """Callback for control `name`: give the run its value, then rerun only the affected fragments."""
    session = own_session(TrainSession)
    applies_at_once = not session.other_experiment and (name in LIVE or name in VIEW_SETTINGS)
    sets_others = name in ("preset", "layers", "optimizer")
    affected = [Fragment.STORY] if applies_at_once else [Fragment.STORY, Fragment.NOTICE]
    if sets_others:
        affected = [Fragment.SETTINGS]
    elif _shows_more(name):
        affected.append(Fragment.FOLDS)
    elif name in AUGMENTATION:
        affected.append(Fragment.AUGMENTED)
    waited = bool(session.waiting)
    try:
        values = train_controls().values()
        config = config_of(values)
        if not session.has_data(config.dataset):
            st.rerun()  # the page offers to download them
        session.follow(config)
    except (ConfigError, DatasetError, StoreError):
        st.rerun()  # the page says what is wrong
    session.options = options_of(values)
    # While a run trains, its panel updates by itself; the buttons change only as Restart becomes the main one.
    if session.own is None or session.own.status is not Status.RUNNING or waited != bool(session.waiting):
        affected.append(Fragment.RUN)  # it writes the address
    else:
        put_in_address(values)
    st.rerun(affected)


def _shows_more(name: str) -> bool:
    """Return whether what is drawn in the folds depends on a control: others, or the schedule's picture."""
    value = train_controls().value
    if name in ("learning_rate", "epochs"):
        return value("schedule") != "constant" or value("early_stopping") != "off"
    return name in ("schedule", "plateau_patience", "early_stopping", "patience", "elastic")


def adopt(config: RunConfig, keep_preset: bool) -> None:
    """Set the controls to a run's settings; pace and curves stay, and perhaps the preset: else it is the closest."""
    values = train_controls().values()
    _write(values | asdict(config) | {"preset": values["preset"] if keep_preset else nearest_preset(config)})


def open_run(session: TrainSession, run_id: str) -> None:
    """Callback: show a run of the store, with its settings."""
    with in_toast():
        session.open(run_id)
        if session.run:
            adopt(session.run.view().config, keep_preset=False)


def are_of_run(session: TrainSession) -> bool:
    """Return whether the settings are those of the run that is shown, but for some that were changed since."""
    return session.is_read_only or not session.other_experiment


def is_preset_alone() -> bool:
    """Return whether every setting is what the chosen preset says for the chosen data."""
    values = train_controls().values()
    base = PRESETS[values["preset"]].config(values["dataset"])
    return all(values[name] == getattr(base, name) for name in SETTINGS)


def set_epochs(epochs: int) -> None:
    """Set the number of epochs; everything else stays."""
    _write(train_controls().values() | {"epochs": epochs})


def set_learning_rate(learning_rate: float) -> None:
    """Set the learning rate; everything else stays. The page, drawn next, gives it to the run."""
    _write(train_controls().values() | {"learning_rate": learning_rate})


def use_preset(start: Callable[[], None] | None = None) -> None:
    """Set what the preset says for the chosen data; how the curves are shown stays.

    Then call `start`, if given, unless a run is under way or the data is not on this machine.
    """
    chosen, session = train_controls(), own_session(TrainSession)
    if data_problem(chosen.value("dataset")):
        st.rerun()  # the page says so
    view = {name: chosen.value(name) for name in VIEW_SETTINGS}
    _write(defaults(chosen.value("preset"), chosen.value("dataset")) | view)
    session.other_experiment = True
    if start and session.is_over and session.has_data(chosen.value("dataset")):
        start()
        st.rerun()
    if train_controls().key("pace") != chosen.key("pace"):
        st.rerun()  # another control beside the buttons
    apply("preset")


def use_dataset() -> NoReturn:
    """Set what the preset says for the chosen data, but keep settings that differed from the preset before."""
    chosen = train_controls()
    values = chosen.values()
    before, now = chosen.initial["dataset"], values["dataset"]
    if data_problem(before) or data_problem(now):
        st.rerun()  # the page says so; without the old data, all other settings stay
    preset = usual_preset(now) if values["preset"] == usual_preset(before) else values["preset"]
    old, new = defaults(values["preset"], before), defaults(preset, now)
    kept = {name: values[name] for name in (*SETTINGS, "pace") if name != "dataset" and values[name] != old[name]}
    if "batch_size" in kept:
        kept["batch_size"] = min(kept["batch_size"], dataset_info(now).train)
    for name in unused_on(dataset_info(now)):  # there is no control to take them back
        kept.pop(name, None)
    if dataset_info(now).task == REGRESSION and kept.get("early_stopping") == "accuracy":
        kept["early_stopping"] = "loss"
    _write(new | kept | {name: values[name] for name in VIEW_SETTINGS})
    own_session(TrainSession).other_experiment = True
    st.rerun()  # it may have to be downloaded


def use_optimizers_rate() -> None:
    """Another optimizer takes steps of another size: start with a learning rate that suits it."""
    values = train_controls().values()
    _write(values | {"learning_rate": OPTIMIZERS[values["optimizer"]].learning_rate})
    apply("optimizer")


def use_layers() -> None:
    """Have what each hidden layer has for itself follow their number."""
    _write(train_controls().values())
    apply("layers")


def switch_layers(name: str) -> None:
    """Give each hidden layer its own value of a setting, at first that for all; or give all of them the first one's."""
    chosen = train_controls()
    shared = name if chosen.value(f"own_{name}") else f"{name}_0"
    _write(chosen.values() | {name: chosen.value(shared)})
    apply("layers")


def _write(values: Mapping[str, Any]) -> None:
    write_controls(TRAIN_PAGE, TRAIN_SETTINGS, values)
