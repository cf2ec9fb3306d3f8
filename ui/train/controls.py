"""The sidebar of the Train page: the settings and, at its end, what waits for a restart."""

import functools
from collections.abc import Callable
from dataclasses import asdict

import streamlit as st

from mlp.config import SETTINGS
from mlp.datasets import CLASSIFICATION, REGRESSION, dataset_info, load_dataset
from mlp.network.optimizers import OPTIMIZERS
from mlp.network.schedules import PLATEAU
from mlp.presets import PRESETS
from mlp.run_settings import EARLY_STOPPING, MOST_UNITS, can_augment
from mlp.text import rate
from mlp.training import Model, initial_state
from mlp.training.monitor import stops_too_late
from ui.parts.controls import BATCHES, PENALTIES, RATES, Widgets, heading
from ui.parts.datasets import dataset_labels
from ui.parts.finder import finder_button
from ui.parts.notices import in_sentences, in_toast, plain
from ui.parts.session import own_session
from ui.parts.settings import config_of, steps_per_second, train_controls
from ui.parts.view_options import VIEW_SETTINGS
from ui.train.augmentation import augmentation
from ui.train.schedule import schedule_preview
from ui.train.session import TrainSession
from ui.train.settings import (
    Fragment,
    adopt,
    apply,
    are_of_run,
    set_learning_rate,
    switch_layers,
    use_dataset,
    use_layers,
    use_optimizers_rate,
    use_preset,
)

EPOCHS = (1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000)
DROPOUTS = tuple(round(0.05 * step, 2) for step in range(20))
SMOOTHINGS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
NORMS = (0.0, *(lead * 10.0**power for power in range(-2, 2) for lead in (1, 2, 3, 5)))
DECAYS = (0.0, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
READ_ONLY = (
    "{why}, so its settings are locked. Press **Fork** to continue it as your own run, or "
    "**New run** to start over with these settings."
)


def widgets() -> Widgets:
    """Return what draws the page's controls. Those of a run that another browser controls are disabled."""
    read_only = own_session(TrainSession).is_read_only
    return Widgets(train_controls(), apply, lambda name: read_only and name not in VIEW_SETTINGS)


@st.fragment(key=Fragment.SETTINGS)
def settings_view() -> None:
    """Draw the sidebar."""
    # Parts of it are fragments, for which Streamlit needs a container made here. page.css keeps its end in sight.
    with st.sidebar, st.container(key="settings_place"):
        controls()
        _notice()


def controls() -> None:
    """Draw the settings."""
    with st.container(gap="xsmall"):
        _preset()
        with st.container(key="story_place"):  # of one height, so that nothing below jumps
            _story()
        widgets().choice("dataset", use_dataset, dataset_labels())
        heading("network", "restart_alt", "Network", "(changes need a restart)")
        _network()
        _training()


def _preset() -> None:
    """Draw what sets all others."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xxsmall"):
        widgets().choice("preset", functools.partial(use_preset, _start_chosen))
        # Always there, so that it keeps the focus when pressed. Its label is for screen readers and the tooltip.
        label = "Back to the preset"
        st.button(
            label,
            icon=":material/undo:",
            help=label,
            on_click=use_preset,
            disabled=own_session(TrainSession).is_read_only,
            key="back_to_preset",
        )


@st.fragment(key=Fragment.STORY)
@in_sentences()
def _story() -> None:
    """Say what to watch, or which settings differ from the preset."""
    values = train_controls().values()
    preset = PRESETS[values["preset"]]
    base = preset.config(values["dataset"])
    own = [setting.label_in_text for name, setting in SETTINGS.items() if values[name] != getattr(base, name)]
    if (session := own_session(TrainSession)).is_read_only:
        st.caption(READ_ONLY.format(why=session.why_read_only.capitalize()))
    else:
        st.caption(f"Changed: {', '.join(own)}." if own else preset.story_on(values["dataset"]))


@st.fragment(key=Fragment.NOTICE)
@in_sentences()
def _notice() -> None:
    """Say which settings are not those of the network that is shown; offer to train with them, or to take them back."""
    session, wanted = own_session(TrainSession), train_controls().values()
    if not session.waiting or session.run is None or not session.has_data(wanted["dataset"]):
        st.empty()  # replaces the sentence at once, before everything else is drawn
        return
    running = asdict(session.run.view().config)
    changes = ", ".join(
        f"{setting.label_in_text} {plain(setting.show(running[name]))} → **{plain(setting.show(wanted[name]))}**"
        for name, setting in SETTINGS.items()
        if name in session.waiting
    )
    with st.container(key="waiting", gap="xsmall"):
        st.markdown(f"Press **Restart** to apply: {changes}.")
        with st.container(horizontal=True, gap="xsmall"):
            help = "Restart with these settings and train. This run stays in Runs, and Undo restart brings it back"
            st.button("Start this", type="primary", icon=":material/play_arrow:", on_click=_start_this, help=help)
            help = "Restore this network's settings"
            st.button("Undo", icon=":material/undo:", on_click=_undo, help=help, key="undo_settings")


def _start_chosen() -> None:
    """Train a network with the chosen settings, from its initial weights."""
    with in_toast():
        values = train_controls().values()
        own_session(TrainSession).start(config_of(values), steps_per_second(values))


def _start_this() -> None:
    _start_chosen()
    st.rerun([Fragment.NOTICE, Fragment.RUN])


def _undo() -> None:
    session = own_session(TrainSession)
    with in_toast():
        if session.run is not None:
            adopt(session.run.view().config, are_of_run(session))
    apply("preset")


def _network() -> None:
    """Draw what decides how the network is built."""
    draw = widgets()
    draw.hidden_layers(MOST_UNITS, use_layers)
    draw.each_layer("activation", draw.choice, switch_layers)
    _folded("Initial weights", "casino", "start", _start)
    _folded("More network settings", "account_tree", "network_more", _network_more)


def _start() -> None:
    """Draw what decides the initial weights."""
    draw = widgets()
    draw.choice("initializer")
    draw.number("seed", step=1)


def _network_more() -> None:
    """Draw what else the network is made of."""
    widgets().switch("batch_norm")


@st.fragment
@in_sentences()
def _training() -> None:
    """Draw what may change while the network trains, and how the curves are shown."""
    draw = widgets()
    with st.container(gap="xsmall"):
        heading("training", "bolt", "Training", "(changes apply immediately)")
        most = dataset_info(train_controls().value("dataset")).train
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            draw.scale("learning_rate", RATES, rate)
            finder_button(_searched, set_learning_rate, own_session(TrainSession).is_read_only)
        draw.scale("batch_size", [size for size in BATCHES if size <= most])
        draw.scale("epochs", EPOCHS)
        draw.choice("optimizer", use_optimizers_rate)
        _folded("Regularization", "shield", "regularization", _regularization)
        if can_augment(dataset_info(train_controls().value("dataset"))):
            _folded("Augmentation", "auto_awesome_motion", "augmentation", _augmentation)
        _folded("Stopping", "timer_off", "stopping", _stopping)
        _folded("More training settings", "tune", "more", _more)
        _folded("Curves", "show_chart", "curves", _view)


def _searched() -> Model:
    """Return the network that a learning rate is searched for: a new one if other settings wait for a restart."""
    session, config = own_session(TrainSession), config_of(train_controls().values())
    if session.run is not None and not session.waiting and not session.other_experiment:
        return session.run.view().model
    dataset = load_dataset(config.dataset)
    return Model(config, dataset, initial_state(config, dataset))


def _regularization() -> None:
    """Draw what helps on examples that the network has not seen."""
    draw = widgets()
    share = functools.partial(draw.scale, marks=DROPOUTS, show=SETTINGS["dropout"].show)
    draw.each_layer("dropout", share, switch_layers)
    share("input_dropout")
    for name in ("l2", "l1"):
        draw.scale(name, PENALTIES, "{:g}".format)
    draw.scale("max_norm", NORMS, _unless_zero)
    if dataset_info(train_controls().value("dataset")).task == CLASSIFICATION:
        draw.scale("label_smoothing", SMOOTHINGS, SETTINGS["label_smoothing"].show)
        draw.choice("class_weights")


def _unless_zero(value: float) -> str:
    """Return a number as text; "off" if it is 0."""
    return f"{value:g}" if value else "off"


def _more() -> None:
    """Draw the training settings that are seldom used."""
    draw = widgets()
    draw.choice("schedule")
    schedule_preview(train_controls().values())
    if train_controls().value("schedule") == PLATEAU:
        draw.number("plateau_patience", step=1)
    for name in OPTIMIZERS[train_controls().value("optimizer")].settings:
        draw.number(name)
    draw.scale("averaging", DECAYS, _unless_zero)
    draw.scale("clip_norm", NORMS, _unless_zero)
    draw.switch("evaluate_train")


def _augmentation() -> None:
    """Draw how training images are changed."""
    augmentation(widgets())


def _stopping() -> None:
    """Draw what ends training before its last epoch."""
    draw, chosen = widgets(), train_controls()
    labels = {name: row.label for name, row in EARLY_STOPPING.items()}
    if dataset_info(chosen.value("dataset")).task == REGRESSION:
        del labels["accuracy"]
    draw.choice("early_stopping", labels=labels)
    stops = chosen.value("early_stopping") != "off"
    if stops:
        draw.number("patience", step=1)
    if stops or chosen.value("schedule") == PLATEAU:  # which waits for such a gain, too
        draw.number("smallest_gain")
    if stops and (too_late := stops_too_late(config_of(chosen.values()))):
        st.caption(too_late)


def _view() -> None:
    """Draw how the curves are shown."""
    draw = widgets()
    draw.segments("x")
    draw.slider("smoothing", step=0.01)
    draw.switch("log_loss")
    draw.switch("zoom")


@st.fragment(key=Fragment.FOLDS)
@in_sentences()
def _folded(label: str, icon: str, key: str, content: Callable[[], None]) -> None:
    """Make a part of the sidebar whose content is drawn only while it is open.

    It is a fragment, so that opening it redraws nothing else.
    """
    with st.expander(label, icon=f":material/{icon}:", key=key, on_change="rerun") as box:
        if box.open:
            content()
