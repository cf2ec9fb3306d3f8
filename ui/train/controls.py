"""The controls in the sidebar, made from the tables and fields of mlp: nothing is declared twice."""

import functools
import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Literal

import streamlit as st

from mlp.charts.wording import rate
from mlp.config import MOST_HIDDEN_LAYERS, MOST_UNITS, SETTINGS
from mlp.datasets import DATASETS
from mlp.network.optimizers import OPTIMIZERS
from mlp.presets import PRESETS
from mlp.text import counted
from ui.parts.address import AXES, PACES
from ui.parts.notices import in_sentences
from ui.parts.session import own_session
from ui.parts.view_options import ViewOptions
from ui.train.notices import start_chosen
from ui.train.session import TrainSession
from ui.train.sheet import Part, heard, remember, settle, sheet, use_dataset, use_optimizers_rate, use_preset

RATES = tuple(float(f"{lead}e{power}") for power in range(-5, 2) for lead in (1, 1.5, 2, 3, 4, 5, 6, 8))
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
EPOCHS = (1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000)
PENALTIES = (0.0, *(lead * 10.0**power for power in range(-6, -1) for lead in (1, 3)), 0.1)
DROPOUTS = tuple(round(0.05 * step, 2) for step in range(20))
VIEW = {option.name for option in fields(ViewOptions)}  # settings of the page, not of the run
READ_ONLY = (
    "Another browser controls this run, so its settings are locked. Press **Fork** to continue it as your own run, or "
    "**New run** to start over with these settings."
)
# A control that is not drawn, such as the third layer's, still keeps its value.
KEPT: Literal["session"] = "session"


def controls() -> None:
    """Draw the settings."""
    with st.container(gap="xsmall"):
        _preset()
        place = st.container(key="story_place")  # of one height, so that nothing below jumps
        _choice("dataset", use_dataset)
        heading("network", "restart_alt", "Network", "(changes need a restart)")
        _network()
        _training()
    with place:  # under the preset, but drawn last: it writes the address, which makes the browser search the page
        _tell_story()


def pace_words(pace: float | None) -> str:
    """Return a pace in words: "1 step/s"."""
    return "as fast as possible" if pace is None else counted(pace, "step/s", "steps/s")


def pace_control() -> float | None:
    """Draw the slider for the pace; return steps per second, None for as many as possible."""
    return st.select_slider(
        "Pace",
        PACES,
        format_func=pace_words,
        help="Mini-batches per second. Slow down to follow single steps.",
        label_visibility="collapsed",
        width=260,
        value=sheet().start["pace"],
        key=sheet().key("pace"),
        persist_state=KEPT,
    )


def _preset() -> None:
    """Draw what sets all others."""
    presets, read_only = list(PRESETS), own_session(TrainSession).is_read_only
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xxsmall"):
        st.selectbox(
            "Preset",
            presets,
            format_func=lambda name: PRESETS[name].label,
            help="Example set-ups. Choosing one sets everything below.",
            on_change=heard("preset", functools.partial(use_preset, start_chosen)),
            index=presets.index(sheet().start["preset"]),
            key=sheet().key("preset"),
            persist_state=KEPT,
            disabled=read_only,
        )
        # Always there, so that it keeps the focus when pressed. Its label is for screen readers and the tooltip.
        label = "Back to the preset"
        st.button(
            label, icon=":material/undo:", help=label, on_click=use_preset, disabled=read_only, key="back_to_preset"
        )


@st.fragment(key=Part.STORY)
def _tell_story() -> None:
    """Say what to watch, or which settings differ from the preset. Put all settings into the address."""
    preset, values = PRESETS[sheet().says("preset")], sheet().fields()
    base = preset.config(values["dataset"])
    own = [SETTINGS[name].label_in_text for name in SETTINGS if values[name] != getattr(base, name)]
    if own_session(TrainSession).is_read_only:
        st.caption(READ_ONLY)
    else:
        st.caption(f"Changed: {', '.join(own)}." if own else preset.story_on(values["dataset"]))
    with in_sentences():
        remember(sheet().settings())


def _network() -> None:
    """Draw what decides how the network is built."""
    _slider("layers", "Hidden layers", 0, MOST_HIDDEN_LAYERS, SETTINGS["hidden"].help)
    for layer in range(sheet().says("layers")):
        _slider(f"units_{layer}", f"Units in layer {layer + 1}", 1, MOST_UNITS)
    _choice("activation")
    folded("Initial weights", "casino", "start", _start)


def _start() -> None:
    """Draw what decides the initial weights."""
    _choice("initializer")
    _number("seed", step=1)


@st.fragment
def _training() -> None:
    """Draw what may change while the network trains, and how the curves are shown."""
    with st.container(gap="xsmall"):
        heading("training", "bolt", "Training", "(changes apply immediately)")
        most = DATASETS[sheet().says("dataset")].train
        _scale("learning_rate", RATES, rate)
        _scale("batch_size", [size for size in BATCHES if size <= most], "{:,}".format)
        _scale("epochs", EPOCHS, "{:,}".format)
        _choice("optimizer", use_optimizers_rate)
        folded("More training settings", "tune", "more", _more)
        folded("Curves", "show_chart", "curves", _view)


def _more() -> None:
    """Draw the training settings that are seldom used."""
    _choice("schedule")
    for name in OPTIMIZERS[sheet().says("optimizer")].settings:
        _number(name, step=None)
    _scale("l2", PENALTIES, lambda value: f"{value:g}")
    _scale("l1", PENALTIES, lambda value: f"{value:g}")
    _scale("dropout", DROPOUTS, lambda value: f"{value:.0%}")
    _switch("evaluate_train", SETTINGS["evaluate_train"].label)


def _view() -> None:
    """Draw how the curves are shown."""
    st.segmented_control("X axis", AXES, required=True, default=sheet().start["x"], **_bound("x"))
    _slider("smoothing", "Smoothing", 0.0, 0.99, "The raw curve stays visible, faintly.", step=0.01)
    _switch("log_loss", "Log scale for the loss")
    _switch("zoom", "Zoom to the end")


def heading(name: str, icon: str, text: str, note: str = "") -> None:
    """Draw a heading, under a key by which a teacher's link can hide it."""
    with st.container(key=f"{name}_heading"):
        st.markdown(f"##### :material/{icon}: {text} {note and f':small[:gray[{note}]]'}")


@st.fragment
def folded(label: str, icon: str, key: str, content: Callable[[], None]) -> None:
    """Make a part of the sidebar whose content is drawn only while it is open.

    It is a fragment, so that opening it redraws nothing else.
    """
    with st.expander(label, icon=f":material/{icon}:", key=key, on_change="rerun") as box:
        if box.open:
            content()


# ── One control ────────────────────────────────────────────────────────────────────────────────────────────────────


def _choice(name: str, chosen: Callable[[], None] | None = None) -> None:
    """Draw a choice from the field's table; `chosen` replaces the callback if the choice sets other controls."""
    setting = SETTINGS[name]
    table = setting.choices
    st.selectbox(
        setting.label,
        list(table),
        format_func=lambda key: table[key].label,
        help=setting.help,
        index=list(table).index(sheet().start[name]),
        **_bound(name) | ({"on_change": heard(name, chosen), "args": ()} if chosen else {}),
    )


def _slider(name: str, label: str, low: float, high: float, help: str | None = None, step: float | None = None) -> None:
    st.slider(label, low, high, step=step, help=help, value=sheet().start[name], **_bound(name))


def _scale(name: str, marks: Any, show: Callable[[Any], str]) -> None:
    """Draw a slider over unevenly spaced marks; a value between them, from a link or preset, is added."""
    setting, value = SETTINGS[name], sheet().start[name]
    others = [mark for mark in marks if not math.isclose(mark, value, rel_tol=1e-9)]
    st.select_slider(
        setting.label,
        sorted([*others, value]),
        format_func=show,
        help=setting.help,
        value=value,
        **_bound(name),
    )


def _number(name: str, step: int | None) -> None:
    setting = SETTINGS[name]
    kind: type[int] | type[float] = int if isinstance(setting.default, int) else float
    st.number_input(
        setting.label,
        kind(setting.low),
        kind(setting.high),
        step=step,
        help=setting.help,
        format=None if kind is int else "%g",
        value=sheet().start[name],
        **_bound(name),
    )


def _switch(name: str, label: str) -> None:
    help = SETTINGS[name].help if name in SETTINGS else None
    st.toggle(label, help=help, value=sheet().start[name], **_bound(name))


def _bound(name: str) -> dict[str, Any]:
    """Return the arguments of every control that sets only itself."""
    return {
        "on_change": settle,
        "args": (name,),
        "key": sheet().key(name),
        "persist_state": KEPT,
        "disabled": own_session(TrainSession).is_read_only and name not in VIEW,
    }
